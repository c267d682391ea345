"""The person who is signed in, and what the audit log says about changes to their own account."""

from dataclasses import dataclass

from flask import g
from sqlalchemy import Connection

from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts import account_store
from resident_app.web.accounts.account_store import Account, AccountRefused
from resident_app.web.accounts.context import current_accounts
from resident_app.web.accounts.permissions import AccessLevel
from resident_app.web.accounts.sessions import current_session
from resident_app.web.accounts.staff_tables import Role


@dataclass(frozen=True)
class SignedInStaff:
    """The account that is signed in."""

    id: int
    name: str
    email: str
    role: Role
    languages: tuple[str, ...]
    phone: str
    has_second_factor: bool

    def may(self, needed: AccessLevel) -> bool:
        """Return whether the account's role includes an access level."""
        return AccessLevel[self.role.name] >= needed


def current_staff() -> SignedInStaff:
    """Return who is signed in. For views that the permissions close to everyone else."""
    staff: SignedInStaff = g.staff
    return staff


def signed_in_staff() -> SignedInStaff | None:
    """Return whose session this is, locked or not; None if nobody's, or if the account was closed."""
    account = current_session().account
    if account is None:
        return None
    return SignedInStaff(
        id=account.id,
        name=account.name,
        email=account.email,
        role=account.role,
        languages=account.languages,
        phone=account.phone,
        has_second_factor=account.has_second_factor,
    )


def current_account(connection: Connection) -> Account:
    """Return the account that is signed in, with its password and second factors."""
    account = account_store.find(connection, id=current_staff().id)
    if account is None:
        raise AccountRefused
    return account


def record_own_change(connection: Connection, what: str) -> None:
    """Record in the audit log that a person changed their own account."""
    staff, now = current_staff().id, current_accounts().clock()
    audit_log.record(connection, Audited.ACCOUNT_CHANGED, actor_id=staff, at=now, account=staff, what=what)
