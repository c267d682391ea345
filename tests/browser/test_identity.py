"""Whose site this is, as a person sees it on a small phone: a band on top, and numbers that can be called."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Route

from resident_app.configuration import load_configuration
from resident_app.languages import load_languages
from tests.browser.browsing import NARROW, Looker, looking
from tests.conftest import BASE_URL, DeployWith
from tests.load.servers import Server
from tests.made_up import CARDS, ONCE

CODES = ["en", "es", "ar", "ko"]
TWO_LINES = 44
BROKEN_NUMBERS = """[...document.querySelectorAll('a[href^="tel:"]')]
    .filter(link => link.getClientRects().length !== 1).map(link => link.textContent)"""


@pytest.fixture
def official_person(
    browser: Browser, deploy: DeployWith, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Looker]:
    """Somebody at an official deployment, whose answers come straight from the application."""
    found = load_configuration()
    office = found.office.model_copy(update={"official": True, "address": ("PO Box 1", "Olympia, WA 98507")})
    monkeypatch.setattr(
        "resident_app.public_context.load_configuration", lambda: replace(found, office=office)
    )
    client = deploy(CARDS).app.test_client(use_cookies=False)

    def answer(route: Route) -> None:
        with client.get(route.request.url.removeprefix(BASE_URL)) as response:
            headers = dict(response.headers.items())
            route.fulfill(status=response.status_code, headers=headers, body=response.get_data())

    context = browser.new_context(viewport=NARROW)
    context.route(f"{BASE_URL}/**", answer)
    yield Looker(context, BASE_URL)
    context.close()


def test_a_demonstration_says_so_in_one_short_band(browser: Browser, site: Server) -> None:
    with looking(browser, site) as person:
        for language in load_languages().on_the_site():
            box = person.open(f"/{language.code}/").locator(".banner").bounding_box()
            assert box is not None
            assert box["height"] <= TWO_LINES + (language.code in ("am", "km", "pa")) * 8, language.code
            assert box["width"] == NARROW["width"]


def test_an_official_site_says_how_to_know_it(official_person: Looker) -> None:
    """The band opens without a script. Open and closed it has no fault that axe finds."""
    for code in CODES:
        page = official_person.open(f"/{code}/")
        banner = page.locator("details.banner")
        box = banner.bounding_box()
        assert box is not None
        assert box["height"] <= TWO_LINES, code
        assert official_person.findings() == []
        banner.locator("summary").click()
        assert BASE_URL.removeprefix("https://") in banner.inner_text()
        assert official_person.findings() == []
        banner.locator("a").click()
        page.wait_for_url(f"**/{code}/really-us")
        assert official_person.findings() == []


def test_no_number_that_can_be_called_breaks(browser: Browser, site: Server) -> None:
    """Nor with text of twice the size."""
    with looking(browser, site) as person:
        for code in CODES:
            for page in (person.open(f"/{code}/really-us"), person.check(code, ONCE)):
                assert page.locator("a[href^='tel:']").count() > 1
                assert page.evaluate(BROKEN_NUMBERS) == [], code
                page.evaluate("document.documentElement.style.fontSize = '200%'")
                assert page.evaluate(BROKEN_NUMBERS) == [], code
