"""Every page in every language, in a real browser on a small phone."""

import pytest
from playwright.sync_api import Browser

from resident_app.languages import load_languages
from tests.browser.browsing import AXE, looking
from tests.load.servers import Server
from tests.made_up import NEVER, NINE, ONCE, form_of
from tests.strict_client import PATHS

CODES = [language.code for language in load_languages().on_the_site()]
CONTRAST = ("en", "ar", "ja")
"""Languages whose pages are looked at for contrast, in every color scheme: a language does not change it."""

REQUEST = {"reach_by": "phone", "phone": "206 555 0100", "spoken": "en", "written": "en", "topic": "question"}


@pytest.mark.parametrize("code", CODES)
def test_every_page_of_a_language(browser: Browser, site: Server, code: str) -> None:
    """WCAG 2.2 AA by axe, no sideways scroll at 320 px even when text is twice as large, a quiet console, no
    cookie, no other host.
    """
    with looking(browser, site) as person:
        person.types = False
        person.context.add_init_script(AXE)

        def findings() -> list[str]:
            return person.findings(contrast=code in CONTRAST)

        found = {}
        for path in (*PATHS, "nowhere"):
            page = person.open(f"/{code}/{path}")
            assert page.locator("html").get_attribute("lang") == code
            found[path] = findings()
        for kind, card in (("shared", NINE), ("not-shared", NEVER)):
            person.check(code, card)
            assert person.page.locator("main").get_attribute("data-answer") == kind
            found[kind] = findings()
        person.check(code, ONCE, card_number=f"WDL{CODES.index(code) + 100000000}")
        assert person.page.locator("main").get_attribute("data-answer") == "no-match"
        found["no-match"] = findings()
        person.send(
            f"/{code}/check", form_of(ONCE) | {"card_number": "1", "birth_day": "31", "birth_month": "2"}
        )
        assert person.page.title().startswith(load_languages()[code].text("Error:"))
        found["mistakes"] = findings()
        person.send(f"/{code}/help", REQUEST)
        reference = person.page.locator("#reference").inner_text()
        found["received"] = findings()
        person.send(f"/{code}/help/status", {"reference": reference})
        found["status"] = findings()
        person.send(f"/{code}/help/add", {"reference": reference, "note": "…"})
        found["added"] = findings()
        person.send(f"/{code}/help/erase", {"reference": reference})
        found["confirm"] = findings()
        person.press("main form button[type=submit]")
        assert person.page.locator("main").get_attribute("data-done") == "erased"
        found["erased"] = findings()
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("code", CONTRAST)
@pytest.mark.parametrize(
    "options",
    [
        {"color_scheme": "dark"},
        {"forced_colors": "active"},
        {"contrast": "more"},
        {"viewport": {"width": 1280, "height": 900}},
    ],
    ids=lambda options: next(iter(options)),
)
def test_however_it_is_looked_at(
    browser: Browser, site: Server, code: str, options: dict[str, object]
) -> None:
    with looking(browser, site, **options) as person:
        for path in ("", "check", "questions", "numbers", "help"):
            person.open(f"/{code}/{path}")
            assert person.findings() == []


@pytest.mark.parametrize("code", ["en", "ar"])
def test_everything_works_without_a_script(browser: Browser, site: Server, code: str) -> None:
    with looking(browser, site, java_script_enabled=False) as person:
        assert person.check(code, ONCE).locator("main").get_attribute("data-answer") == "shared"
        assert len(person.send(f"/{code}/help", REQUEST).locator("#reference").inner_text()) == len(
            "1234 5678 9012 3456"
        )
