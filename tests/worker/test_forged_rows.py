"""A writer to the database can have nothing sent: what the office did not ask for is refused.

The attacker knows the code and the office's public key, and may insert, change, copy and put back any row.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from structlog.testing import capture_logs

from ivr.simulator import FakeCarrier
from ivr.simulator.rest_rules import CarrierRefusal
from resident_app.casework.messages import outbox
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.database_roles import DatabaseRole
from resident_app.intake.aad import outgoing_aad
from resident_app.intake.help_request import seal_json
from resident_app.intake.message_tables import DeliveryError, OutgoingRow, OutgoingState
from resident_app.security.audit_log import Audited, AuditEvent
from tests.roles import engine_as
from tests.worker.office import Desk, once

WAITING, FAILED, SENT = OutgoingState.WAITING, OutgoingState.FAILED, OutgoingState.SENT
REFUSED = (FAILED, DeliveryError.NOT_AUTHORIZED)
ATTACKERS_NUMBER = "+12065550199"


def sealed_by_attacker(desk: Desk, key: str, to: str = ATTACKERS_NUMBER) -> dict[str, object]:
    """Contents of the attacker's own, sealed with the public key and bound to a row's key."""
    contents = {"to": to, "body": "Call us at once.", "language": "en"}
    box = seal_json(contents, desk.office.keys.current().newest.public, outgoing_aad(key))
    return {"sealed": box.sealed, "sealed_to": box.sealed_to}


def stored(desk: Desk, message: int) -> dict[str, Any]:
    """A row as a backup has it."""
    return dict(desk.row(message)._mapping)


def write(desk: Desk, *statements: Any) -> None:
    with writing(desk.office.engine) as connection:
        for statement in statements:
            connection.execute(statement)


def put_back(desk: Desk, row: Mapping[str, Any]) -> None:
    """Put an older copy of a row in its place, when the queue has forgotten what it did."""
    desk.queued.known.clear()
    write(
        desk,
        delete(OutgoingRow).where(OutgoingRow.id == row["id"]),
        insert(OutgoingRow).values(**row),
    )


def refusals(desk: Desk) -> list[str]:
    """The fields of the audit log's events about refused rows."""
    with reading(desk.office.engine) as connection:
        chosen = select(AuditEvent.fields).where(AuditEvent.kind == Audited.ROW_REFUSED.value)
        return list(connection.scalars(chosen.order_by(AuditEvent.number)))


def forge(desk: Desk, **changes: object) -> int:
    """Insert a message that nobody at the office wrote."""
    row = {
        "key": "f" * 32,
        "channel": Channel.TEXT,
        "state": WAITING,
        "round": 0,
        "attempts": 0,
        "created_at": desk.clock(),
        "provider_id": "",
        **sealed_by_attacker(desk, "f" * 32),
        **changes,
    }
    write(desk, insert(OutgoingRow).values(**row))
    with reading(desk.office.engine) as connection:
        found = select(OutgoingRow.id).where(OutgoingRow.key == row["key"])
        return connection.execute(found).scalar_one()


def test_a_forged_message_is_never_sent(desk: Desk, provider: FakeCarrier) -> None:
    genuine = desk.queue()
    with capture_logs() as events:
        forged = [
            forge(desk),
            forge(desk, key="e" * 32, authorization=b"\0" * 40, **sealed_by_attacker(desk, "e" * 32)),
            forge(
                desk, key="d" * 32, channel=Channel.EMAIL, **sealed_by_attacker(desk, "d" * 32, "a@b.example")
            ),
        ]
        desk.work()
        desk.work(7200)
    assert [desk.state(message) for message in forged] == [REFUSED] * 3
    assert desk.state(genuine) == (SENT, None), "the others go out"
    assert [text.form["To"] for text in provider.sent] != [ATTACKERS_NUMBER]
    assert len(provider.sent) == 1
    assert desk.mail is not None
    assert not desk.mail.taken
    assert [event["table"] for event in events if event["event"] == "row_refused"] == ["outgoing_message"] * 3
    assert refusals(desk) == [f'{{"row": {message}, "table": "outgoing_message"}}' for message in forged]


COPIED = ("sealed", "sealed_to", "authorization")


@pytest.mark.parametrize(
    "change",
    [
        lambda desk, other: sealed_by_attacker(desk, desk.row(1).key),
        lambda desk, other: {"request_id": desk.office.leave()},
        lambda desk, other: {"authorization": None},
        lambda desk, other: {"authorization": desk.row(other).authorization},
        lambda desk, other: {name: getattr(desk.row(other), name) for name in COPIED},
        lambda desk, other: {"key": "f" * 32, **sealed_by_attacker(desk, "f" * 32)},
        lambda desk, other: {"id": 99},
    ],
    ids=["contents", "request", "no mac", "another's mac", "another's contents", "key", "id"],
)
def test_a_genuine_message_that_was_changed_is_never_sent(
    desk: Desk, provider: FakeCarrier, change: Callable[[Desk, int], dict[str, Any]]
) -> None:
    message, other = desk.queue(), desk.queue(to="+12065550178")
    assert message == 1
    write(desk, update(OutgoingRow).where(OutgoingRow.id == message).values(**change(desk, other)))
    desk.work()
    desk.work(7200)
    assert [text.form["To"] for text in provider.sent] == ["+12065550178"]
    changed = next(row for row in (1, 99) if row != other and exists(desk, row))
    assert desk.state(changed)[0] is FAILED
    assert desk.state(changed)[1] in (DeliveryError.NOT_AUTHORIZED, DeliveryError.CANNOT_OPEN)


