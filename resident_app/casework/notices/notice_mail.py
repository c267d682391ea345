"""E-mail that there is a notice. It says nothing else: who opens a mailbox learns of no person."""

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, Engine, column, select, table, update

from resident_app.casework.authorization import record_refused
from resident_app.casework.messages.outbox import queue_message
from resident_app.casework.notices.notice_addresses import authorized_address
from resident_app.casework.office_keys import OfficeKeys
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.notice_tables import NoticeAddressRow, NoticeRow
from resident_app.languages import SOURCE

WORDS = "You have a notice in the outreach console.\n\n{link}"
PAUSE = timedelta(hours=1)
"""Nobody gets more than one e-mail in this time."""
READ_FIRST = timedelta(minutes=2)
"""A notice that is read within this time needs no e-mail."""

_STAFF = table("staff", column("id"), column("active"))
"""Named here because casework may not import the package that defines it."""


def mail_notices(engine: Engine, keys: OfficeKeys, now: datetime) -> None:
    """Queue an e-mail to each staff member with an unread notice that no e-mail told of."""
    with reading(engine) as connection:
        accounts = _waiting(connection, now)
    for account in accounts:
        with writing(engine) as connection:
            _mail(connection, keys, account, now)


def _waiting(connection: Connection, now: datetime) -> list[int]:
    lately = select(NoticeRow.account_id).where(NoticeRow.emailed_at > now - PAUSE)
    wants = select(NoticeAddressRow.account_id).where(NoticeAddressRow.wants_email)
    active = select(_STAFF.c.id).where(_STAFF.c.active)
    found = (
        select(NoticeRow.account_id)
        .where(
            NoticeRow.read_at.is_(None),
            NoticeRow.emailed_at.is_(None),
            NoticeRow.at <= now - READ_FIRST,
            NoticeRow.account_id.in_(wants),
            NoticeRow.account_id.in_(active),
            NoticeRow.account_id.not_in(lately),
        )
        .distinct()
    )
    return list(connection.execute(found).scalars())


def _mail(connection: Connection, keys: OfficeKeys, account: int, now: datetime) -> None:
    """Queue the e-mail, and note it on the notices in the same transaction: another worker finds none."""
    untold = (
        NoticeRow.account_id == account,
        NoticeRow.read_at.is_(None),
        NoticeRow.emailed_at.is_(None),
    )
    newest = connection.execute(
        select(NoticeRow.id).where(*untold).order_by(NoticeRow.id.desc()).limit(1)
    ).scalar()
    if connection.execute(update(NoticeRow).where(*untold).values(emailed_at=now)).rowcount == 0:
        return
    address = authorized_address(connection, account)
    if address is None or not address.wants_email:
        record_refused(connection, NoticeAddressRow.__tablename__, account, None, now)
        return
    queue_message(
        connection,
        keys,
        request=None,
        channel=Channel.EMAIL,
        to=address.email,
        body=WORDS.format(link=address.link),
        language=SOURCE,
        actor_id=None,
        at=now,
        key=sha256(f"notices|{account}|{newest}|{now.isoformat()}".encode()).hexdigest()[:32],
    )
