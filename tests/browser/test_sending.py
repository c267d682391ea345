"""Forms are sent by the script: what it shows, keeps, says when it fails, and never does."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, Request, Route

from resident_app.languages import load_languages
from resident_app.site.rendering import STATIC
from tests.browser.browsing import Looker, looking
from tests.load.servers import Server
from tests.made_up import NEVER, ONCE, form_of

BUTTON = "main form button[type=submit] >> nth=0"
LANGUAGES = load_languages()
REQUEST = {
    "reach_by": "phone",
    "phone": "206 555 0100",
    "name": "Ana",
    "message": "Two\nlines",
    "topic": "card",
}


@pytest.fixture
def person(browser: Browser, site: Server) -> Iterator[Looker]:
    with looking(browser, site) as opened:
        opened.page.set_default_timeout(20_000)
        yield opened


@pytest.fixture
def navigations(person: Looker) -> list[str]:
    """Every form that the browser sent by itself, and so wrote down."""
    found: list[str] = []

    def see(request: Request) -> None:
        if request.method == "POST" and request.is_navigation_request():
            found.append(request.url)

    person.page.on("request", see)
    return found


def fill(page: Page, form: dict[str, str]) -> None:
    for name, value in form.items():
        field = page.locator(f"main form [name={name}]").first
        (field.select_option if name.endswith("month") else field.fill)(value)


def typed(page: Page) -> dict[str, str]:
    values: dict[str, str] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('main form input, main form select')]
            .filter(one => one.type !== 'hidden').map(one => [one.name, one.value]))"""
    )
    return values


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.className || document.activeElement.localName"))


def invalid(page: Page) -> list[str]:
    names: list[str] = page.evaluate("[...document.querySelectorAll('[aria-invalid]')].map(one => one.name)")
    return names


def test_one_mistake_costs_one_field(person: Looker, navigations: list[str]) -> None:
    page = person.page
    wrong = form_of(ONCE) | {"card_number": "WDLABC123", "issue_year": "2031"}
    person.send("/en/check", wrong)
    assert page.title().startswith("Error:")
    assert focused(page) == "errors"
    assert typed(page) == wrong, "what is right stays, and what is wrong can be corrected"
    assert invalid(page) == ["card_number", "issue_year"]
    assert page.locator(".nothing-kept").count() == 0
    for name in invalid(page):
        page.locator(f".errors a[href='#{name}']").click()
        assert page.evaluate("document.activeElement.id") == name
    page.locator("#issue_year").fill(str(ONCE.issued_on.year))
    person.change_language("ko")
    assert page.locator("html").get_attribute("lang") == "ko"
    assert typed(page) == wrong | {"issue_year": str(ONCE.issued_on.year)}
    person.change_language("en")
    page.locator("#card_number").fill(ONCE.card_number)
    person.press(BUTTON)
    assert page.locator("main").get_attribute("data-answer") == "shared"
    assert page.title().startswith("Your answer")
    assert focused(page) == "h1"
    assert navigations == []


def test_no_match_keeps_the_facts_for_another_try_and_an_answer_does_not(person: Looker) -> None:
    page = person.page
    wrong = form_of(ONCE) | {"issue_day": "5"}
    person.send("/en/check", wrong)
    assert page.locator("main").get_attribute("data-answer") == "no-match"
    person.change_language("es")
    assert page.locator("main").get_attribute("data-answer") == "no-match"
    person.press("[data-try-again]")
    assert page.locator("html").get_attribute("lang") == "es"
    assert typed(page) == wrong
    page.locator("#issue_day").fill("4")
    person.press(BUTTON)
    assert page.locator("main").get_attribute("data-answer") == "shared"
    page.locator("header .pages a[href='/es/check']").click()
    page.wait_for_selector("#card_number")
    assert not any(typed(page).values())


