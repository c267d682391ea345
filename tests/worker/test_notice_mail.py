"""The e-mail that there is a notice: without a word about a person, once, and only where the console said."""

from datetime import timedelta

import pytest
from sqlalchemy import column, insert, select, table, update

from resident_app.casework.notices.notice_addresses import NoticeAddress, store_address
from resident_app.casework.notices.staff_notices import mark_read, tell
from resident_app.database import writing
from resident_app.database_roles import DatabaseRole
from resident_app.intake.notice_tables import NoticeAddressRow, NoticeKind
from resident_app.web.accounts.staff_tables import Role, StaffRow
from tests.roles import engine_as
from tests.worker.mail_server import MailServer
from tests.worker.office import Desk

ANA = 7
OWN = NoticeAddress("ana@office.example", "https://console.example/notices")


@pytest.fixture
def office_desk(desk: Desk, mail: MailServer) -> Desk:
    """A desk with mail, and an officer who was seen in the console."""
    desk.set_up(None, mail)
    with writing(desk.office.engine) as connection:
        connection.execute(
            insert(StaffRow).values(
                id=ANA,
                email=OWN.email,
                name="Ana",
                role=Role.OFFICER,
                fs_uniquifier="ana",
                fs_webauthn_user_handle="ana",
                created_at=desk.clock(),
            )
        )
    keep(desk, OWN)
    return desk


def keep(desk: Desk, address: NoticeAddress) -> None:
    with writing(engine_as(desk.office.engine, DatabaseRole.CONSOLE)) as connection:
        store_address(connection, ANA, address, desk.clock())


def give(desk: Desk, number: int, kind: NoticeKind = NoticeKind.ASSIGNED) -> None:
    with writing(engine_as(desk.office.engine, DatabaseRole.CONSOLE)) as connection:
        tell(connection, ANA, kind, number, desk.clock(), 1)


def work(desk: Desk, minutes: float = 3) -> None:
    """Let time pass, and two rounds of the worker."""
    desk.clock.pass_by(minutes * 60)
    for _ in range(2):
        desk.work()


def test_an_email_says_that_there_is_a_notice_and_nothing_else(office_desk: Desk, mail: MailServer) -> None:
    number = office_desk.office.leave(name="Marked Name", phone="+12065550177", assigned_to=ANA)
    give(office_desk, number)
    give(office_desk, number, NoticeKind.MENTIONED)
    work(office_desk)
    [(to, sent)] = mail.taken
    assert to == OWN.email
    words = sent.get_content()
    assert words.startswith(f"You have a notice in the outreach console.\n\n{OWN.link}")
    for secret in ("Marked", "0177", "assigned", f"{number}"):
        assert secret not in words


def test_nobody_gets_more_than_one_in_an_hour(office_desk: Desk, mail: MailServer) -> None:
    first, second = office_desk.office.leave(), office_desk.office.leave()
    give(office_desk, first)
    work(office_desk)
    give(office_desk, second)
    work(office_desk, 50)
    assert len(mail.taken) == 1
    work(office_desk, 20)
    assert len(mail.taken) == 2
    work(office_desk, 600)
    assert len(mail.taken) == 2, "no reminder of what was told"


def test_what_is_read_at_once_needs_no_email(office_desk: Desk, mail: MailServer) -> None:
    give(office_desk, office_desk.office.leave())
    work(office_desk, 1)
    with writing(office_desk.office.engine) as connection:
        mark_read(connection, ANA, office_desk.clock())
    work(office_desk)
    assert mail.taken == []


@pytest.mark.parametrize("off", ["setting", "closed account", "another address", "put back"])
def test_who_gets_none(office_desk: Desk, mail: MailServer, off: str) -> None:
    """Turned off, or where somebody wrote to the database what the console did not."""
    engine = office_desk.office.engine
    with writing(engine) as connection:
        before = connection.execute(select(NoticeAddressRow.__table__)).one()._asdict()
        if off == "closed account":
            connection.execute(update(StaffRow).values(active=False))
        if off == "another address":
            connection.execute(update(NoticeAddressRow).values(email="mallory@example.com"))
    if off in ("setting", "put back"):
        keep(office_desk, NoticeAddress(OWN.email, OWN.link, wants_email=False))
    if off == "put back":
        with writing(engine) as connection:
            connection.execute(update(NoticeAddressRow).values(before))
    give(office_desk, office_desk.office.leave())
    work(office_desk)
    assert mail.taken == []
    audited = table("audit_event", column("kind"))
    with writing(engine) as connection:
        kinds = set(connection.execute(select(audited.c.kind)).scalars())
    assert ("row-refused" in kinds) is (off in ("another address", "put back"))


def test_an_address_that_comes_back_works(office_desk: Desk, mail: MailServer) -> None:
    for wants in (False, True):
        office_desk.clock.pass_by(timedelta(minutes=1).total_seconds())
        keep(office_desk, NoticeAddress(OWN.email, OWN.link, wants_email=wants))
    give(office_desk, office_desk.office.leave())
    work(office_desk)
    assert len(mail.taken) == 1
