"""Bulk changes: previewed, confirmed, and undone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from resident_app.database import reading
from resident_app.intake.request_tables import HelpRequestRow
from tests.conftest import Deployment
from tests.console.conftest import Console
from tests.console.office import insert_request, leave
from tests.console.strict_console import ConsolePage, StrictConsole

CLOSE = {"action": "state", "new_state": "closed:helped"}


def columns(console: Console, *names: str) -> list[tuple[object, ...]]:
    """These columns of every request, by number."""
    wanted = [getattr(HelpRequestRow, name) for name in names]
    with reading(console.engine) as connection:
        return [tuple(row) for row in connection.execute(select(*wanted).order_by(HelpRequestRow.id))]


def confirmed(officer: StrictConsole, form: dict[str, object], note: str = "") -> ConsolePage:
    """Preview a change and confirm it as the page offers it."""
    page = officer.post("/requests/bulk", form)
    assert page.status == 200
    assert "Nothing has been changed yet" in page.main
    return officer.done("/requests/bulk/confirm", page.fields | ({"note": note} if note else {}))


def test_closing_people_who_were_never_contacted_takes_more_than_one_click(
    deployment: Deployment, console: Console
) -> None:
    """As seen in the issue: six people who never heard from the office were closed at once."""
    for number in range(6):
        leave(deployment, phone=f"206 555 {1000 + number}")
    officer = console.sign_in()
    page = officer.post("/requests/bulk", CLOSE | {"chosen": [str(n) for n in range(1, 7)]})
    assert "Close: Helped with something: 6 requests?" in page.main
    assert "Nobody has reached out to 6 of these 6 people yet." in page.main
    assert "Korean: 6" in page.main
    assert "Never contacted6" in page.main
    assert columns(console, "state") == [("received",)] * 6

    page = officer.post("/requests/bulk/confirm", page.fields)
    assert page.status == 422
    assert "Write a note" in page.main
    page = officer.post("/requests/bulk/confirm", page.fields | {"note": "x"})
    assert page.status == 422, "a letter is no reason"
    assert columns(console, "state") == [("received",)] * 6

    page = officer.done("/requests/bulk/confirm", page.fields | {"note": "All six came to the desk."})
    assert "6 changed" in page.main
    assert columns(console, "state") == [("closed",)] * 6
    assert "All six came to the desk." in officer.get("/requests/3").main


def test_a_change_is_undone_where_nobody_changed_anything_since(console: Console) -> None:
    officer, other = console.sign_in(), console.account()
    contacted = console.clock() - timedelta(days=3)
    plan = console.clock() + timedelta(days=4)
    for _ in range(3):
        insert_request(
            console, state="tried", received_at=contacted, next_action_at=plan, assigned_to=other, version=7
        )
    page = confirmed(officer, CLOSE | {"chosen": ["1", "2", "3"]})
    [address] = [action for action in page.actions if action.endswith("/undo")]
    assert columns(console, "state", "outcome", "next_action_at") == [("closed", "helped", None)] * 3
    assert "Look at it or undo it" in officer.get("/requests").main
    officer.done(
        "/requests/2/act", officer.get("/requests/2").fields | {"state": "in-hand", "reason": "wrote"}
    )

    page = officer.done(address)
    assert "Undone: 2 requests are as before" in page.main
    assert "2Somebody changed this request since. It stays as it is now." in page.main
    assert "still below" not in page.main, "nothing that one wrote is there"
    names = ("state", "outcome", "next_action_at", "assigned_to", "closed_at")
    assert columns(console, *names) == [
        ("tried", "", plan, other, None),
        ("in-hand", "", None, other, None),
        ("tried", "", plan, other, None),
    ]
    assert "A change of many requests was undone." in officer.get("/requests/1").main
    assert "can no longer be undone" in officer.done(address).main
    assert "undo it" not in officer.get("/requests").main


def test_a_note_of_a_colleague_does_not_leave_a_person_closed(
    deployment: Deployment, console: Console
) -> None:
    for number in range(2):
        leave(deployment, phone=f"206 555 {1000 + number}")
    officer, ana = console.sign_in(), console.sign_in()
    page = confirmed(officer, CLOSE | {"chosen": ["1", "2"]}, "They came to the desk")
    [address] = [action for action in page.actions if action.endswith("/undo")]
    ana.done("/requests/1/act", ana.get("/requests/1").fields | {"note": "Was this on purpose?"})
    ana.done("/requests/2/assign", {"officer": str(ana.staff)})
    page = officer.done(address)
    assert "Undone: 1 request is as before" in page.main
    assert columns(console, "state") == [("received",), ("closed",)]
    assert "Was this on purpose?" in officer.get("/requests/1").main


def test_undoing_is_for_who_did_it_and_for_an_hour(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in()
    page = confirmed(officer, {"chosen": "1", "action": "assign", "assign_to": str(officer.staff)})
    assert console.sign_in().get("/requests/bulk/1").status == 404
    assert console.sign_in().send("/requests/bulk/1/undo").status_code == 404
    assert "Undo" in console.sign_in("lead").get("/requests/bulk/1").main
    console.clock.now += timedelta(hours=1, seconds=1)
    again = console.sign_in(staff=officer.staff)
    assert "can no longer be undone" in again.done("/requests/bulk/1/undo").main
    assert columns(console, "assigned_to") == [(officer.staff,)]
    assert "1 changed" in page.main


def test_what_was_previewed_is_what_is_changed(deployment: Deployment, console: Console) -> None:
    for number in range(3):
        leave(deployment, phone=f"206 555 {1000 + number}")
    officer, other = console.sign_in(), console.sign_in()
    form = {"every": "yes", "query": "language=ko", "action": "state", "new_state": "tried"}
    page = officer.post("/requests/bulk", form)
    leave(deployment, phone="206 555 0177")
    other.done("/requests/2/assign", {"officer": str(other.staff)})
    page = officer.done("/requests/bulk/confirm", page.fields)
    assert "2 changed, 1 not" in page.main
    assert "1 more request matches the view since you looked. It was not changed." in page.main
    assert "2Somebody changed this request" in page.main
    assert columns(console, "state") == [("tried",), ("in-hand",), ("tried",), ("received",)]


def test_all_that_match_means_all_pages(deployment: Deployment, console: Console) -> None:
    """More than a page of requests is assigned at once, and no request outside the view."""
    for number in range(55):
        leave(deployment, phone=f"206 555 {1000 + number}")
    leave(deployment, spoken="vi", written="vi", phone="206 555 0101")
    officer = console.sign_in()
    page = confirmed(
        officer, {"every": "yes", "query": "language=ko", "action": "assign", "assign_to": str(officer.staff)}
    )
    assert "55 changed" in page.main
    given = set(columns(console, "spoken_language", "assigned_to"))
    assert given == {("ko", officer.staff), ("vi", None)}


def test_the_preview_says_which_requests_cannot_be_changed_and_why(
    deployment: Deployment, console: Console
) -> None:
    for number in range(3):
        leave(deployment, phone=f"206 555 {1000 + number}")
    officer = console.sign_in()
    done = {"form_token": "a", "version": "0", "state": "closed:helped", "note": "at the desk"}
    officer.send("/requests/2/act", done)
    form = {"chosen": ["1", "2", "3", "99"], "action": "state", "new_state": "tried"}
    page = officer.post("/requests/bulk", form)
    assert "Mark as tried to reach: 2 requests?" in page.main
    assert "2A request in this state cannot go to that one." in page.main
    assert "99There is no request 99." in page.main
    assert "2 changed" in officer.done("/requests/bulk/confirm", page.fields).main


def test_opening_closed_requests_again_needs_a_note(console: Console) -> None:
    insert_request(console, state="closed", outcome="helped", closed_at=console.clock())
    officer = console.sign_in()
    form: dict[str, object] = {"chosen": "1", "action": "state", "new_state": "in-hand"}
    page = officer.post("/requests/bulk", form)
    assert officer.post("/requests/bulk/confirm", page.fields).status == 422
    assert "1 changed" in confirmed(officer, form, "They called again.").main


def test_a_form_that_is_sent_twice_changes_once(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in()
    page = officer.post("/requests/bulk", {"chosen": "1", "action": "state", "new_state": "tried"})
    first, second = (officer.done("/requests/bulk/confirm", page.fields) for _ in range(2))
    assert first.main == second.main
    assert columns(console, "version") == [(1,)]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"chosen": "1"},
        {"action": "assign"},
        {"chosen": "1", "action": "assign", "assign_to": "99"},
        {"chosen": "1", "action": "state", "new_state": "closed"},
        {"chosen": "1", "action": "state", "new_state": "closed:merged"},
        {"chosen": "1", "action": "state", "new_state": "erased"},
        {"versions": "1.0", "action": "state", "new_state": "closed:nonsense"},
    ],
)
def test_a_bulk_change_without_a_choice_is_refused(
    deployment: Deployment, console: Console, form: dict[str, str]
) -> None:
    leave(deployment)
    for address in ("/requests/bulk", "/requests/bulk/confirm"):
        assert console.sign_in().post(address, form).status == 422
    assert columns(console, "state", "assigned_to") == [("received", None)]


def test_closing_people_who_wrote_and_have_no_answer_says_so_and_takes_a_note(console: Console) -> None:
    """As seen: two clicks closed a request whose sender had written and waited for an answer."""
    before = console.clock() - timedelta(days=3)
    insert_request(console, state="in-hand", received_at=before)
    insert_request(console, state="in-hand", received_at=before, wrote_at=console.clock())
    officer = console.sign_in()
    page = officer.post("/requests/bulk", CLOSE | {"chosen": ["1", "2"]})
    assert "1 wrote and has no answer. Read what they wrote first: request 2." in page.main
    assert officer.post("/requests/bulk/confirm", page.fields).status == 422
    assert columns(console, "state") == [("in-hand",)] * 2
    officer.done("/requests/bulk/confirm", page.fields | {"note": "She was at the desk today."})
    assert columns(console, "state", "wrote_at") == [("closed", None)] * 2


def test_one_request_whose_sender_wrote_is_closed_with_an_answer_or_a_note(console: Console) -> None:
    before = console.clock() - timedelta(days=3)
    for _ in range(2):
        insert_request(console, state="in-hand", received_at=before, wrote_at=console.clock())
    officer = console.sign_in()
    close = {"state": "closed:helped"}
    refused = officer.post("/requests/1/act", officer.get("/requests/1").fields | close)
    assert refused.status == 422
    assert "This person wrote and has no answer yet." in refused.main
    assert columns(console, "state") == [("in-hand",)] * 2
    officer.done("/requests/1/act", refused.fields | {"note": "She was at the desk today."})
    answer = {"message": "내일 다시 전화드리겠습니다. 감사합니다.", "channel": "text"}
    officer.done("/requests/2/act", officer.get("/requests/2").fields | close | answer)
    assert columns(console, "state") == [("closed",)] * 2


def test_closing_says_which_messages_still_wait_and_offers_to_cancel_them(console: Console) -> None:
    """As seen: a request was closed, and a text to its sender went out the next morning."""
    before = console.clock() - timedelta(days=3)
    for _ in range(2):
        insert_request(console, state="tried", received_at=before)
    officer = console.sign_in()
    words = {"message": "내일 다시 전화드리겠습니다. 감사합니다.", "channel": "text"}
    officer.done("/requests/1/act", officer.get("/requests/1").fields | words)
    page = officer.post("/requests/bulk", CLOSE | {"chosen": ["1", "2"]})
    assert "1 message to these people waits to be sent" in page.main
    assert "Cancel what should not go out: request 1." in page.main

    close = {"state": "closed:helped"}
    page = officer.done("/requests/1/act", officer.get("/requests/1").fields | close)
    assert "A text message still waits to be sent, although the request is closed." in page.main
    assert "/outbox/1/cancel" in page.actions
    page = officer.done("/outbox/1/cancel", {"request": "1"})
    assert "It will not be sent." in page.main
    assert "still waits" not in page.main
    assert "Cancelled" in page.main
