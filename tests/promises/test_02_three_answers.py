"""Promise 2: "no match" is never "not shared"; each answer says what it is based on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from resident_app.languages import load_languages
from resident_app.register.disclosure import Disclosure
from tests.conftest import Deployment, DeployWith
from tests.made_up import NEVER, NINE, ONCE, Card, form_of, keys_of


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
    assert len([one for one in page.all("details") if one.get("class") == "disclosure"]) == 8
    more = "There is 1 more sharing that is not listed here. The office can help you ask DOL about it."
    assert more in page.main
    phone = deployment.ring().press("1")
    for keys in keys_of(NINE):
        phone.press(keys)
    assert "Sharings not listed here: 1." in phone.text


def release(day: int, agency: str, **more: object) -> Disclosure:
    whole = {"office": "", "released": ("photo",), "ground": "1325", "request": ""} | more
    return Disclosure(date(2017, 9, day), agency, **whole)  # type: ignore[arg-type]


def card_to(number: int, agencies: Sequence[str]) -> Card:
    """A card whose record went to these agencies, a day after each other."""
    releases = tuple(release(1 + at % 28, agency, request=f"R-{at}") for at, agency in enumerate(agencies))
    return Card(f"to {number}", f"WDLTO{number:07d}", date(1980, 2, 29), date(2019, 3, 4), releases)


YES = "Yes. DOL shared your information with ICE."
NOT_SHOWN = "Our records do not show that ICE received it."
CANNOT_TELL = "We cannot tell whether ICE received it."
RECIPIENTS = {
    ("ICE",): [YES],
    ("ICE-ERO",): [YES],
    ("ICE-HSI", "ICE"): [YES],
    ("ICE", "CBP"): [YES, "DOL also shared it with: CBP."],
    ("DHS", "CBP", "ICE-HSI"): [YES, "DOL also shared it with: CBP and DHS."],
    ("CBP",): ["DOL shared your information with another immigration agency: CBP.", NOT_SHOWN],
    ("CBP", "CBP"): ["DOL shared your information with another immigration agency: CBP.", NOT_SHOWN],
    ("DHS",): [
        "DOL shared your information with DHS.",
        f"The record says only DHS. ICE is part of DHS. {CANNOT_TELL}",
    ],
    ("CBP", "DHS"): [
        "DOL shared your information with CBP and DHS.",
        f"For DHS, the record does not say which part. ICE is part of DHS. {CANNOT_TELL}",
    ],
    (*("CBP",) * 299, "ICE"): [YES, "DOL also shared it with: CBP."],
    (*("ICE",) * 20, "DHS"): [YES, "DOL also shared it with: DHS."],
    (*("CBP",) * 20, "DHS"): [
        "DOL shared your information with CBP and DHS.",
        f"For DHS, the record does not say which part. ICE is part of DHS. {CANNOT_TELL}",
    ],
}


def test_the_answer_names_who_received_the_record_on_the_site_and_by_phone(deploy: DeployWith) -> None:
    """The same sentences, also with three hundred sharings; "Yes" only if ICE is recorded."""
    cards = {agencies: card_to(number, agencies) for number, agencies in enumerate(RECIPIENTS)}
    deployment = deploy(list(cards.values()))
    for number, (agencies, sentences) in enumerate(RECIPIENTS.items()):
        page = deployment.client.post("/en/check", form_of(cards[agencies]), address=f"192.0.{number}.1")
        phone = deployment.ring().press("1")
        for keys in keys_of(cards[agencies]):
            phone.press(keys)
        assert page.answer == "shared"
        assert page.one("h1").text == sentences[0]
        heard = [one.text for one in phone.heard]
        for sentence in sentences:
            assert sentence in page.main
            assert sentence in heard
        for words in (page.main, phone.text):
            assert ("Yes." in words) == (YES in sentences)
            assert (NOT_SHOWN in words) == (NOT_SHOWN in sentences)
            assert (CANNOT_TELL in words) == any(CANNOT_TELL in one for one in sentences)


def test_no_sharing_found_names_the_agencies_that_the_records_cover(deployment: Deployment) -> None:
    words = (
        "The records we hold do not show that DOL shared your information with ICE or another immigration "
        "agency (CBP and DHS) before January 10, 2018."
    )
    assert words in deployment.client.post("/en/check", form_of(NEVER)).main
    phone = deployment.ring().press("1")
    for keys in keys_of(NEVER):
        phone.press(keys)
    assert words.replace(" (", ", ").replace(")", ",") in phone.text


def test_a_sharing_without_a_stated_ground_says_so_in_one_sentence(deploy: DeployWith) -> None:
    unstated = release(12, "CBP", ground="not-stated", office="Spokane")
    deployment = deploy([replace(ONCE, disclosures=(unstated,))])
    page = deployment.client.post("/en/check", form_of(ONCE))
    phone = deployment.ring().press("1")
    for keys in keys_of(ONCE):
        phone.press(keys)
    for words in (page.main, phone.text):
        assert "The record does not say why." in words
        assert "The reason they gave" not in words
    assert "September 12, 2017: your photo, to CBP, Spokane" in page.main


def test_an_application_may_have_shown_more(deploy: DeployWith) -> None:
    photo = replace(NEVER, disclosures=(release(1, "ICE"),))
    deployment = deploy([ONCE, photo])
    words = "It may also have shown: your place of birth and the ID that you used."
    assert words in deployment.client.post("/en/check", form_of(ONCE)).main
    assert words not in deployment.client.post("/en/check", form_of(photo)).main


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
    assert "not show that" not in page.main


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
