"""Sessions: kept on the server, and ended by their owner, an admin, time, or the end of the account."""

from flask import flash
from sqlalchemy import select

from resident_app.database import reading, writing
from resident_app.web.accounts import account_store
from resident_app.web.accounts.sessions import hash_session_id
from resident_app.web.accounts.staff_tables import StaffSessionRow
from tests.console.conftest import Console, OpenConsole


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


def test_an_id_that_we_did_not_issue_is_replaced(console: Console) -> None:
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


def test_a_request_that_needs_no_session_stores_none(console: Console) -> None:
    console.anybody().raw("GET", "/account")
    console.anybody().raw("GET", "/healthz")
    with reading(console.engine) as connection:
        assert connection.execute(select(StaffSessionRow.id)).all() == []


def test_a_session_ends_after_its_hours_however_busy(console: Console) -> None:
    officer = console.sign_in()
    hours = console.context.configuration.retention.session_hours
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
        (console.context.configuration.retention.session_hours, 1),
    ):
        console.clock.pass_by(hours * 3600)
        console.anybody().get("/sign-in")
        with reading(console.engine) as connection:
            assert len(connection.execute(select(StaffSessionRow.id)).all()) == kept


def test_a_person_lists_and_ends_their_own_sessions(console: Console) -> None:
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


def test_an_admin_ends_all_sessions_of_a_person(console: Console) -> None:
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
            account_store.end_sessions(connection, officer.staff or 0, console.clock())
        return "done"

    console.app.view_functions["account.show"] = ended_meanwhile
    assert officer.raw("GET", "/account").status_code == 200
    assert officer.raw("GET", "/account").status_code == 303