def test_facts_that_were_typed_are_there_in_another_language(person: Looker, navigations: list[str]) -> None:
    page = person.page
    entries = page.evaluate("history.length")
    page = person.open("/en/check")
    fill(page, form_of(ONCE))
    before = page.evaluate("history.length")
    person.change_language("ar")
    assert page.evaluate("document.documentElement.dir + ' ' + document.documentElement.lang") == "rtl ar"
    assert page.title() == LANGUAGES["ar"].text("Check your record") + " – " + LANGUAGES["ar"].text(
        "License help"
    )
    assert page.url.endswith("/ar/check")
    assert typed(page) == form_of(ONCE)
    assert page.evaluate("history.length") == before
    assert entries <= before
    assert navigations == []
    assert person.findings() == []


def test_a_stored_request_and_its_status_are_there_in_another_language(
    person: Looker, navigations: list[str]
) -> None:
    page = person.send("/en/help", {"reach_by": "phone", "phone": "206-555-0143 ext 7"})
    reference = page.locator("#reference").inner_text()
    person.change_language("ar")
    assert page.locator("html").get_attribute("lang") == "ar"
    assert page.locator("#reference").inner_text() == reference
    assert page.locator(".reached").inner_text() == "206-555-0143 ext. 7"
    person.send("/en/help/status", {"reference": reference})
    page.locator("#note").fill("A new number")
    person.change_language("ar")
    assert page.locator("main").get_attribute("data-state") == "received"
    assert page.locator("#note").input_value() == "A new number"
    assert page.locator("form[action$='/help/erase'] button").count() == 1
    assert navigations == []


def test_an_answer_is_there_in_another_language_without_the_facts(
    person: Looker, navigations: list[str]
) -> None:
    sent: list[str] = []
    person.check("en", ONCE)
    person.page.on("request", lambda request: sent.append(request.post_data or ""))
    person.change_language("ja")
    assert person.page.locator("main").get_attribute("data-answer") == "shared"
    assert person.page.locator("html").get_attribute("lang") == "ja"
    assert focused(person.page) == "h1"
    assert [sorted(parse_qs(body)) for body in sent if body] == [["answer", "change_language"]]
    assert navigations == []


def test_back_and_reload_show_an_empty_form(browser: Browser, site: Server) -> None:
    with looking(browser, site) as person:
        page = person.open("/en/")
        page.locator("main a[href='/en/check']").first.click()
        fill(page, form_of(ONCE) | {"card_number": "1"})
        person.press(BUTTON)
        # A link to a mistake makes no entry, in which the page would be the same.
        page.locator(".errors a").first.click()
        assert page.evaluate("document.activeElement.id") == "card_number"
        page.locator("#card_number").fill(ONCE.card_number)
        person.press(BUTTON)
        assert page.locator("main").get_attribute("data-answer") == "shared"
        page.reload()
        assert page.locator("[data-answer]").count() == 0
        assert not any(typed(page).values())
        person.check("en", NEVER)
        page.locator("footer a[href='/en/privacy']").click()
        page.wait_for_url("**/en/privacy")
        page.go_back()
        page.wait_for_selector("#card_number")
        assert page.locator("[data-answer]").count() == 0
        assert not any(typed(page).values())


def hold(held: list[Route]) -> Callable[[Route], None]:
    """Keep requests back."""

    def keep(route: Route) -> None:
        held.append(route)

    return keep


def offline(route: Route) -> None:
    route.abort("internetdisconnected")


def of_a_proxy(route: Route) -> None:
    route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")


def of_a_hotel(route: Route) -> None:
    route.fulfill(status=200, content_type="text/html", body="<html lang=en><h1>Please log in</h1></html>")


def elsewhere(route: Route) -> None:
    route.fulfill(status=302, headers={"Location": "/en/privacy"})


