"""Who may reach which address of the console: one table. What is not in it is closed to everyone."""

from dataclasses import dataclass
from enum import IntEnum


class Needs(IntEnum):
    """What a request must have. Each role may do what the one before may."""

    NOTHING = 0
    """Before anyone has signed in."""
    ACCOUNT = 1
    """Signed in, of whatever role: one's own account."""
    OFFICER = 2
    LEAD = 3
    ADMIN = 4


ENDPOINTS: dict[str, Needs] = {
    "healthz": Needs.NOTHING,
    "readyz": Needs.NOTHING,
    "security.sign_in": Needs.NOTHING,
    "security.second_factor": Needs.NOTHING,
    "security.recovery_code": Needs.NOTHING,
    "security.passkey": Needs.NOTHING,
    "security.set_up": Needs.NOTHING,
    "security.logout": Needs.NOTHING,
    "security.unlock": Needs.NOTHING,
    "security.set_up_factor": Needs.ACCOUNT,
    "account.show": Needs.ACCOUNT,
    "account.here": Needs.ACCOUNT,
    "account.change": Needs.ACCOUNT,
    "account.password": Needs.ACCOUNT,
    "account.app": Needs.ACCOUNT,
    "account.remove_app": Needs.ACCOUNT,
    "account.passkey": Needs.ACCOUNT,
    "account.remove_passkey": Needs.ACCOUNT,
    "account.recovery_codes": Needs.ACCOUNT,
    "account.end_session": Needs.ACCOUNT,
    "staff.show": Needs.ADMIN,
    "staff.add": Needs.ADMIN,
    "staff.change": Needs.ADMIN,
    "staff.link": Needs.ADMIN,
    "staff.end_sessions": Needs.ADMIN,
    "queue.home": Needs.OFFICER,
    "queue.show": Needs.OFFICER,
    "queue.rows": Needs.OFFICER,
    "queue.search": Needs.OFFICER,
    "queue.bulk": Needs.OFFICER,
    "queue.save": Needs.OFFICER,
    "queue.forget": Needs.OFFICER,
    "request.show": Needs.OFFICER,
    "request.live": Needs.OFFICER,
    "request.act": Needs.OFFICER,
    "request.assign": Needs.OFFICER,
    "request.merge": Needs.OFFICER,
    "request.separate": Needs.OFFICER,
    "calling.panel": Needs.OFFICER,
    "calling.begin": Needs.OFFICER,
    "calling.interpreter": Needs.OFFICER,
    "calling.end": Needs.OFFICER,
    "calling.went": Needs.OFFICER,
    "contact.show": Needs.OFFICER,
    "contact.change": Needs.OFFICER,
    "figures.show": Needs.LEAD,
    "figures.file": Needs.LEAD,
    "exports.show": Needs.LEAD,
    "exports.ask": Needs.LEAD,
    "exports.decide": Needs.LEAD,
    "exports.take": Needs.LEAD,
    "outbox.show": Needs.OFFICER,
    "outbox.retry": Needs.OFFICER,
    "outbox.retry_all": Needs.OFFICER,
    "outbox.cancel": Needs.OFFICER,
    "replies.show": Needs.OFFICER,
    "replies.place": Needs.OFFICER,
    "replies.drop": Needs.OFFICER,
    "keeping.hold": Needs.LEAD,
    "keeping.release": Needs.LEAD,
    "keeping.confirm": Needs.LEAD,
    "keeping.erase": Needs.LEAD,
    "audit.show": Needs.LEAD,
    "audit.verify": Needs.LEAD,
    "retention.show": Needs.LEAD,
    "keys.show": Needs.ADMIN,
}

FRESH: frozenset[str] = frozenset(
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

SETTING_UP: frozenset[str] = frozenset(
    {"security.set_up_factor", "account.app", "account.passkey", "account.recovery_codes"}
)
"""All that is open to who has no second factor yet."""


@dataclass(frozen=True)
class Room:
    """A page of the navigation; `room` is the blueprint whose pages are in it."""

    name: str
    endpoint: str
    room: str


PAGES: tuple[Room, ...] = (
    Room("Queue", "queue.show", "queue"),
    Room("Outbox", "outbox.show", "outbox"),
    Room("Replies", "replies.show", "replies"),
    Room("Figures", "figures.show", "figures"),
    Room("Exports", "exports.show", "exports"),
    Room("Audit log", "audit.show", "audit"),
    Room("Retention", "retention.show", "retention"),
    Room("Staff", "staff.show", "staff"),
    Room("Keys", "keys.show", "keys"),
)
"""The navigation, in order. A role sees what it may reach."""
