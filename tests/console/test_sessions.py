"""Sessions: on the server, ended by whoever may, locked when nobody is there; what was sent is not lost."""

import pytest
from flask import flash
from sqlalchemy import select

from resident_app.database import reading, writing
from resident_app.web.accounts.sessions import delete_sessions, hash_session_id
from resident_app.web.accounts.staff_tables import Role, StaffSessionRow
from tests.console.conftest import Console, OpenConsole
from tests.console.enrollment import PASSWORD, Person, person
from tests.console.strict_console import StrictConsole

LOCKS = 15 * 60 + 1
GRAVE = 5 * 60 + 1


@pytest.fixture
def ana(console: Console) -> Person:
    return person(console)


def test_the_cookie_is_an_id_and_nothing_else(console: Console) -> None:
    browser = console.anybody()
    cookie = browser.raw("GET", "/sign-in").headers["Set-Cookie"]
    name, _, rest = cookie.partition("=")
    assert name == "console"
    assert "HttpOnly" in rest
    assert "SameSite=Lax" in rest
    assert "Expires" not in rest
    id = rest.partition(";")[0]
    assert len(id) == 43
    with reading(console.engine) as connection:
        assert connection.scalar(select(StaffSessionRow.id)) == hash_session_id(id)


def test_over_https_the_cookie_is_bound_to_it(open_console: OpenConsole) -> None:
    console = open_console(console_base_url="https://console.example.gov")
    response = console.anybody().raw("GET", "/sign-in", base_url="https://console.example.gov")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-console=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert "Strict-Transport-Security" in response.headers


def test_an_id_that_we_did_not_give_is_not_taken(console: Console) -> None:
    browser = console.anybody()
    browser.http.set_cookie("console", "chosen-by-somebody-else")
    browser.get("/sign-in")
    cookie = browser.http.get_cookie("console")
    assert cookie is not None
    assert cookie.value != "chosen-by-somebody-else"


def test_signing_out_ends_it_on_the_server(console: Console) -> None:
    officer = console.sign_in()
    cookie = officer.http.get_cookie("console")
    assert cookie is not None
    officer.done("/sign-out")
    officer.http.set_cookie("console", cookie.value)
    assert officer.raw("GET", "/account").status_code == 303


def test_nobody_asks_for_a_page_and_no_session_is_kept(console: Console) -> None:
    console.anybody().raw("GET", "/account")
    console.anybody().raw("GET", "/healthz")
    with reading(console.engine) as connection:
        assert connection.execute(select(StaffSessionRow.id)).all() == []


def test_a_session_ends_after_its_hours_however_busy(console: Console) -> None:
    officer = console.sign_in()
    hours = console.parts.configuration.retention.session_hours
    for _ in range(hours * 6 - 1):
        console.clock.pass_by(600)
        assert officer.raw("GET", "/account").status_code == 200
    console.clock.pass_by(600)
    assert officer.raw("GET", "/account").status_code == 303


def test_sessions_that_are_over_are_removed(console: Console) -> None:
    console.sign_in()
    for hours, kept in (
        (0, 2),
        (1.1, 2),  # the one before was of nobody who had signed in
        (console.parts.configuration.retention.session_hours, 1),
    ):
        console.clock.pass_by(hours * 3600)
        console.anybody().get("/sign-in")
        with reading(console.engine) as connection:
            assert len(connection.execute(select(StaffSessionRow.id)).all()) == kept


def test_one_s_own_sessions_are_listed_and_ended(console: Console) -> None:
    here = console.sign_in(staff=(id := console.account()))
    there = console.sign_in(staff=id)
    stranger = console.sign_in()
    page = here.get("/account")
    assert "(here)" in page.main
    here.done("/account/session/end", {"session": page.fields["session"]})
    assert there.raw("GET", "/account").status_code == 303
    assert here.raw("GET", "/account").status_code == 200
    theirs = stranger.http.get_cookie("console")
    assert theirs is not None
    here.done("/account/session/end", {"session": hash_session_id(theirs.value).hex()})
    assert stranger.raw("GET", "/account").status_code == 200, "another person's is not one's own to end"
    assert here.post("/account/session/end", {"session": "zz"}).status == 404


def test_an_admin_ends_all_of_somebody_s(console: Console) -> None:
    admin, officer = console.sign_in("admin"), console.sign_in()
    again = console.sign_in(staff=officer.staff)
    admin.done(f"/staff/{officer.staff}/sessions/end")
    assert officer.raw("GET", "/account").status_code == again.raw("GET", "/account").status_code == 303


def test_closing_an_account_ends_its_sessions_at_once(console: Console) -> None:
    admin, officer = console.sign_in("admin"), console.sign_in()
    page = admin.done(f"/staff/{officer.staff}", {"does": "close"})
    assert "Closed" in page.main
    assert officer.raw("GET", "/account").status_code == 303
    admin.done(f"/staff/{officer.staff}", {"does": "open"})
    assert officer.raw("GET", "/account").status_code == 303, "an old session does not come back"


def test_a_request_in_flight_does_not_bring_an_ended_session_back(console: Console) -> None:
    officer = console.sign_in()

    def ended_meanwhile() -> str:
        flash("Saved.")
        with writing(console.engine) as connection:
            connection.execute(delete_sessions(officer.staff or 0))
        return "done"

    console.app.view_functions["account.show"] = ended_meanwhile
    assert officer.raw("GET", "/account").status_code == 200
    assert officer.raw("GET", "/account").status_code == 303


def test_after_fifteen_idle_minutes_the_session_is_locked(ana: Person) -> None:
    ana.console.clock.pass_by(LOCKS - 2)
    assert ana.browser.get("/account").status == 200
    ana.console.clock.pass_by(LOCKS)
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


