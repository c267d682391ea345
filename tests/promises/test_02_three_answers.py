"""Promise 2: "no match" is never "not shared"; each answer says what it is based on."""

from datetime import date

from resident_app.languages import load_languages
from tests.conftest import Deployment
from tests.made_up import NEVER, NINE, ONCE, form_of, keys_of


def test_shared_says_what_when_with_whom_and_why(deployment: Deployment) -> None:
    page = deployment.client.post("/en/check", form_of(ONCE))
    assert (page.status, page.answer) == (200, "shared")
    for words in (
        "June 1, 2017",
        "your photo and your license application",
        "ICE Enforcement and Removal Operations",
        "Tacoma",
        "reentry after removal (8 U.S.C. 1326)",
        "R-0001",
    ):
        assert words in page.main


def test_a_ninth_disclosure_is_counted_and_leads_to_the_office(deployment: Deployment) -> None:
    page = deployment.client.post("/en/check", form_of(NINE))
    assert page.main.count("Shared on") == 8
    assert "There is 1 more time that is not listed here. The Office of Community Outreach" in page.main
    phone = deployment.ring().press("1")
    for keys in keys_of(NINE):
        phone.press(keys)
    assert "Times not listed here: 1." in phone.text


def test_each_answer_from_the_records_says_what_they_cover(deployment: Deployment) -> None:
    for card in (ONCE, NEVER):
        page = deployment.client.post("/en/check", form_of(card))
        assert "from May 1, 2017 to January 10, 2018" in page.main
        assert "log of requests before September 2017 is not complete" in page.main
        assert "accounts in DOL's search systems" in page.main
        phone = deployment.ring().press("1")
        for keys in keys_of(card):
            phone.press(keys)
        assert "from May 1, 2017 to January 10, 2018" in phone.text
        assert "before September 2017 is not complete" in phone.text
        assert "accounts in DOL search systems" in phone.text


def test_no_match_says_that_it_is_no_answer(deployment: Deployment) -> None:
    page = deployment.client.post("/en/check", form_of(NEVER, issued_on=date(2012, 7, 8)))
    assert (page.status, page.answer) == (200, "no-match")
    assert "This does not tell you if your information was shared or not." in page.main
    assert "not show" not in page.main


def test_the_answers_differ_in_every_language(deployment: Deployment) -> None:
    for number, code in enumerate(language.code for language in load_languages().on_the_site()):
        headings = set()
        for card in (ONCE, NEVER):
            address = f"192.0.{number}.1"
            headings.add(
                deployment.client.post(f"/{code}/check", form_of(card), address=address).one("h1").text
            )
        missed = form_of(NEVER, card_number=f"WDLNOBODY{number:03d}")
        headings.add(
            deployment.client.post(f"/{code}/check", missed, address=f"192.0.{number}.1").one("h1").text
        )
        assert len(headings) == 3