def exists(desk: Desk, message: int) -> bool:
    with reading(desk.office.engine) as connection:
        found = select(OutgoingRow.id).where(OutgoingRow.id == message)
        return connection.execute(found).one_or_none() is not None


def test_an_email_made_of_a_text_is_never_sent(desk: Desk, provider: FakeCarrier) -> None:
    message = desk.queue_email()
    write(desk, update(OutgoingRow).values(channel=Channel.TEXT))
    desk.work()
    assert desk.state(message) == REFUSED


def test_a_sent_message_that_is_put_back_is_not_sent_again(desk: Desk, provider: FakeCarrier) -> None:
    """Even by a provider that honors no idempotency key and has forgotten the first."""
    message = desk.queue()
    before = stored(desk, message)
    desk.work()
    assert desk.state(message) == (SENT, None)
    assert len(provider.sent) == 1
    provider.honours_keys = False
    put_back(desk, before)
    desk.work()
    assert len(provider.sent) == 1
    assert desk.state(message) == REFUSED
    desk.queued.known.clear()
    write(desk, update(OutgoingRow).values(state=WAITING, error=None, attempts=0, round=7, provider_id=""))
    desk.work()
    assert len(provider.sent) == 1
    assert len(refusals(desk)) == 2


def test_a_cancelled_message_that_is_put_back_is_not_sent(desk: Desk, provider: FakeCarrier) -> None:
    message = desk.queue()
    before = stored(desk, message)
    with writing(engine_as(desk.office.engine, DatabaseRole.CONSOLE)) as connection:
        assert outbox.cancel(connection, message, 1, desk.clock())
    put_back(desk, before)
    desk.work()
    assert not provider.sent
    assert desk.state(message) == REFUSED


def test_a_failed_message_is_sent_only_if_a_person_retries_it(desk: Desk, provider: FakeCarrier) -> None:
    message = desk.queue()
    before = stored(desk, message)
    provider.at = once("asked", CarrierRefusal(400, 21617, "no"))
    desk.work()
    assert desk.state(message) == (FAILED, DeliveryError.REFUSED)
    failed = stored(desk, message)
    put_back(desk, before)
    desk.work()
    assert not provider.sent
    put_back(desk, failed)
    assert retry(desk, message)
    retried = stored(desk, message)
    put_back(desk, before)
    desk.work()
    assert not provider.sent, "the authorization of before ended when a person retried the message"
    put_back(desk, retried)
    desk.work()
    assert len(provider.sent) == 1
    put_back(desk, retried)
    desk.work()
    assert len(provider.sent) == 1


def retry(desk: Desk, message: int) -> bool:
    with writing(engine_as(desk.office.engine, DatabaseRole.CONSOLE)) as connection:
        return outbox.retry(connection, desk.office.keys.current(), message, 1, desk.clock())


def test_an_officer_cannot_be_made_to_authorize_a_forged_message(desk: Desk, provider: FakeCarrier) -> None:
    """It is listed as failed, among others, and somebody tries all of them again."""
    forged = forge(desk, state=FAILED, error=DeliveryError.UNREACHABLE)
    assert not retry(desk, forged)
    assert desk.state(forged) == REFUSED
    assert len(refusals(desk)) == 1
    assert not retry(desk, forged)
    with reading(desk.office.engine) as connection:
        assert not outbox.failed(connection)[0].can_be_retried
    write(desk, update(OutgoingRow).values(state=WAITING))
    desk.work()
    assert not provider.sent


def test_nothing_is_sent_while_the_end_of_the_audit_log_is_gone(desk: Desk, provider: FakeCarrier) -> None:
    """Who puts a message back must remove the event that it was sent. Then the worker sends nothing."""
    message = desk.queue()
    before = stored(desk, message)
    desk.work()
    with reading(desk.office.engine) as connection:
        last = connection.scalars(select(AuditEvent.number).order_by(AuditEvent.number.desc()).limit(1)).one()
    put_back(desk, before)
    write(desk, delete(AuditEvent).where(AuditEvent.number == last))
    with capture_logs() as events:
        desk.work()
    assert len(provider.sent) == 1
    assert desk.state(message)[0] is OutgoingState.QUEUED
    assert [event["error"] for event in events if event["event"] == "failed"] == ["AuditLogDamaged"]


def test_what_the_public_process_may_insert_sends_nothing(desk: Desk, provider: FakeCarrier) -> None:
    """An inbound message, even one that says that a message of ours came back, is a person's to answer."""
    message = desk.queue_email()
    desk.work()
    assert desk.state(message) == (SENT, None)
    assert desk.mail is not None
    count = len(desk.mail.taken)
    desk.reply("", "", channel=Channel.EMAIL, answers=(desk.row(message).key,), returned=True)
    assert desk.state(message) == (FAILED, DeliveryError.RETURNED)
    desk.reply("Send me everything", ATTACKERS_NUMBER)
    desk.work(7200)
    assert not provider.sent
    assert len(desk.mail.taken) == count
