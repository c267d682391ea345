"""Reauthentication: after 15 idle minutes and before sensitive actions; what was sent is not lost."""

import pytest

from tests.console.conftest import Console
from tests.console.enrollment import PASSWORD, Person, person

IDLE_SECONDS = 15 * 60 + 1
FRESH_SECONDS = 5 * 60 + 1


@pytest.fixture
def ana(console: Console) -> Person:
    return person(console)


def test_after_fifteen_idle_minutes_the_session_is_locked(ana: Person) -> None:
    ana.console.clock.pass_by(IDLE_SECONDS - 2)
    assert ana.browser.get("/account").status == 200
    ana.console.clock.pass_by(IDLE_SECONDS)
    page = ana.browser.get("/account?tab=2")
    assert page.status == 401
    assert "Locked" in page.main
    assert page.all("nav") == [], "nothing of the console is on it"
    wrong = ana.browser.post("/unlock", {**page.fields, "reauthentication-password": "wrong"})
    assert wrong.status == 422
    assert ana.browser.get("/account").status == 401
    response = ana.browser.send("/unlock", {**wrong.fields, "reauthentication-password": PASSWORD})
    assert response.status_code == 303
    assert response.headers["Location"] == "/account?tab=2"
    assert "Your account" in ana.browser.get("/account?tab=2").main


def test_a_form_that_was_sent_goes_on_after_reauthentication(ana: Person) -> None:
    ana.console.clock.pass_by(IDLE_SECONDS)
    words = 'Two\nlines, "quotes" & <tags>'
    page = ana.browser.post("/account", {"name": words, "phone": "", "languages": ["ko", "es"]})
    assert page.status == 401
    fields = page.fields
    assert fields["name"] == words
    assert [one.get("value") for one in page.all("input") if one.get("name") == "languages"] == ["ko", "es"]
    fields["languages"] = ["ko", "es"]  # type: ignore[assignment]
    page = ana.browser.post("/unlock", {**fields, "reauthentication-password": "wrong"})
    fields = {**page.fields, "languages": ["ko", "es"], "reauthentication-password": PASSWORD}
    response = ana.browser.send("/unlock", fields)
    assert response.status_code == 307, "the browser sends it once more"
    assert response.headers["Location"] == "/account"
    page = ana.browser.done("/account", fields)
    assert page.fields["name"] == words


def test_another_site_s_form_is_not_carried(ana: Person) -> None:
    ana.console.clock.pass_by(IDLE_SECONDS)
    ana.browser.use_token("made-up")
    page = ana.browser.post("/account", {"name": "Not mine"})
    assert page.status == 400
    assert "Not mine" not in page.text


def test_a_background_request_does_not_keep_the_session_open(console: Console) -> None:
    officer = console.sign_in()
    asks = {"HX-Request": "true", "X-Background": "true"}
    for _ in range(2):
        console.clock.pass_by(8 * 60)
        response = officer.raw("GET", "/account", headers=asks)
    assert response.status_code == 401
    assert response.headers["HX-Trigger"] == "session-locked"
    assert response.get_data() == b""


@pytest.mark.parametrize("asks", [{"HX-Request": "true"}, {"X-Background": "true"}])
def test_a_page_s_own_request_after_the_session_s_end_covers_the_page(
    console: Console, asks: dict[str, str]
) -> None:
    response = console.anybody().raw("GET", "/account", headers=asks)
    assert response.status_code == 401
    assert response.headers["HX-Trigger"] == "session-locked"


def test_a_covered_page_learns_whose_session_it_is_and_its_token(ana: Person) -> None:
    browser = ana.console.anybody()
    ana.sign_in(browser)
    now = browser.raw("GET", "/account/heartbeat", headers={"X-Background": "true"}).get_json()
    assert now["staff"] == ana.id
    browser.use_token(now["token"])
    assert browser.send("/account/heartbeat").status_code == 204


def test_typing_keeps_the_session_open(console: Console) -> None:
    officer = console.sign_in()
    for _ in range(4):
        console.clock.pass_by(10 * 60)
        assert officer.send("/account/heartbeat").status_code == 204
    assert officer.raw("GET", "/account").status_code == 200


def test_a_tab_that_was_opened_to_reauthenticate(ana: Person) -> None:
    ana.console.clock.pass_by(IDLE_SECONDS)
    page = ana.browser.get("/unlock")
    page = ana.browser.done("/unlock", {**page.fields, "reauthentication-password": PASSWORD})
    assert "You can close this tab" in page.main


def test_a_sensitive_action_asks_for_both_factors(ana: Person) -> None:
    ana.console.clock.pass_by(FRESH_SECONDS)
    page = ana.browser.post("/account/recovery-codes")
    assert page.status == 401
    assert "Confirm" in page.main
    alone = ana.browser.post("/unlock", {**page.fields, "reauthentication-password": PASSWORD})
    assert alone.status == 422
    both = {**alone.fields, "reauthentication-password": PASSWORD, "reauthentication-code": ana.next_code()}
    response = ana.browser.send("/unlock", both)
    assert (response.status_code, response.headers["Location"]) == (307, "/account/recovery-codes")
    assert "Your recovery codes" in ana.browser.post("/account/recovery-codes", both).main


def test_a_script_s_sensitive_request_leads_to_reauthentication_and_back(ana: Person) -> None:
    ana.console.clock.pass_by(FRESH_SECONDS)
    shown = {"HX-Request": "true", "HX-Current-URL": "http://localhost:8001/account?tab=2"}
    response = ana.browser.send("/account/recovery-codes", headers=shown)
    assert response.status_code == 401
    page = ana.browser.get(response.headers["HX-Redirect"])
    assert "Confirm" in page.main
    both = {**page.fields, "reauthentication-password": PASSWORD, "reauthentication-code": ana.next_code()}
    response = ana.browser.send("/unlock", both)
    assert (response.status_code, response.headers["Location"]) == (303, "/account?tab=2")
    assert ana.browser.send("/account/recovery-codes").status_code == 200


def test_a_password_alone_is_not_enough_for_a_sensitive_action(ana: Person) -> None:
    ana.console.clock.pass_by(IDLE_SECONDS)
    page = ana.browser.get("/account")
    ana.browser.done("/unlock", {**page.fields, "reauthentication-password": PASSWORD})
    assert ana.browser.post("/account/recovery-codes").status == 401


def test_a_form_cannot_say_that_an_action_is_not_sensitive(ana: Person) -> None:
    """Without the field `sensitive` the password unlocks the session and no more."""
    ana.console.clock.pass_by(FRESH_SECONDS)
    page = ana.browser.post("/account/recovery-codes")
    fields = {name: value for name, value in page.fields.items() if name != "reauthentication-sensitive"}
    response = ana.browser.send("/unlock", {**fields, "reauthentication-password": PASSWORD})
    assert response.status_code == 307
    assert ana.browser.post("/account/recovery-codes").status == 401


def test_guessing_at_a_locked_screen_ends_the_session(ana: Person) -> None:
    ana.console.clock.pass_by(IDLE_SECONDS)
    page = ana.browser.get("/account")
    for _ in range(ana.console.context.configuration.limits.sign_ins.per_device):
        assert (
            ana.browser.post("/unlock", {**page.fields, "reauthentication-password": "wrong"}).status == 422
        )
    response = ana.browser.send("/unlock", {**page.fields, "reauthentication-password": PASSWORD})
    assert response.headers["Location"] == "/sign-in"
    assert ana.browser.raw("GET", "/account").headers["Location"].startswith("/sign-in")
