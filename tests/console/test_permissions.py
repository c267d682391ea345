"""Permissions: every address of the console, requested by every role."""

from collections.abc import Iterator

import pytest
from flask import Flask

from resident_app.console.permissions import PERMISSIONS
from resident_app.web.accounts.permissions import AccessLevel, Permission, permission_table
from tests.console.conftest import Console
from tests.console.strict_console import BASE_URL, StrictConsole

NOBODY = "nobody"
ASKING = {
    NOBODY: AccessLevel.ANYONE,
    "officer": AccessLevel.OFFICER,
    "lead": AccessLevel.LEAD,
    "admin": AccessLevel.ADMIN,
}


@pytest.fixture
def bare(console: Console) -> Console:
    """Return a console whose views only say that they were reached, so that the guard alone is tested."""
    for endpoint in console.app.view_functions:
        console.app.view_functions[endpoint] = lambda **_: "reached"
    return console


def addresses(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Yield every endpoint with each method and an address."""
    adapter = app.url_map.bind("localhost:8001")
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            values = dict.fromkeys(rule.arguments, "1")
            yield rule.endpoint, method, adapter.build(rule.endpoint, values, method=method)


def asking(console: Console, who: str) -> StrictConsole:
    return console.anybody() if who == NOBODY else console.sign_in(who)


def ask(client: StrictConsole, method: str, path: str) -> tuple[int, str]:
    """Return the status, and the redirect's target or `reached`."""
    response = client.send(path) if method == "POST" else client.raw(method, path)
    text = response.get_data(as_text=True)
    return response.status_code, response.headers.get("Location", "reached" if text == "reached" else "")


def test_every_endpoint_is_in_the_table_and_nothing_else(console: Console) -> None:
    endpoints = {rule.endpoint for rule in console.app.url_map.iter_rules()}
    assert endpoints == set(PERMISSIONS)


def test_an_endpoint_is_a_view_function_s_own_name(console: Console) -> None:
    for endpoint, view in console.app.view_functions.items():
        assert endpoint.rpartition(".")[2] == view.__name__


def test_an_endpoint_with_two_rows_is_an_error() -> None:
    with pytest.raises(ValueError, match="two rows"):
        permission_table(Permission("a.b", AccessLevel.LEAD), Permission("a.b", AccessLevel.ANYONE))


@pytest.mark.parametrize("who", ASKING)
def test_each_address_follows_the_table(bare: Console, who: str) -> None:
    client = asking(bare, who)
    for endpoint, method, path in addresses(bare.app):
        status, told = ask(client, method, path)
        needs = PERMISSIONS[endpoint].access
        if needs is AccessLevel.ANYONE:
            # Without a session a form only lacks its CSRF token.
            assert told == "reached" or (who, method, status) == (NOBODY, "POST", 400), path
        elif who == NOBODY:
            assert status == 303, path
            assert told.startswith("/sign-in"), path
        elif ASKING[who] >= needs:
            assert (status, told) == (200, "reached"), path
        else:
            assert status == 403, path


def test_an_endpoint_without_a_row_is_closed_to_everyone(bare: Console) -> None:
    bare.app.add_url_rule("/forgotten", "forgotten", lambda: "reached")
    for who in ASKING:
        assert asking(bare, who).raw("GET", "/forgotten").status_code == 403


def test_without_a_second_factor_only_enrollment_is_open(bare: Console) -> None:
    client = bare.sign_in("admin", second_factor=False)
    for endpoint, method, path in addresses(bare.app):
        status, told = ask(client, method, path)
        if PERMISSIONS[endpoint].enrollment or PERMISSIONS[endpoint].access is AccessLevel.ANYONE:
            assert (status, told) == (200, "reached"), path
        else:
            assert (status, told) == (303, "/set-up-sign-in"), path


def test_a_sensitive_action_asks_again_after_five_minutes(bare: Console) -> None:
    client = bare.sign_in("admin")
    bare.clock.pass_by(5 * 60 + 1)
    for endpoint, method, path in addresses(bare.app):
        expected = 401 if PERMISSIONS[endpoint].reauthenticate else 200
        assert ask(client, method, path)[0] == expected, path


def test_a_locked_session_opens_nothing(bare: Console) -> None:
    client = bare.sign_in("admin")
    bare.clock.pass_by(15 * 60 + 1)
    for endpoint, method, path in addresses(bare.app):
        expected = 200 if PERMISSIONS[endpoint].access is AccessLevel.ANYONE else 401
        assert ask(client, method, path)[0] == expected, path


def test_the_navigation_shows_what_a_role_may_reach(console: Console) -> None:
    for who, reaches in ASKING.items():
        if who != NOBODY:
            page = console.sign_in(who).get("/account")
            adapter = console.app.url_map.bind("localhost:8001")
            wanted = {
                adapter.build(row.endpoint)
                for row in PERMISSIONS.values()
                if row.navigation and row.access <= reaches
            }
            (nav,) = page.all("nav")
            assert {link.get("href") for link in nav.iter() if link.get("href")} == wanted


def test_a_refusal_says_what_to_do(console: Console) -> None:
    page = console.sign_in("officer").get("/staff")
    assert page.status == 403
    assert "Your role does not include it" in page.main


def test_error_pages_do_not_repeat_what_was_sent(console: Console) -> None:
    officer = console.sign_in("officer")
    for page in (
        officer.get("/no-such-page?name=Lupita"),
        officer.get("/account/app/remove"),
        officer.post("/account", {"name": "Lupita", "more": "x" * 2_000_000}),
    ):
        assert page.status in (404, 405, 413)
        assert "Lupita" not in page.text
        assert "app/remove" not in page.main


def test_an_exception_s_message_reaches_neither_page_nor_log(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> str:
        raise RuntimeError("Lupita")

    officer = console.sign_in("officer")
    console.app.view_functions["account.show"] = broken
    page = officer.get("/account")
    assert page.status == 500
    assert "Lupita" not in page.text
    printed = capsys.readouterr()
    assert "Lupita" not in printed.out + printed.err


def test_redirects_ignore_the_host_header(console: Console) -> None:
    """A request cannot choose where a redirect goes."""
    response = console.anybody().raw("GET", "/account", base_url=BASE_URL, headers={"Host": "evil.example"})
    assert response.headers["Location"].startswith("/sign-in")
