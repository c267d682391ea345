"""What the carrier reports of a text message reaches its row: once, forward only, and without its number."""

import secrets
from itertools import permutations

import pytest
from sqlalchemy import insert, select
from twilio.request_validator import RequestValidator

from ivr.simulator import FakeCarrier
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.message_tables import OutgoingRow, OutgoingState, TextDelivery
from resident_app.intake.number_languages import TextedLanguageRow
from tests.conftest import BASE_URL, TOKEN, Deployment
from tests.ivr.office import Office
from tests.made_up import ONCE, keys_of

NUMBER = "+12065550177"
Seen = tuple[TextDelivery | None, int | None]


def sent(office: Office, state: OutgoingState = OutgoingState.SENT) -> str:
    """A text message of the office; the carrier's id of it."""
    sid = f"SM{secrets.token_hex(16)}"
    with writing(office.deployment.engine) as connection:
        connection.execute(
            insert(OutgoingRow).values(
                key=secrets.token_hex(16),
                channel=Channel.TEXT,
                state=state,
                created_at=office.deployment.clock(),
                sealed=b"sealed",
                provider_id=sid,
            )
        )
    return sid


def report(deployment: Deployment, sid: str, status: str, path: str = "/text/status", **more: str) -> int:
    form = {"MessageSid": sid, "MessageStatus": status, "To": NUMBER, "From": "+13603594454", **more}
    signature = RequestValidator(TOKEN).compute_signature(BASE_URL + path, form)
    return deployment.post(path, form, {"X-Twilio-Signature": signature})[0]


def seen(deployment: Deployment, sid: str) -> Seen:
    with reading(deployment.engine) as connection:
        row = connection.execute(
            select(OutgoingRow.delivery, OutgoingRow.delivery_error).where(OutgoingRow.provider_id == sid)
        ).one()
    return row.delivery, row.delivery_error


def test_reports_in_any_order_and_twice_end_the_same(on_both: Office) -> None:
    deployment = on_both.deployment
    for last, code in (("delivered", ""), ("undelivered", "30006"), ("failed", "30003")):
        more = {"ErrorCode": code} if code else {}
        for order in permutations(["queued", "sent", last]):
            sid = sent(on_both)
            for status in (*order, order[0], "sent"):
                assert report(deployment, sid, status, **(more if status == last else {})) == 204
            assert seen(deployment, sid) == (TextDelivery(last), int(code) if code else None), order


def test_what_has_ended_does_not_change(on_both: Office) -> None:
    deployment, sid = on_both.deployment, sent(on_both)
    report(deployment, sid, "delivered")
    for status in ("undelivered", "failed", "sent", "queued"):
        report(deployment, sid, status, ErrorCode="30003")
    assert seen(deployment, sid) == (TextDelivery.DELIVERED, None)


def test_a_report_of_a_message_that_is_not_ours_is_accepted_and_ignored(on_both: Office) -> None:
    deployment, sid = on_both.deployment, sent(on_both)
    waiting = sent(on_both, OutgoingState.WAITING)
    assert report(deployment, "SM" + "0" * 32, "delivered") == 204
    assert report(deployment, "", "delivered") == 204
    assert report(deployment, waiting, "delivered") == 204
    for status in ("", "canceled", "made-up"):
        assert report(deployment, sid, status) == 204
    assert report(deployment, sid, "sent", ErrorCode="٣٠٠٠٣") == 204
    assert seen(deployment, sid) == (TextDelivery.SENT, None)
    assert seen(deployment, waiting) == (None, None)
    form = {"MessageSid": sid, "MessageStatus": "failed"}
    assert deployment.post("/text/status", form, {"X-Twilio-Signature": "made up"})[0] == 403
    assert seen(deployment, sid) == (TextDelivery.SENT, None)


def test_the_old_names_of_the_fields_are_known(on_both: Office) -> None:
    sid = sent(on_both)
    form = {"SmsSid": sid, "SmsStatus": "delivered", "To": NUMBER}
    signature = RequestValidator(TOKEN).compute_signature(BASE_URL + "/text/status", form)
    assert on_both.deployment.post("/text/status", form, {"X-Twilio-Signature": signature})[0] == 204
    assert seen(on_both.deployment, sid) == (TextDelivery.DELIVERED, None)


def test_the_number_is_stored_nowhere_but_as_a_mark_of_its_language(on_both: Office) -> None:
    deployment, sid = on_both.deployment, sent(on_both)
    assert report(deployment, sid, "delivered", "/text/status/ko") == 204
    with reading(deployment.engine) as connection:
        rows = [connection.execute(select(OutgoingRow.__table__)).all()]
    with reading(deployment.short_lived) as connection:
        rows.append(connection.execute(select(TextedLanguageRow.__table__)).all())
    assert NUMBER[2:] not in repr(rows)
    assert deployment.context.number_languages.language_of(NUMBER) == "ko"
    report(deployment, sid, "delivered", "/text/status/made-up")
    assert deployment.context.number_languages.language_of(NUMBER) == "ko"


def test_every_text_of_the_line_asks_for_reports(reaching_out: Deployment, provider: FakeCarrier) -> None:
    phone = reaching_out.ring(NUMBER).press("7")
    for keys in [*keys_of(ONCE), "4", "1"]:
        phone.press(keys)
    [text] = provider.sent
    assert text.form["StatusCallback"] == f"{BASE_URL}/text/status/ko"
    for status in ("sent", "delivered"):
        provider.report(text, status)


def test_a_fault_makes_the_provider_report_again(on_both: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError

    sid = sent(on_both)
    with monkeypatch.context() as patched:
        patched.setattr("ivr.webhooks.line.note_delivery", broken)
        assert report(on_both.deployment, sid, "delivered") == 503
    assert report(on_both.deployment, sid, "delivered") == 204
    assert seen(on_both.deployment, sid) == (TextDelivery.DELIVERED, None)
