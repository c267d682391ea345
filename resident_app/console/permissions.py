"""Who may reach which address of the console: one table. What is not in it is closed to everyone."""

from dataclasses import dataclass
from enum import IntEnum


class AccessLevel(IntEnum):
    """What a request must have. Each role may do what the one before may."""

    NOTHING = 0
    """Before anyone has signed in."""
    ACCOUNT = 1
    """Signed in, of whatever role: one's own account."""
    OFFICER = 2
    LEAD = 3
    ADMIN = 4


ENDPOINTS: dict[str, AccessLevel] = {
    "healthz": AccessLevel.NOTHING,
    "readyz": AccessLevel.NOTHING,
    "security.sign_in": AccessLevel.NOTHING,
    "security.second_factor": AccessLevel.NOTHING,
    "security.recovery_code": AccessLevel.NOTHING,
    "security.passkey": AccessLevel.NOTHING,
    "security.set_up": AccessLevel.NOTHING,
    "security.logout": AccessLevel.NOTHING,
    "security.unlock": AccessLevel.NOTHING,
    "security.set_up_factor": AccessLevel.ACCOUNT,
    "account.show": AccessLevel.ACCOUNT,
    "account.here": AccessLevel.ACCOUNT,
    "account.change": AccessLevel.ACCOUNT,
    "account.password": AccessLevel.ACCOUNT,
    "account.app": AccessLevel.ACCOUNT,
    "account.remove_app": AccessLevel.ACCOUNT,
    "account.passkey": AccessLevel.ACCOUNT,
    "account.remove_passkey": AccessLevel.ACCOUNT,
    "account.recovery_codes": AccessLevel.ACCOUNT,
    "account.end_session": AccessLevel.ACCOUNT,
    "staff.show": AccessLevel.ADMIN,
    "staff.add": AccessLevel.ADMIN,
    "staff.change": AccessLevel.ADMIN,
    "staff.link": AccessLevel.ADMIN,
    "staff.end_sessions": AccessLevel.ADMIN,
    "queue.home": AccessLevel.OFFICER,
    "queue.show": AccessLevel.OFFICER,
    "queue.rows": AccessLevel.OFFICER,
    "queue.search": AccessLevel.OFFICER,
    "queue.bulk": AccessLevel.OFFICER,
    "queue.save": AccessLevel.OFFICER,
    "queue.forget": AccessLevel.OFFICER,
    "request.show": AccessLevel.OFFICER,
    "request.live": AccessLevel.OFFICER,
    "request.act": AccessLevel.OFFICER,
    "request.assign": AccessLevel.OFFICER,
    "request.merge": AccessLevel.OFFICER,
    "request.separate": AccessLevel.OFFICER,
    "calling.panel": AccessLevel.OFFICER,
    "calling.begin": AccessLevel.OFFICER,
    "calling.interpreter": AccessLevel.OFFICER,
    "calling.end": AccessLevel.OFFICER,
    "calling.went": AccessLevel.OFFICER,
    "contact.show": AccessLevel.OFFICER,
    "contact.change": AccessLevel.OFFICER,
    "figures.show": AccessLevel.LEAD,
    "figures.file": AccessLevel.LEAD,
    "exports.show": AccessLevel.LEAD,
    "exports.ask": AccessLevel.LEAD,
    "exports.decide": AccessLevel.LEAD,
    "exports.take": AccessLevel.LEAD,
    "outbox.show": AccessLevel.OFFICER,
    "outbox.retry": AccessLevel.OFFICER,
    "outbox.retry_all": AccessLevel.OFFICER,
    "outbox.cancel": AccessLevel.OFFICER,
    "replies.show": AccessLevel.OFFICER,
    "replies.place": AccessLevel.OFFICER,
    "replies.drop": AccessLevel.OFFICER,
    "keeping.hold": AccessLevel.LEAD,
    "keeping.release": AccessLevel.LEAD,
    "keeping.confirm": AccessLevel.LEAD,
    "keeping.erase": AccessLevel.LEAD,
    "audit.show": AccessLevel.LEAD,
    "audit.verify": AccessLevel.LEAD,
    "retention.show": AccessLevel.LEAD,
    "keys.show": AccessLevel.ADMIN,
}

REAUTHENTICATED: frozenset[str] = frozenset(
    {
        "account.password",
        "account.app",
        "account.remove_app",
        "account.passkey",
        "account.remove_passkey",
        "account.recovery_codes",
        "exports.decide",
        "exports.take",
        "keys.show",
        "staff.add",
        "staff.change",
        "staff.link",
        "staff.end_sessions",
    }
)
"""Endpoints that ask for the password or passkey again, unless that was within the last five minutes."""

ENROLLMENT: frozenset[str] = frozenset(
    {"security.set_up_factor", "account.app", "account.passkey", "account.recovery_codes"}
)
"""All that is open to who has no second factor yet."""


@dataclass(frozen=True)
class NavigationItem:
    """A page of the navigation; `room` is the blueprint whose pages are in it."""

    name: str
    endpoint: str
    room: str


PAGES: tuple[NavigationItem, ...] = (
    NavigationItem("Queue", "queue.show", "queue"),
    NavigationItem("Outbox", "outbox.show", "outbox"),
    NavigationItem("Replies", "replies.show", "replies"),
    NavigationItem("Figures", "figures.show", "figures"),
    NavigationItem("Exports", "exports.show", "exports"),
    NavigationItem("Audit log", "audit.show", "audit"),
    NavigationItem("Retention", "retention.show", "retention"),
    NavigationItem("Staff", "staff.show", "staff"),
    NavigationItem("Keys", "keys.show", "keys"),
)
"""The navigation, in order. A role sees what it may reach."""
