"""One request's page: an officer's actions, and what the sender is told."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from resident_app.database import reading, writing
from resident_app.intake.call_endings import CallEnding
from resident_app.intake.call_legs import end
from resident_app.intake.call_tables import OfficeCallRow
from resident_app.intake.message_tables import OutgoingRow, OutgoingState, TextDelivery
from resident_app.security.audit_log import AuditEvent
from tests.conftest import Deployment
from tests.console.conftest import Console, OpenConsole
from tests.console.office import leave, sender_state
from tests.console.strict_console import ConsolePage, StrictConsole
from tests.made_up import ONCE, keys_of


@pytest.fixture
def console(deployment: Deployment, open_console: OpenConsole) -> Console:
    return open_console(clock=deployment.clock)


def act(officer: StrictConsole, **fields: str) -> dict[str, str]:
    """Return the form of request 1 as the page has it, with these fields typed in."""
    return officer.get("/requests/1").fields | fields


def count(console: Console, table: type) -> int:
    with reading(console.engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_one_form_writes_a_note_a_message_a_state_and_a_day(deployment: Deployment, console: Console) -> None:
    reference = leave(deployment)
    officer = console.sign_in(name="Officer Kim")
    page = officer.done(
        "/requests/1/act",
        act(
            officer,
            note="called their sister",
            message="내일 다시 전화드리겠습니다. 감사합니다.",
            state="in-hand",
            next_action_day="2026-12-01",
            next_action_time="14:30",
        ),
    )
    for words in (
        "Note by Officer Kim",
        "called their sister",
        "내일 다시",
        "Waits to be sent",
        "Next action by Dec 1, 2026, 2:30 PM",
    ):
        assert words in page.main, words
    assert sender_state(deployment, reference) == "in-hand"


def preview(officer: StrictConsole, fields: dict[str, str]) -> ConsolePage:
    return officer.post("/requests/1/act", fields | {"show": "yes"})


def sent(console: Console) -> int:
    return count(console, OutgoingRow)


def test_a_template_is_shown_in_english_before_it_is_sent(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in()
    page = preview(officer, act(officer, template="WILL_CALL", day="2026-12-01", note="mine"))
    assert page.status == 200
    assert "In English it says: We will call you on December 1, 2026." in page.main
    assert "2026년 12월 1일에 전화드리겠습니다" in page.text
    assert "mine" in page.text
    assert sent(console) == 0
    officer.done("/requests/1/act", page.fields)
    assert sent(console) == 1


def test_another_template_takes_the_place_of_the_words_that_nobody_changed(
    deployment: Deployment, console: Console
) -> None:
    leave(deployment)
    officer = console.sign_in()
    first = preview(officer, act(officer, template="GOOD_TIME"))
    assert "When is it good to call you?" in first.main
    # Without a script the list changes and the box does not. It is not sent before it was read.
    unread = officer.post("/requests/1/act", first.fields | {"template": "INTERPRETER"})
    assert unread.status == 422
    assert "Read it, then save." in unread.main
    assert "통역" in unread.fields["message"]
    assert "interpreter who speaks your language" in unread.main
    assert "When is it good" not in unread.main
    assert sent(console) == 0
    officer.done("/requests/1/act", unread.fields)
    assert sent(console) == 1


def test_a_template_that_was_only_chosen_is_not_sent(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in()
    page = officer.post("/requests/1/act", act(officer, template="GOOD_TIME"))
    assert page.status == 422
    assert page.fields["message"].startswith("언제 전화드리면")
    assert sent(console) == 0


def test_words_and_a_template_that_disagree_are_not_sent(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in()
    words = "내일 다시 전화드리겠습니다. 감사합니다."
    page = officer.post("/requests/1/act", act(officer, template="GOOD_TIME", message=words))
    assert page.status == 422
    assert "are not the same message" in page.main
    assert page.fields["message"] == words
    assert "In English it says" not in page.main
    officer.done("/requests/1/act", page.fields | {"template": ""})
    assert sent(console) == 1


def test_changed_words_are_ones_own_and_have_no_english(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in()
    page = preview(officer, act(officer, template="GOOD_TIME"))
    changed = page.fields | {"message": page.fields["message"] + " 감사합니다."}
    refused = officer.post("/requests/1/act", changed)
    assert refused.status == 422
    assert "so they are your own now" in refused.main
    assert "In English it says" not in refused.main
    assert refused.fields["template"] == ""
    officer.done("/requests/1/act", refused.fields)
    assert sent(console) == 1


def test_a_template_with_a_day_asks_for_it(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in()
    assert "day" not in act(officer)
    page = preview(officer, act(officer, template="WILL_CALL"))
    assert page.fields["day"] == ""
    for day, why in (
        ("", "Choose the day"),
        ("2020-01-01", "This day is over."),
        ("2031-01-01", "This day is too far ahead. Choose Dec 22, 2026 or an earlier day."),
        ("2026-11-26", "The office is closed on Nov 26, 2026, Thanksgiving Day. Choose another day."),
        ("2026-11-28", "The office is closed on Nov 28, 2026, a Saturday. Choose another day."),
    ):
        refused = officer.post("/requests/1/act", page.fields | {"day": day})
        assert refused.status == 422
        assert why in refused.main
        if day:
            assert why in preview(officer, page.fields | {"day": day}).main
    shown = preview(officer, page.fields | {"day": "2026-12-01"})
    moved = officer.post("/requests/1/act", shown.fields | {"day": "2026-12-02"})
    assert moved.status == 422, "the words name another day than those that were read"
    assert "12월 2일" in moved.fields["message"]
    assert sent(console) == 0
    officer.done("/requests/1/act", moved.fields)
    assert sent(console) == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("We tried to call you today, please call us.", "not in the script"),
        ("%(name)s 님, 내일 전화드리겠습니다.", "waits to be filled in"),
        ("이민 문제로 전화드렸습니다. 전화 주십시오.", "leave out what it is about"),
    ],
)
def test_a_message_with_a_problem_is_refused_and_nothing_typed_is_lost(
    deployment: Deployment, console: Console, words: str, why: str
) -> None:
    leave(deployment)
    officer = console.sign_in()
    page = officer.post("/requests/1/act", act(officer, note="my note", message=words))
    assert page.status == 422
    assert why in page.main
    assert page.fields["note"] == "my note"
    assert page.fields["message"] == words
    assert count(console, OutgoingRow) == 0


def test_two_officers_on_one_request_lose_nothing_they_typed(
    deployment: Deployment, console: Console
) -> None:
    leave(deployment)
    one, two = console.sign_in(name="One"), console.sign_in(name="Two")
    first, second = act(one, note="from one", state="in-hand"), act(two, note="from two", state="tried")
    assert "One has this request open, too." in two.get("/requests/1").main
    one.done("/requests/1/act", first)
    page = two.post("/requests/1/act", second)
    assert page.status == 409
    assert "Somebody changed this request while you were working" in page.main
    assert page.fields["note"] == "from two"
    page = two.done("/requests/1/act", page.fields)
    assert "from one" in page.main
    assert "from two" in page.main


def test_an_officer_who_left_is_not_shown_as_present(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    console.sign_in(name="One").get("/requests/1")
    console.clock.pass_by(60)
    assert "open, too" not in console.sign_in().get("/requests/1").main


def test_reading_is_in_the_timeline_and_the_audit_log(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in(name="Officer Kim")
    officer.get("/requests/1")
    assert "Read by Officer Kim" in officer.get("/requests/1").main
    officer.raw("GET", "/requests/1/live", headers={"X-Background": "true"})
    with reading(console.engine) as connection:
        kinds = list(connection.execute(select(AuditEvent.kind)).scalars())
    assert kinds.count("request-read") == 2


def test_the_page_says_whether_a_voice_message_is_safe(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    leave(deployment, voicemail_ok="yes", phone="206 555 0101")
    officer = console.sign_in()
    assert officer.get("/requests/1").main.count("Do NOT leave a voice message") == 2
    assert "It is safe to leave a voice message." in officer.get("/requests/2").main


def test_hand_over_and_back(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in(name="Officer Kim")
    other = console.account(name="Officer Park", languages=("ko",))
    assert "Officer Park – speaks Korean" in officer.get("/requests/1").main
    page = officer.done("/requests/1/assign", {"officer": str(other), "reason": "speaks Korean"})
    assert "Assigned to: Officer Park" in page.main
    assert "Assigned to Officer Park by Officer Kim" in page.main
    assert "Assigned to: nobody" in officer.done("/requests/1/assign", {"officer": ""}).main
    assert officer.send("/requests/1/assign", {"officer": "99"}).status_code == 422


def test_repeats_are_offered_merged_and_separated(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    second = leave(deployment, message="다시 씁니다")
    officer = console.sign_in()
    assert "Request 2 has the same number or address" in officer.get("/requests/1").main
    compared = officer.post("/requests/1/merge", {"other": "2"})
    assert "Nothing that both requests have differs." in compared.main
    assert "다시 씁니다" in compared.main
    assert officer.get("/requests/2").status == 200, "nothing is merged yet"
    assert "다시 씁니다" in officer.done("/requests/1/merge/2", compared.fields).main
    assert officer.raw("GET", "/requests/2").headers["Location"] == "/requests/1"
    officer.send("/requests/1/act", act(officer, state="in-hand"))
    assert sender_state(deployment, second) == "in-hand", (
        "whoever has the repeat's reference hears how the whole stands"
    )
    assert "on its own again" in officer.done("/requests/2/separate", {}).main
    assert "Separated from request 2" in officer.get("/requests/1").main
    assert "Separated from request 1" in officer.get("/requests/2").main
    assert sender_state(deployment, second) == "received", "it is again what it was"
    assert "cannot be merged" in officer.done("/requests/1/merge", {"other": "1"}).main
    assert "Enter the reference or the number" in officer.done("/requests/1/merge", {"other": "x"}).main
    assert "There is no request 999." in officer.done("/requests/1/merge", {"other": "999"}).main
    assert "There is no request 999." in officer.done("/requests/1/merge/999", {}).main


def test_two_strangers_are_not_merged_unseen(deployment: Deployment, console: Console) -> None:
    reference = leave(deployment, name="One")
    other = leave(deployment, name="Another", phone="206 555 0188", spoken="es")
    officer = console.sign_in()
    page = officer.post("/requests/1/merge", {"other": other})
    for words in (
        "These may be two people.",
        "Name is not the same.",
        "Phone is not the same.",
        "Speaks is not the same.",
        "They have no number or address in common.",
    ):
        assert words in page.main
    officer.done("/requests/1/merge/2", page.fields)
    deployment.client.post("/en/help/erase", {"reference": reference, "confirmed": "yes"})
    assert sender_state(deployment, other) == "received", "one person's erasure takes no other's request"
    assert "Another" in officer.get("/requests/2").main


def test_the_sender_sees_on_which_day_the_office_called(deployment: Deployment, console: Console) -> None:
    reference = leave(deployment)
    officer = console.sign_in()
    assert "Noted: No answer." in officer.done("/requests/1/call/outcome", {"outcome": "no-answer"}).main
    page = deployment.client.post("/en/help/status", {"reference": reference})
    assert "We tried to reach you on November 22, 2026." in page.main
    assert officer.send("/requests/1/call/outcome", {"outcome": "nonsense"}).status_code == 422


def test_a_request_by_phone_is_as_the_caller_left_it(deployment: Deployment, console: Console) -> None:
    """Vietnamese, a record that was shared, a voice message allowed; after it one that allows none."""
    leave(deployment, spoken="en", phone="206 555 0111")
    for keys in (
        ["5", *keys_of(ONCE), "2", "1", "1", "1"],
        ["4", "2", "1", "3", "2"],
    ):
        phone = deployment.ring()
        for one in keys:
            phone.press(one)
        phone.hang_up()
    officer = console.sign_in(phone="+13605550123")
    assert re.findall(r'href="/requests/(\d+)[?"]', officer.get("/requests").text)[0] == "2", (
        "shared comes first"
    )
    shared, cantonese = officer.get("/requests/2"), officer.get("/requests/3")
    for words in ("It is safe to leave a voice message.", "Vietnamese", "My information was shared"):
        assert words in shared.main
    assert "They hear: “Hello. This is the call back you asked for.”" in shared.words("call")
    for words in ("Do NOT leave a voice message", "Cantonese", "I have a question"):
        assert words in cantonese.main
    assert "only that someone would like to talk" in cantonese.words("call")


def test_a_person_who_hangs_up_is_tried_again_on_the_next_open_day(
    deployment: Deployment, console: Console
) -> None:
    """On the Wednesday before Thanksgiving: the next open day is Monday."""
    reference = leave(deployment)
    deployment.clock.now += timedelta(days=3)
    officer = console.sign_in(phone="+13605550123")
    officer.done("/requests/1/call", {"form_token": "0" * 32})
    with writing(console.engine) as connection:
        end(connection, 1, CallEnding.NO_KEY, deployment.clock())
    assert "The phone was answered, and no key was pressed." in officer.get("/requests/1").words("call")
    page = officer.done("/requests/1/call/outcome", {"outcome": "other-person", "call": "1"})
    assert "Noted: Someone else answered. Next action: Nov 30, 2026, 5:00 PM." in page.main
    assert (page.fields["next_action_day"], page.fields["next_action_time"]) == ("2026-11-30", "17:00")
    assert sender_state(deployment, reference) == "tried"
    assert "1" not in re.findall(r'href="/requests/(\d+)[?"]', officer.get("/requests?due=approaching").text)
    deployment.clock.now += timedelta(days=5)
    officer = console.sign_in()
    assert "1" in re.findall(r'href="/requests/(\d+)[?"]', officer.get("/requests?due=approaching").text)


def test_a_call_begins_once_and_needs_the_officers_own_number(
    deployment: Deployment, console: Console
) -> None:
    leave(deployment)
    without = console.sign_in()
    page = without.get("/requests/1")
    assert "its number is not in your account" in page.words("call")
    assert "Call +1" not in page.main, "no button that does not call"
    assert "/requests/1/call" not in page.actions
    assert without.send("/requests/1/call", {}).headers["Location"] == "/account"
    officer = console.sign_in(phone="+13605550123")
    for _ in range(2):
        page = officer.done("/requests/1/call", {"form_token": "0" * 32})
    assert "Your phone will ring in a moment." in page.main
    assert "Do NOT leave a voice message." in page.words("call")
    assert count(console, OfficeCallRow) == 1
    assert "under way" in console.sign_in(phone="+13605550124").done("/requests/1/call", {}).main
    officer.done("/requests/1/call/end")
    panel = officer.raw("GET", "/requests/1/call").get_data(as_text=True)
    assert "How did the call go?" in panel
    page = officer.done("/requests/1/call/outcome", {"outcome": "reached", "call": "1"})
    assert "Call: Spoke with the person" in page.main
    assert (
        "Somebody changed"
        in officer.done("/requests/1/call/outcome", {"outcome": "reached", "call": "1"}).main
    )


def test_a_corrected_number_is_stored_and_a_wrong_one_refused(
    deployment: Deployment, console: Console
) -> None:
    leave(deployment)
    officer = console.sign_in()
    form = officer.get("/requests/1/contact").fields
    page = officer.post("/requests/1/contact", form | {"phone": "12", "name": "New Name"})
    assert page.status == 422
    assert page.fields["name"] == "New Name"
    page = officer.done("/requests/1/contact", form | {"phone": "206 555 0177", "voicemail_ok": "yes"})
    assert "+12065550177" in page.main
    assert "It is safe to leave a voice message." in page.main


def test_only_a_lead_holds_and_erases(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in()
    assert "legal hold" not in officer.get("/requests/1").main
    for path in ("hold", "release", "erase"):
        assert officer.send(f"/requests/1/{path}", {"reason": "x"}).status_code == 403


def test_a_request_under_legal_hold_is_erased_when_the_hold_ends(
    deployment: Deployment, console: Console
) -> None:
    reference = leave(deployment)
    lead = console.sign_in("lead")
    lead.send("/requests/1/hold", {"reason": "a court case"})
    page = deployment.client.post("/en/help/erase", {"reference": reference, "confirmed": "yes"})
    assert page.one("main").get("data-done") == "legal-hold"
    page = lead.get("/requests/1")
    assert "Do not contact this person." in page.main
    assert "Call +1" not in page.main
    assert "Message to the person" not in page.main
    lead.send("/requests/1/release", {"reason": "it is over"})
    assert lead.raw("GET", "/requests/1").status_code == 404
    assert sender_state(deployment, reference) == "unknown"


def test_erasing_as_the_person_asked(deployment: Deployment, console: Console) -> None:
    reference = leave(deployment)
    lead = console.sign_in("lead")
    assert "Erase request 1?" in lead.get("/requests/1/erase").main
    refused = lead.post("/requests/1/erase")
    assert refused.status == 422
    assert "Choose why it is erased." in refused.main
    alone = lead.done("/requests/1/erase", {"reason": "asked-by-phone", "alone": "yes"})
    assert "Request 1 is erased." in alone.main, "there is no second person yet"
    assert sender_state(deployment, reference) == "unknown"


def test_a_note_of_the_sender_reopens_a_closed_request(deployment: Deployment, console: Console) -> None:
    reference = leave(deployment)
    officer = console.sign_in()
    officer.done("/requests/1/act", act(officer, state="closed:helped", note="at the desk"))
    assert sender_state(deployment, reference) == "closed"
    deployment.client.post("/en/help/add", {"reference": reference, "note": "marked note", "form_token": "t"})
    page = officer.get("/requests/1")
    assert "Received" in page.main
    assert "marked note" in page.main


@pytest.mark.parametrize(
    "path", ["/requests/99", "/requests/99/live", "/requests/99/contact", "/requests/99/call"]
)
def test_a_request_that_is_not_there(console: Console, path: str) -> None:
    assert console.sign_in("lead").raw("GET", path).status_code == 404


def test_a_number_that_the_person_corrects_takes_the_place_of_the_old_one(
    deployment: Deployment, console: Console
) -> None:
    reference = leave(deployment)
    officer = console.sign_in()
    opened_before = act(officer, state="in-hand")
    old = officer.get("/requests/1/contact").fields["phone"]
    form = {"reference": reference, "reach_by": "text", "phone": "360-555-0188 (sister)", "form_token": "t"}
    for _ in range(2):
        page = deployment.client.post("/en/help/contact", form)
        assert page.one("main").get("data-done") == "contact"
        assert "360-555-0188" in page.main
        assert old not in page.text
    assert officer.post("/requests/1/act", opened_before).status == 409
    shown = officer.get("/requests/1")
    assert f"Before: call, {old}" in shown.main
    assert "Now: text message, +13605550188 (360-555-0188 (sister))" in shown.main
    assert "corrected by the person" in shown.main
    assert shown.main.count("corrected by the person") == 1
    changed = officer.get("/requests/1/contact").fields
    assert (changed["phone"], changed["reach_by"]) == ("+13605550188", "text")
    # Sent again, it is what the request has already.
    deployment.client.post("/en/help/contact", form)
    assert officer.get("/requests/1").main.count("corrected by the person") == 1


def test_whether_a_text_arrived_stands_beside_it(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in()
    officer.done("/requests/1/act", act(officer, message="내일 다시 전화드리겠습니다. 감사합니다."))
    for delivery, code, shown in (
        (None, None, ""),
        (TextDelivery.SENT, None, ""),
        (TextDelivery.DELIVERED, None, "Arrived on the phone"),
        (TextDelivery.UNDELIVERED, 30006, "Did not arrive: this number is a landline, or cannot get texts"),
        (TextDelivery.FAILED, 30123, "Did not arrive: the phone company’s code is 30123"),
        (TextDelivery.FAILED, None, "Did not arrive: the phone company does not say why"),
    ):
        values = {"state": OutgoingState.SENT, "delivery": delivery, "delivery_error": code}
        with writing(console.engine) as connection:
            connection.execute(update(OutgoingRow).values(**values))
        page = officer.get("/requests/1").main
        assert "Sent" in page
        assert [words for words in ("Arrived on the phone", "Did not arrive") if words in page] == (
            [shown.split(":")[0]] if shown else []
        )
        assert shown in page
