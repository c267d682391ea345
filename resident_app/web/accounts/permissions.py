"""Who may reach which endpoint: the form of an application's table, and the rows of the account pages."""

from dataclasses import dataclass
from enum import IntEnum


class AccessLevel(IntEnum):
    """What a request must have. Each level includes the ones before it."""

    ANYONE = 0
    """Also people who have not signed in."""
    SIGNED_IN = 1
    """Any role: a person's own account."""
    OFFICER = 2
    LEAD = 3
    ADMIN = 4


@dataclass(frozen=True)
class Permission:
    """Who may reach one endpoint."""

    endpoint: str
    """`blueprint.function`, as Flask names it."""
    access: AccessLevel
    reauthenticate: bool = False
    """Ask for both factors again, unless the person gave them in the last five minutes."""
    enrollment: bool = False
    """Open to a person who has no second factor yet."""
    navigation: str = ""
    """The page's name in the navigation; empty if it is not there."""
    section: str = ""
    """The menu of the navigation that the page is in; empty if it has an entry of its own."""

    @property
    def blueprint(self) -> str:
        return self.endpoint.partition(".")[0]


def permission_table(*rows: Permission) -> dict[str, Permission]:
    """Return the rows by endpoint. Raises ValueError if an endpoint has two rows."""
    table = {row.endpoint: row for row in rows}
    if len(table) != len(rows):
        raise ValueError("an endpoint has two rows of permissions")
    return table


_ANYONE, _SIGNED_IN = AccessLevel.ANYONE, AccessLevel.SIGNED_IN

ACCOUNT_PERMISSIONS: tuple[Permission, ...] = (
    Permission("sign_in.sign_in", _ANYONE),
    Permission("sign_in.second_factor", _ANYONE),
    Permission("sign_in.recovery_code", _ANYONE),
    Permission("sign_in.passkey", _ANYONE),
    Permission("sign_in.sign_out", _ANYONE),
    Permission("enrollment.enroll", _ANYONE),
    Permission("enrollment.choose_second_factor", _SIGNED_IN, enrollment=True),
    Permission("reauthentication.reauthenticate", _ANYONE),
    Permission("account.show", _SIGNED_IN),
    Permission("account.change", _SIGNED_IN),
    Permission("account.heartbeat", _SIGNED_IN),
    Permission("account.password", _SIGNED_IN, reauthenticate=True),
    Permission("account.end_session", _SIGNED_IN),
    Permission("second_factors.authenticator_app", _SIGNED_IN, reauthenticate=True, enrollment=True),
    Permission("second_factors.remove_authenticator_app", _SIGNED_IN, reauthenticate=True),
    Permission("second_factors.passkey", _SIGNED_IN, reauthenticate=True, enrollment=True),
    Permission("second_factors.remove_passkey", _SIGNED_IN, reauthenticate=True),
    Permission("second_factors.recovery_codes", _SIGNED_IN, reauthenticate=True, enrollment=True),
)
"""The rows of every page in this package. An application adds them to its own table."""
