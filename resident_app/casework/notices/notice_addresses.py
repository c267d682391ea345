"""Where staff members get an e-mail that there is a notice. The console writes it, and authorizes it.

The worker has no key of the accounts, so it believes an address only by its authorization: nobody who can
write to the database can have the e-mail sent elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from resident_app.casework.authorization import Dispatch, authorize, is_authorized
from resident_app.database import find_one, insert_if_new
from resident_app.intake.notice_tables import NoticeAddressRow
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

_NAME = "notice_address"


@dataclass(frozen=True)
class NoticeAddress:
    """`link` is the address of the page with the notices."""

    email: str
    link: str
    wants_email: bool = True


def stored_address(connection: Connection, account: int) -> NoticeAddress | None:
    """Return what is stored for an account, authorized or not."""
    row = _row(connection, account)
    return NoticeAddress(row.email, row.link, row.wants_email) if row else None


def authorized_address(connection: Connection, account: int) -> NoticeAddress | None:
    """Return the address of an account that the console wrote last; None if there is none."""
    row = _row(connection, account)
    if row is None:
        return None
    address = NoticeAddress(row.email, row.link, row.wants_email)
    return address if is_authorized(connection, _dispatch(account, address), row.authorization) else None


def store_address(connection: Connection, account: int, address: NoticeAddress, at: datetime) -> None:
    """Store a staff member's own address in place of the one before, which is worth nothing from now on."""
    event = audit_log.record(
        connection,
        Audited.NOTICES_CHANGED,
        actor_id=account,
        at=at,
        what="email-on" if address.wants_email else "email-off",
        **{_NAME: account},
    )
    connection.execute(delete(NoticeAddressRow).where(NoticeAddressRow.account_id == account))
    insert_if_new(
        connection,
        NoticeAddressRow,
        account_id=account,
        email=address.email,
        link=address.link,
        wants_email=address.wants_email,
        authorization=authorize(connection, _dispatch(account, address), event),
    )


def _row(connection: Connection, account: int) -> NoticeAddressRow | None:
    return find_one(connection, select(NoticeAddressRow).where(NoticeAddressRow.account_id == account))


def _dispatch(account: int, address: NoticeAddress) -> Dispatch:
    return Dispatch(_NAME, account, (address.email, address.link, address.wants_email))