@pytest.mark.parametrize("code", ["en", "ar", "ja"])
@pytest.mark.parametrize("failure", [offline, of_a_proxy, of_a_hotel, elsewhere])
def test_what_fails_is_said_in_the_language_of_the_page_and_nothing_is_lost(
    person: Looker, navigations: list[str], failure: Callable[[Route], None], code: str
) -> None:
    page = person.open(f"/{code}/check")
    page.route("**/check", failure)
    fill(page, form_of(ONCE))
    page.locator(BUTTON).click()
    page.wait_for_selector(".send-failed")
    words = LANGUAGES[code].text("No answer came back. Please check your connection.")
    assert page.locator(".send-failed h2").inner_text() == words
    assert focused(page) == "send-failed"
    assert page.locator(".send-status").inner_text() == ""
    assert typed(page) == form_of(ONCE)
    assert page.url.endswith(f"/{code}/check")
    person.noted.clear()
    # What the bar half covers while the page is scrolled would count as too small to press.
    page.evaluate("scrollTo(0, 0)")
    assert person.findings() == []
    page.unroute("**/check")
    person.press(BUTTON)
    assert page.locator("main").get_attribute("data-answer") == "shared"
    assert navigations == []


def test_our_own_error_page_is_said_beside_what_was_typed(person: Looker, navigations: list[str]) -> None:
    page = person.open("/es/help")
    # More than the server takes. A browser needs long to lay so much out.
    page.route("**/help", lambda route: route.continue_(post_data="message=" + "x" * 4_300_000))
    page.locator("#message").fill(REQUEST["message"])
    page.locator("#reach_by-phone").check()
    page.locator("#phone").fill("206 555 0100")
    page.locator(BUTTON).click()
    page.wait_for_selector(".send-failed")
    words = LANGUAGES["es"].text("Your text is too long.")
    assert page.locator(".send-failed h2").inner_text() == words
    assert page.locator("#message").input_value() == REQUEST["message"]
    page.unroute("**/help")
    person.press(BUTTON)
    assert page.locator("#reference").count() == 1
    assert navigations == []


def test_an_answer_that_takes_too_long_is_a_failure_and_comes_no_more(person: Looker) -> None:
    page = person.page
    page.clock.install()
    person.open("/en/check")
    held: list[Route] = []
    page.route("**/check", hold(held))
    fill(page, form_of(ONCE))
    page.locator(BUTTON).click()
    page.wait_for_function("document.querySelector('.send-status').textContent === 'Sending. Please wait.'")
    page.clock.fast_forward(29_000)
    assert page.locator(".send-failed").count() == 0
    page.clock.fast_forward(2_000)
    page.wait_for_selector(".send-failed")
    assert typed(page) == form_of(ONCE)
    assert len(held) == 1
    held[0].abort()


def test_a_second_press_does_not_send_twice(person: Looker) -> None:
    page = person.open("/en/help")
    sent: list[Route] = []
    page.route("**/help", hold(sent))
    page.locator("#reach_by-phone").check()
    page.locator("#phone").fill("206 555 0100")
    page.locator(BUTTON).dblclick()
    page.locator("#phone").press("Enter")
    page.wait_for_function("document.querySelector('.send-status').textContent !== ''")
    assert len(sent) == 1
    sent[0].continue_()
    page.wait_for_selector("#reference")
    assert len(sent) == 1


@pytest.mark.parametrize("how", ["button", "shift"])
def test_the_exit_control_works_on_an_answer_and_nothing_comes_up_after_it(person: Looker, how: str) -> None:
    page = person.page
    other = "<title>Weather</title>"
    page.route("**/exit", lambda route: route.fulfill(body=other, content_type="text/html"))
    person.check("en", ONCE)
    person.change_language("es")
    if how == "button":
        page.locator(".exit .now").click()
    else:
        for said in ("two-more", "one-more"):
            page.keyboard.press("Shift")
            words = page.locator(".exit .now").get_attribute(f"data-{said}")
            assert page.locator(".exit [role=status]").inner_text() == words
        page.keyboard.press("Shift")
    page.wait_for_url("**/es/exit")
    page.go_back()
    assert page.locator("[data-answer]").count() == 0


