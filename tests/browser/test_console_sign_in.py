"""Sign-in at a running console in a real browser: with an app, with a passkey, and after the lock."""

import time
from collections.abc import Iterator

import pytest
from passlib.totp import TOTP
from playwright.sync_api import Browser, Page
from sqlalchemy import delete

from resident_app.database import writing
from resident_app.web.accounts.staff_tables import Role, StaffSessionRow
from tests.browser.browsing import NARROW, WIDE, Looker
from tests.browser.console_site import ConsoleSite, console_site

PASSWORD = "seven small boats at noon"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleSite]:
    with console_site(tmp_path_factory.mktemp("console")) as site:
        yield site


@pytest.fixture
def person(browser: Browser, console: ConsoleSite) -> Iterator[Looker]:
    context = browser.new_context(viewport=NARROW)  # type: ignore[arg-type]
    yield Looker(context, console.address)
    context.close()


def add_authenticator(page: Page) -> None:
    """Add a device that verifies its user and keeps passkeys."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def findings(person: Looker) -> list[str]:
    """Check the page at 320 pixels and wide. The console may set a cookie, and its tables may be wide."""
    found = []
    for size in (NARROW, WIDE):
        person.page.set_viewport_size(size)  # type: ignore[arg-type]
        found += set(person.findings()) - {"a cookie", "too wide when text is twice as large"}
    return found


def choose_password(person: Looker, link: str) -> Page:
    page = person.page
    page.goto(link)
    page.wait_for_selector("#again")
    assert findings(person) == []
    page.fill("#name", "Ana")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/set-up-sign-in")
    assert findings(person) == []
    return page


def code(key: str, used: str = "") -> str:
    """Return what the app shows, once it differs from the used code."""
    app = TOTP(key=key)
    while (shown := str(app.generate().token)) == used:
        time.sleep(0.5)
    return shown


def sign_out(page: Page) -> None:
    page.click(".who button")
    page.wait_for_url("**/sign-in")


def test_with_a_password_and_an_app(person: Looker, console: ConsoleSite) -> None:
    page = choose_password(person, console.set_up_link("app@office.example.gov", Role.ADMIN))
    page.click("text=Set up an app")
    assert findings(person) == []
    key = page.inner_text("#key")
    first = code(key)
    page.fill("#code", first)
    page.click("main button[type=submit]")
    page.wait_for_selector("#codes")
    assert findings(person) == []
    codes = page.inner_text("#codes").split()
    assert len(codes) == 10
    page.click("text=I have written them down")
    assert findings(person) == []
    for path in ("/account/password", "/staff"):
        person.open(path)
        assert findings(person) == []
    sign_out(page)
    assert findings(person) == []
    page.fill("#email", "app@office.example.gov")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_selector("#code")
    assert findings(person) == []
    page.click("text=Use a recovery code")
    assert findings(person) == []
    page.fill("#code", codes[0])
    page.click("main button[type=submit]")
    page.wait_for_selector(".who")
    person.open("/account")
    assert "9 left" in page.inner_text("main")


def test_with_a_passkey_and_nothing_else(person: Looker, console: ConsoleSite) -> None:
    page = person.page
    add_authenticator(page)
    choose_password(person, console.set_up_link("passkey@office.example.gov"))
    page.click("text=Set up a passkey")
    assert findings(person) == []
    page.fill("#name", "Office laptop")
    page.click("text=Make the passkey")
    page.wait_for_selector("#codes")
    person.open("/account")
    assert "Office laptop" in page.inner_text("main")
    sign_out(page)
    # The e-mail field offers a passkey; this device uses it without being asked.
    page.wait_for_selector(".who")
    person.open("/account")
    assert "last used" in page.inner_text("#sign-in-methods ~ ul")
    assert findings(person) == []


def test_the_lock_keeps_what_was_typed(person: Looker, console: ConsoleSite) -> None:
    page = person.page
    add_authenticator(page)
    choose_password(person, console.set_up_link("lock@office.example.gov"))
    page.click("text=Set up a passkey")
    page.click("text=Make the passkey")
    page.wait_for_selector("#codes")
    person.open("/account")
    page.fill("#name", "A name that took long to type")
    console.make_idle()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('session-locked'))")
    assert "Locked" in page.inner_text("dialog[open]")
    assert findings(person) == []
    with page.context.expect_page() as opened:
        page.click("text=Unlock in a new tab")
    tab = opened.value
    tab.fill("#reauthentication-password", PASSWORD)
    tab.click("main button[type=submit]")
    tab.wait_for_selector("text=You can close this tab")
    tab.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.wait_for_selector("dialog[open]", state="detached")
    assert page.input_value("#name") == "A name that took long to type"
    console.make_idle()
    page.click("main button[type=submit] >> nth=0")
    page.wait_for_selector("#reauthentication-password")
    assert findings(person) == []
    page.click("text=Use a passkey")
    page.wait_for_selector(".who")
    assert "A name that took long to type" in page.inner_text(".who")


def test_a_set_up_link_s_code_is_in_no_address(person: Looker, console: ConsoleSite) -> None:
    page, link = person.page, console.set_up_link("fragment@office.example.gov")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.headers}"))
    page.goto(link)
    page.wait_for_selector("#again")
    secret = link.partition("#")[2]
    assert len(sent) > 2
    assert not [request for request in sent if secret in request]
    assert secret not in page.url
    page.go_back()
    assert secret not in page.url, "nor in the history"


def test_without_a_script_the_link_is_pasted(browser: Browser, console: ConsoleSite) -> None:
    context = browser.new_context(java_script_enabled=False)
    page, link = context.new_page(), console.set_up_link("no-script@office.example.gov")
    page.goto(link)
    page.fill("#code", link)
    page.press("#code", "Enter")
    page.wait_for_selector("#again")
    assert "no-script@office.example.gov" in page.inner_text("main")
    context.close()


def set_up_app(person: Looker, link: str) -> list[str]:
    """Enroll a new account with an app. Returns its recovery codes."""
    page = choose_password(person, link)
    page.click("text=Set up an app")
    page.fill("#code", code(page.inner_text("#key")))
    page.click("main button[type=submit]")
    page.wait_for_selector("#codes")
    return page.inner_text("#codes").split()


def heartbeat_status(page: Page) -> int:
    """Focus a covered page, and return the status of its heartbeat once the page has acted on it."""
    with page.expect_response("**/account/heartbeat") as heard:
        page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.wait_for_timeout(200)
    return heard.value.status


def test_a_page_whose_session_is_over_opens_for_the_same_person_only(
    person: Looker, console: ConsoleSite
) -> None:
    email = "over@office.example.gov"
    page, codes = person.page, set_up_app(person, console.set_up_link(email))
    person.open("/account")
    page.fill("#name", "Words of before")
    with writing(console.engine) as connection:
        connection.execute(delete(StaffSessionRow))
    page.evaluate("document.body.dispatchEvent(new CustomEvent('session-locked'))")
    elsewhere = Looker(person.context, console.address)
    tab = elsewhere.page
    set_up_app(elsewhere, console.set_up_link("other@office.example.gov"))
    assert heartbeat_status(page) == 200
    assert page.is_visible("dialog[open]"), "somebody else sees nothing of it"
    sign_out(tab)
    assert heartbeat_status(page) == 401
    assert page.is_visible("dialog[open]")
    tab.fill("#email", email)
    tab.fill("#password", PASSWORD)
    tab.click("main button[type=submit]")
    tab.click("text=Use a recovery code")
    tab.fill("#code", codes[0])
    tab.click("main button[type=submit]")
    tab.wait_for_selector(".who")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.wait_for_selector("dialog[open]", state="detached")
    page.click("main button[type=submit] >> nth=0")
    page.wait_for_selector(".told")
    assert "Words of before" in page.inner_text(".who")
