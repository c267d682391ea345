"""The page of an answer in a real browser: how long it is, how it prints, and what it takes along."""

import io

from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from resident_app.languages import load_languages
from tests.browser.browsing import looking
from tests.load.servers import Server
from tests.made_up import NEVER, ONCE

LANGUAGES = load_languages()
LONGEST_WITHOUT_TRANSLATION = 2844
"""Half of the pixels that an answer with one sharing had before its details were folded, at 320 pixels."""


def printed(page: Page) -> list[str]:
    """The text of each sheet of paper, without spaces, which this reader finds where there are none."""
    pdf = PdfReader(io.BytesIO(page.pdf(format="Letter")))
    return ["".join(sheet.extract_text().split()) for sheet in pdf.pages]


def test_an_answer_with_one_sharing_is_short_and_prints_on_one_sheet(browser: Browser, site: Server) -> None:
    """The sheet has the day, the addresses and the phone numbers, and the details that a screen folds."""
    with looking(browser, site) as person:
        for code in ("en", "ar", "km", "vi"):
            page = person.check(code, ONCE)
            if code in ("en", "ar"):
                height = page.evaluate("document.documentElement.scrollHeight")
                assert height <= LONGEST_WITHOUT_TRANSLATION, code
            [sheet] = printed(page)
            for words in ("360-359-4454", "844-724-3737", "waisn.org", f"/{code}/help", "R-0001"):
                assert words in sheet, (code, words)
        [sheet] = printed(person.check("en", ONCE))
        assert "Answergivenon" in sheet
        assert "ICEEnforcementandRemovalOperations" in sheet
        for control in ("Asktheofficeforhelp", "Savethisanswer", "Exitthispage"):
            assert control not in sheet
        [sheet] = printed(person.check("en", NEVER))
        assert "Answergivenon" in sheet


def test_each_kind_has_a_panel_of_its_own_and_none_is_green(browser: Browser, site: Server) -> None:
    with looking(browser, site) as person:
        looks = {}
        for kind, changes in (
            ("shared", {}),
            ("not-shared", {}),
            ("no-match", {"card_number": "WDL300000001"}),
        ):
            page = person.check("en", NEVER if kind == "not-shared" else ONCE, **changes)
            assert page.locator("main").get_attribute("data-answer") == kind
            panel = page.locator("main .answer")
            color = panel.evaluate("element => getComputedStyle(element).borderTopColor")
            red, green, blue = (int(part) for part in color[4:-1].split(","))
            assert not (green > red and green > blue), color
            looks[kind] = (color, panel.locator("svg path").first.get_attribute("d"))
        assert len(set(looks.values())) == len({color for color, _ in looks.values()}) == 3


def test_the_office_is_asked_from_an_answer_and_leads_back_to_it(browser: Browser, site: Server) -> None:
    """The answer goes along sealed: no address and no title tells what it is."""
    with looking(browser, site) as person:
        page = person.check("es", ONCE)
        person.press("main form[action$='/help/start'] button")
        assert "shared" not in page.url
        assert page.locator("#topic").input_value() == "shared"
        person.press("main form[action$='/check'] button")
        assert page.locator("main").get_attribute("data-answer") == "shared"
        assert page.locator("h1").inner_text() == LANGUAGES["es"].text(
            "Yes. DOL shared your information with ICE."
        )
