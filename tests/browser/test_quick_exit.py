"""The exit control: by button, by keyboard, by Shift three times; nothing of ours is behind Back."""

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import Looker, looking
from tests.load.servers import Server


def hold_the_other_site(person: Looker) -> None:
    """Serve a page of our own in place of the site that /exit leads to."""
    page = "<title>Weather</title>"
    person.context.route("**/en/exit", lambda route: route.fulfill(body=page, content_type="text/html"))


@pytest.mark.parametrize("how", ["button", "keyboard", "shift"])
def test_leaving(browser: Browser, site: Server, how: str) -> None:
    with looking(browser, site) as person:
        hold_the_other_site(person)
        page = person.open("/en/privacy")
        page.evaluate(
            """() => addEventListener('pagehide', () => sessionStorage.setItem('covered',
                String(!!document.querySelector('.cover') && document.querySelector('main').hidden)))"""
        )
        before = page.evaluate("history.length")
        if how == "button":
            page.locator(".exit .now").click()
        elif how == "keyboard":
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
        else:
            for _ in range(3):
                page.keyboard.press("Shift")
        page.wait_for_url("**/en/exit")
        assert page.title() == "Weather"
        assert page.evaluate("sessionStorage.getItem('covered')") == "true"
        assert page.evaluate("history.length") == before, "the page was replaced"
        page.go_back()
        assert "/en/privacy" not in page.url


def test_shift_in_a_capital_letter_does_not_leave(browser: Browser, site: Server) -> None:
    with looking(browser, site) as person:
        hold_the_other_site(person)
        page = person.open("/en/check")
        page.locator("#card_number").focus()
        for letter in "WDLABC":
            page.keyboard.press(f"Shift+{letter}")
        assert "/en/check" in page.url
        assert page.locator("#card_number").input_value() == "WDLABC"
