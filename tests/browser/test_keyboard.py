"""With a keyboard alone: everything is reached, in order, and seen when it is."""

import pytest
from playwright.sync_api import Browser

from resident_app.languages import load_languages
from tests.browser.browsing import looking
from tests.load.servers import Server
from tests.made_up import ONCE, form_of
from tests.strict_client import PATHS


@pytest.mark.parametrize("path", PATHS)
def test_every_control_takes_the_focus_and_shows_it(browser: Browser, site: Server, path: str) -> None:
    with looking(browser, site) as person:
        page = person.open(f"/en/{path}")
        page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
        controls = page.locator("a[href], button, input:not([type=hidden]), select, textarea, summary")
        wanted = page.evaluate(
            """() => [...document.querySelectorAll(
                'a[href], button, input:not([type=hidden]), select, textarea, summary')]
                .filter(one => one.type !== 'radio' && one.tabIndex >= 0 && one.checkVisibility()).length"""
        )
        reached = 0
        for _ in range(controls.count() + 5):
            page.keyboard.press("Tab")
            seen = page.evaluate(
                """() => {
                    const one = document.activeElement;
                    if (one === document.body) return null;
                    if (one.type === 'radio') return 'radio';
                    const style = getComputedStyle(one);
                    return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
                }"""
            )
            if seen is None:
                break
            assert seen, page.evaluate("document.activeElement.outerHTML")
            reached += seen != "radio"
        assert reached == wanted


def test_the_list_of_languages_with_the_keyboard(browser: Browser, site: Server) -> None:
    with looking(browser, site) as person:
        page = person.open("/en/")
        menu = page.locator(".languages details")
        for _ in range(3):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.hreflang") == "en"
        page.keyboard.press("Escape")
        assert menu.get_attribute("open") is None
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY", "the focus is not lost"
        page.keyboard.press("Enter")
        for _ in range(len(load_languages().on_the_site()) + 1):
            assert menu.get_attribute("open") == ""
            page.keyboard.press("Tab")
        assert menu.get_attribute("open") is None, "it does not cover what has the focus"
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("html[lang=es]")


def test_a_check_with_the_keyboard(browser: Browser, site: Server) -> None:
    with looking(browser, site) as person:
        page = person.open("/en/check")
        facts = form_of(ONCE)
        page.locator("#card_number").focus()
        page.keyboard.type(facts["card_number"])
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY", "the folded drawing of the cards"
        for name in ("birth", "issue"):
            page.keyboard.press("Tab")
            page.locator(f"#{name}_month").select_option(facts[f"{name}_month"])
            page.keyboard.press("Tab")
            page.keyboard.type(facts[f"{name}_day"])
            page.keyboard.press("Tab")
            page.keyboard.type(facts[f"{name}_year"])
        page.keyboard.press("Enter")
        page.wait_for_selector("main[data-answer]")
        assert page.locator("main").get_attribute("data-answer") == "shared"


def test_mistakes_take_the_focus_and_lead_to_their_fields(browser: Browser, site: Server) -> None:
    with looking(browser, site) as person:
        page = person.send("/en/check", form_of(ONCE) | {"card_number": "1"})
        assert page.evaluate("document.activeElement.className") == "errors"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "card_number"