def test_what_was_sent_goes_on_after_unlocking(ana: Person) -> None:
    ana.console.clock.pass_by(LOCKS)
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


def test_another_site_s_words_are_not_carried(ana: Person) -> None:
    ana.console.clock.pass_by(LOCKS)
    ana.browser.use_token("made-up")
    page = ana.browser.post("/account", {"name": "Not mine"})
    assert page.status == 400
    assert "Not mine" not in page.text


def test_a_page_that_asks_by_itself_keeps_nothing_open(console: Console) -> None:
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


def test_who_types_is_there(console: Console) -> None:
    officer = console.sign_in()
    for _ in range(4):
        console.clock.pass_by(10 * 60)
        assert officer.send("/account/heartbeat").status_code == 204
    assert officer.raw("GET", "/account").status_code == 200


def test_a_tab_that_was_opened_to_unlock(ana: Person) -> None:
    ana.console.clock.pass_by(LOCKS)
    page = ana.browser.get("/unlock")
    page = ana.browser.done("/unlock", {**page.fields, "reauthentication-password": PASSWORD})
    assert "You can close this tab" in page.main


def test_what_is_grave_asks_for_both_factors(ana: Person) -> None:
    ana.console.clock.pass_by(GRAVE)
    page = ana.browser.post("/account/recovery-codes")
    assert page.status == 401
    assert "Confirm" in page.main
    alone = ana.browser.post("/unlock", {**page.fields, "reauthentication-password": PASSWORD})
    assert alone.status == 422
    both = {**alone.fields, "reauthentication-password": PASSWORD, "reauthentication-code": ana.next_code()}
    response = ana.browser.send("/unlock", both)
    assert (response.status_code, response.headers["Location"]) == (307, "/account/recovery-codes")
    assert "Your recovery codes" in ana.browser.post("/account/recovery-codes", both).main


def test_a_page_s_own_request_for_something_grave_leads_there_and_back(ana: Person) -> None:
    ana.console.clock.pass_by(GRAVE)
    shown = {"HX-Request": "true", "HX-Current-URL": "http://localhost:8001/account?tab=2"}
    response = ana.browser.send("/account/recovery-codes", headers=shown)
    assert response.status_code == 401
    page = ana.browser.get(response.headers["HX-Redirect"])
    assert "Confirm" in page.main
    both = {**page.fields, "reauthentication-password": PASSWORD, "reauthentication-code": ana.next_code()}
    response = ana.browser.send("/unlock", both)
    assert (response.status_code, response.headers["Location"]) == (303, "/account?tab=2")
    assert ana.browser.send("/account/recovery-codes").status_code == 200


def test_unlocking_by_password_is_not_enough_for_what_is_grave(ana: Person) -> None:
    ana.console.clock.pass_by(LOCKS)
    page = ana.browser.get("/account")
    ana.browser.done("/unlock", {**page.fields, "reauthentication-password": PASSWORD})
    assert ana.browser.post("/account/recovery-codes").status == 401


def test_the_way_to_something_grave_is_ours_to_say(ana: Person) -> None:
    """A form without `grave` unlocks and proves no more than that."""
    ana.console.clock.pass_by(GRAVE)
    page = ana.browser.post("/account/recovery-codes")
    fields = {name: value for name, value in page.fields.items() if name != "reauthentication-sensitive"}
    response = ana.browser.send("/unlock", {**fields, "reauthentication-password": PASSWORD})
    assert response.status_code == 307
    assert ana.browser.post("/account/recovery-codes").status == 401


def test_guessing_at_a_locked_screen_ends_the_session(ana: Person) -> None:
    ana.console.clock.pass_by(LOCKS)
    page = ana.browser.get("/account")
    for _ in range(ana.console.parts.configuration.limits.sign_ins.per_device):
        assert (
            ana.browser.post("/unlock", {**page.fields, "reauthentication-password": "wrong"}).status == 422
        )
    response = ana.browser.send("/unlock", {**page.fields, "reauthentication-password": PASSWORD})
    assert response.headers["Location"] == "/sign-in"
    assert ana.browser.raw("GET", "/account").headers["Location"].startswith("/sign-in")


def test_an_admin_makes_an_account_and_its_link(console: Console) -> None:
    admin = console.sign_in("admin")
    assert admin.post("/staff", {"email": "no address", "role": "officer"}).status == 422
    page = admin.post("/staff", {"email": "New@office.example.gov", "name": "New", "role": "lead"})
    link = page.words("link")
    assert link.startswith("http://localhost:8001/set-up/")
    assert "already" in admin.post("/staff", {"email": "new@office.example.gov", "role": "lead"}).main
    assert admin.post("/staff", {"email": "x@office.example.gov", "role": "chief"}).status == 422
    assert "Link until" in admin.get("/staff").main
    fresh: StrictConsole = console.anybody()
    assert fresh.get(link.removeprefix("http://localhost:8001")).status == 200
    page = admin.post("/staff/2/link")
    assert page.words("link") != link
    assert fresh.get(link.removeprefix("http://localhost:8001")).status == 404, "a new link ends the old"
    assert admin.post("/staff/99/link").status == 404


def test_an_admin_is_always_left(console: Console) -> None:
    admin = console.sign_in("admin")
    for form in ({"does": "close"}, {"does": "role", "role": "officer"}):
        page = admin.done(f"/staff/{admin.staff}", form)
        assert "only admin" in page.main
    other = person(console, "other@office.example.gov", Role.OFFICER)
    admin.done(f"/staff/{other.id}", {"does": "role", "role": "admin"})
    assert other.browser.get("/staff").status == 200, "a role counts at once"
    admin.done(f"/staff/{admin.staff}", {"does": "role", "role": "officer"})
    assert admin.get("/staff").status == 403