def test_an_answer_that_comes_after_the_exit_control_stays_covered(person: Looker) -> None:
    page = person.open("/en/check")
    held: list[Route] = []
    # 204 leaves the page where it is, as a slow network does.
    page.route("**/exit", lambda route: route.fulfill(status=204))
    page.route("**/check", hold(held))
    fill(page, form_of(ONCE))
    page.locator(BUTTON).click()
    page.wait_for_function("document.querySelector('.send-status').textContent !== ''")
    page.evaluate("document.querySelector('.exit .now').click()")
    with page.expect_response("**/check"):
        held[0].continue_()
    page.wait_for_timeout(500)
    assert page.locator(".cover").count() == 1
    assert page.locator("[data-answer]").count() == 0
    assert not page.locator("main").is_visible()


def test_without_a_script_the_page_says_that_everything_must_be_entered_again(
    browser: Browser, site: Server
) -> None:
    with looking(browser, site, java_script_enabled=False) as person:
        page = person.open("/en/check")
        fill(page, form_of(ONCE) | {"birth_day": "30"})
        page.locator(BUTTON).click()
        page.wait_for_selector(".errors")
        assert not any(typed(page).values())
        for place in (".errors", "form"):
            words = page.locator(f"main {place} .nothing-kept").inner_text()
            assert words == "Nothing you typed was kept. Enter all three again."
        assert "There is no February 30." in page.locator(".errors a").inner_text()
        page.locator(".errors a").click()
        assert page.url.endswith("#birth_day")


@pytest.mark.parametrize("missing", ["fetch", "DOMParser", "URLSearchParams"])
def test_an_old_browser_sends_as_without_a_script_and_is_told(
    person: Looker, navigations: list[str], missing: str
) -> None:
    person.page.add_init_script(f"delete window.{missing}")
    page = person.open("/en/check")
    assert page.locator(".device-notice").is_visible()
    person.check("en", ONCE)
    assert page.locator("main").get_attribute("data-answer") == "shared"
    assert page.locator(".device-notice").is_visible()
    assert len(navigations) == 1


def test_the_notice_is_there_without_a_script_and_gone_with_one(browser: Browser, site: Server) -> None:
    paths = ("check", "help", "help/status", "help/add", "help/erase", "letter")
    for script in (True, False):
        with looking(browser, site, java_script_enabled=script) as person:
            for path in paths:
                page = person.open(f"/en/{path}")
                assert page.locator(".device-notice").count() == (0 if script else 1)
                assert page.get_by_text("This browser can keep what you type").count() == (0 if script else 1)


@pytest.mark.parametrize("name", ["exit.js", "forms.js"])
def test_an_old_phone_can_read_the_script(name: str) -> None:
    """ES5: none of the syntax that came later, or the whole script is an error there."""
    source = (STATIC.path / name).read_text(encoding="utf-8")
    code = re.sub(r"/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"", "", source, flags=re.S)
    later = r"=>|`|\?\.|\?\?|\.\.\.|\*\*|\b(?:let|const|class|async|await|import|export|of)\b"
    assert re.findall(later, code) == []
    assert len(source.encode()) < 10_000


def test_the_square_code_of_a_letter_comes_into_the_field_and_leaves_the_address(
    person: Looker, browser: Browser, site: Server
) -> None:
    code = "0" * 60 + "ABC"
    person.open(f"/en/letter#{code}")
    page = person.page
    assert page.locator("#code").input_value() == code
    assert "#" not in page.url
    assert not page.get_by_text("This browser could not put it into the field").count()
    page.keyboard.press("Enter")
    page.wait_for_selector("main .errors")
    assert page.locator("#code").input_value() == code
    with looking(browser, site, java_script_enabled=False) as without:
        without.open(f"/en/letter#{code}")
        assert without.page.locator("#code").input_value() == ""
        assert without.page.get_by_text("Please enter the short code.").is_visible()
