"""The page of an answer in a real browser: how long it is, how it prints, and what it takes along."""

import io
import unicodedata

from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from resident_app.languages import load_languages
from tests.browser.browsing import looking
from tests.load.servers import Server
from tests.made_up import NEVER, NINE, ONCE

LANGUAGES = load_languages()
LONGEST = 2844
"""Half of the pixels that an answer with one sharing had before its details were folded, at 320 pixels."""


def printed(page: Page) -> list[str]:
    """The text of each sheet of paper, without ligatures, and without spaces, which this reader makes up."""
    pdf = PdfReader(io.BytesIO(page.pdf(format="Letter")))
    return ["".join(unicodedata.normalize("NFKC", sheet.extract_text()).split()) for sheet in pdf.pages]


def test_an_answer_with_one_sharing_is_short_and_prints_on_one_sheet(browser: Browser, site: Server) -> None:
    """The sheet has the day, the addresses and the phone numbers, and the details that a screen folds."""
    with looking(browser, site) as person:
        for code in ("en", "ar", "km", "vi", "ru", "so", "fil"):
            page = person.check(code, ONCE)
            height = page.evaluate("document.documentElement.scrollHeight")
            assert height <= LONGEST, code
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
        assert "TherecordsweholdarefromMay1,2017" in sheet


def test_three_sharings_print_on_one_sheet_and_more_with_the_phone_number_on_each(
    browser: Browser, site: Server
) -> None:
    """With what the answer is based on, and without what only a screen needs, also in long words."""
    with looking(browser, site) as person:
        for code in ("en", "es", "ar", "ko", "ru", "fil", "so", "km"):
            first, *more = printed(person.check(code, NINE))
            assert len(more) == 1, code
            assert all("360-359-4454" in sheet for sheet in (first, *more)), code
            person.page.evaluate(
                "[...document.querySelectorAll('.disclosure')].slice(3).forEach(each => each.remove())"
            )
            [sheet] = printed(person.page)
            for words in ("360-359-4454", f"/{code}/help", "R-0001", "R-0003"):
                assert words in sheet, (code, words)
            if code == "en":
                assert "TherecordsweholdarefromMay1,2017" in sheet
                assert "DOL'slogofrequestsbeforeSeptember2017isnotcomplete" in sheet
                for useless in (
                    "Backdoesnotshow",
                    "Thinkfirst",
                    "Thefileisready",
                    "Thisbrowsercan",
                    "Moreorganizations",
                ):
                    assert useless not in sheet


def test_large_text_stands_below_the_icon_and_languages_in_one_column(browser: Browser, site: Server) -> None:
    """At 320 pixels and twice the size of text, a word is not cut into a column of letters."""
    with looking(browser, site) as person:
        page = person.check("en", ONCE)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        icon, words = (page.locator(f"main .answer {one}").bounding_box() for one in (".icon", "h1"))
        assert icon is not None
        assert words is not None
        assert words["y"] >= icon["y"] + icon["height"]
        page.locator(".languages summary").click()
        starts = page.locator(".languages li").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().left)"
        )
        assert len(set(starts)) == 1


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
