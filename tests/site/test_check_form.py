"""The check form: it names mistakes, never shows facts again, and refuses other sites."""

import re
from datetime import date
from typing import Any

import pytest
from babel.dates import get_month_names
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resident_app.i18n import choose_language
from resident_app.languages import Language, load_languages
from resident_app.site.check_form import CheckForm
from tests.conftest import Deployment, DeployWith
from tests.made_up import NEVER, ONCE, form_of
from tests.strict_client import HTML, Page

LANGUAGES = load_languages().on_the_site()

anything = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
fields = st.dictionaries(
    st.sampled_from([*form_of(ONCE), "reach_by", "phone", "email", "reference", "form_token", "x"]),
    st.one_of(st.text(max_size=60), st.sampled_from(["phone", "email", "²", "１２", "-1", "9" * 30, "\x00"])),
)


# Twenty typical mistakes and more: what is typed over a card's facts, the sentence, and the wrong fields.
MISTAKES: list[tuple[dict[str, str], str, tuple[str, ...]]] = [
    ({"card_number": ""}, "Enter the number after 4d LIC# on your card.", ("card_number",)),
    ({"card_number": "WDLABC123"}, "You entered 9 of 12 characters.", ("card_number",)),
    ({"card_number": "4d LIC# WDL-ABC-123"}, "You entered 9 of 12 characters.", ("card_number",)),
    ({"card_number": "WOO**JT546K"}, "You entered 11 of 12 characters.", ("card_number",)),
    ({"card_number": "MARKED"}, "You entered 6 of 12 characters.", ("card_number",)),
    ({"card_number": "WDLABC1234567X0055"}, "You entered more than 12 characters.", ("card_number",)),
    ({"card_number": "W" * 5000}, "You entered more than 12 characters.", ("card_number",)),
    ({"card_number": "ДЖОНСДЖ253BD"}, "This card number has letters that are not Latin.", ("card_number",)),
    (
        {"card_number": "\u3131\u3134123"},
        "This card number has letters that are not Latin.",
        ("card_number",),
    ),
    (
        {"card_number": "123-45-6789"},
        "This looks like a social security number. We never ask",
        ("card_number",),
    ),
    ({"card_number": "(206) 555-0100"}, "This looks like a phone number.", ("card_number",)),
    ({"card_number": "+1 206 555 0100"}, "This looks like a phone number.", ("card_number",)),
    ({"card_number": "A 123 456 789"}, "This looks like a number from immigration papers.", ("card_number",)),
    ({"card_number": "02/29/1980"}, "You entered only numbers.", ("card_number",)),
    ({"card_number": "123456789012"}, "You entered only numbers.", ("card_number",)),
    ({"card_number": "************"}, "Enter the number after 4d LIC# on your card.", ("card_number",)),
    ({"card_number": "me@example.com"}, "A card number has only letters, numbers and *", ("card_number",)),
    ({"card_number": "WDLABC12345?"}, "A card number has only letters, numbers and *", ("card_number",)),
    ({"card_number": "JOHN Q SMITH JR"}, "This does not look like a card number.", ("card_number",)),
    ({"card_number": "WDLXXXXXXXXX"}, "This is the example in our drawing.", ("card_number",)),
    ({"card_number": "xxxxx*x000xx"}, "This is the example in our drawing.", ("card_number",)),
    ({"birth_month": ""}, "Choose the month.", ("birth_month",)),
    ({"birth_month": "13"}, "Choose the month.", ("birth_month",)),
    ({"birth_month": "Smarch"}, "Choose the month.", ("birth_month",)),
    ({"birth_day": ""}, "Enter the day.", ("birth_day",)),
    ({"birth_day": "0"}, "Day needs a number from 1 to 31.", ("birth_day",)),
    ({"birth_day": "32"}, "Day needs a number from 1 to 31.", ("birth_day",)),
    ({"birth_day": "02/29/1980"}, "Day needs a number from 1 to 31.", ("birth_day",)),
    ({"birth_day": "1o"}, "Day needs a number from 1 to 31.", ("birth_day",)),
    ({"birth_day": "2 O."}, "Day needs a number from 1 to 31.", ("birth_day",)),
    ({"birth_month": "1O"}, "Choose the month.", ("birth_month",)),
    ({"birth_year": ""}, "Enter the year.", ("birth_year",)),
    ({"birth_year": "80"}, "Year needs 4 digits, such as 1980.", ("birth_year",)),
    ({"birth_year": "19800"}, "Year needs 4 digits, such as 1980.", ("birth_year",)),
    ({"issue_year": "19"}, "Year needs 4 digits, such as 2015.", ("issue_year",)),
    ({"birth_day": "30"}, "There is no February 30.", ("birth_day",)),
    ({"birth_year": "1981"}, "There is no February 29, 1981.", ("birth_day", "birth_year")),
    ({"issue_month": "4", "issue_day": "31"}, "There is no April 31.", ("issue_day",)),
    ({"birth_year": "1880"}, "This year is too long ago.", ("birth_year",)),
    ({"birth_year": "1401"}, "This year is too long ago.", ("birth_year",)),
    ({"birth_year": "2080"}, "This day is in the future. Copy your birth date again.", ("birth_year",)),
    ({"issue_year": "2027"}, "in the future. Did you copy the expiration date (EXP)?", ("issue_year",)),
    (
        {"issue_year": "2026", "issue_month": "12"},
        "in the future. Did you copy the expiration date (EXP)?",
        ("issue_month",),
    ),
    (
        {"issue_year": "2026", "issue_month": "11", "issue_day": "23"},
        "in the future. Did you copy the expiration date (EXP)?",
        ("issue_day",),
    ),
    (
        {"birth_year": "2019", "birth_month": "3", "birth_day": "4"}
        | {"issue_year": "1980", "issue_month": "2", "issue_day": "29"},
        "This day is before your birth date. Did you swap the two dates?",
        ("issue_year",),
    ),
    (
        {"issue_year": "1980", "issue_month": "2", "issue_day": "29"},
        "This is the same day as your birth date.",
        ("issue_month", "issue_day", "issue_year"),
    ),
    (
        {"issue_year": "", "issue_month": "", "issue_day": " "},
        "Enter the month, the day and the year.",
        ("issue_month", "issue_day", "issue_year"),
    ),
]


def words_of(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def wrong_fields(page: Page) -> tuple[str, ...]:
    fields = [one for one in page.one("main").iter() if one.get("aria-invalid") == "true"]
    return tuple(field.get("name") for field in fields)


def test_each_typical_mistake_is_named_once_with_a_link_to_its_field(deployment: Deployment) -> None:
    for typed, sentence, fields in MISTAKES:
        page = deployment.client.post("/en/check", form_of(ONCE) | typed)
        assert page.status == 422, typed
        assert wrong_fields(page) == fields, typed
        summary = page.one("main")[0]
        assert summary.get("class") == "errors"
        links = list(summary.iter(f"{HTML}a"))
        assert [link.get("href") for link in links] == [f"#{fields[0]}"]
        assert sentence in words_of(links[0]), typed
        beside = page.by_id(f"{fields[0]}-mistake")
        assert sentence in words_of(beside)
        for name in fields:
            assert beside.get("id") in page.by_id(name).get("aria-describedby").split()


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_each_mistake_has_a_sentence_of_its_own_in_every_language(
    deployment: Deployment, language: Language
) -> None:
    causes = {}
    for typed, sentence, fields in MISTAKES:
        page = deployment.client.post(f"/{language.code}/check", form_of(ONCE) | typed)
        said = words_of(page.by_id(f"{fields[0]}-mistake")).replace("(EXP)", "")
        assert "%" not in said
        causes[said] = re.sub("[^A-Za-z]", "", sentence)[:24]
    assert len(set(causes.values())) == len({re.sub("[^A-Za-z]", "", one[1])[:24] for one in MISTAKES})
    february_30 = language.month_and_day(2, 30)
    page = deployment.client.post(f"/{language.code}/check", form_of(ONCE) | {"birth_day": "30"})
    assert february_30 in words_of(page.by_id("birth_day-mistake"))


def test_every_mistake_is_named_at_once_and_nothing_typed_is_shown(deployment: Deployment) -> None:
    typed = {"card_number": "MARKED", "birth_day": "41", "birth_month": "2", "birth_year": "77"}
    typed |= {"issue_year": "2031", "issue_month": "5", "issue_day": "6"}
    page = deployment.client.post("/en/check", typed)
    assert page.one("title").text.startswith("Error:")
    assert wrong_fields(page) == ("card_number", "birth_day", "birth_year", "issue_year")
    hrefs = [link.get("href") for link in page.one("main")[0].iter(f"{HTML}a")]
    assert hrefs == ["#card_number", "#birth_day", "#birth_year", "#issue_year"]
    for value in ("MARKED", "41", "77", "2031"):
        assert value not in page.main
    assert not [field for field in page.all("input") if field.get("value")]
    assert not [option for option in page.all("option") if option.get("selected") is not None]


def test_without_a_script_the_summary_and_the_form_say_that_all_is_gone(deployment: Deployment) -> None:
    page = deployment.client.post("/en/check", form_of(ONCE) | {"birth_day": "30"})
    sentences = [one for one in page.all("p") if one.get("class") == "nothing-kept"]
    assert [words_of(one) for one in sentences] == ["Nothing you typed was kept. Enter all three again."] * 2
    summary = page.one("main")[0]
    form = next(one for one in page.all("form") if one.get("class") == "check")
    assert sentences[0] in list(summary.iter())
    assert sentences[1] in list(form.iter())
    assert "nothing-kept" not in deployment.client.get("/en/check").text


def test_a_mistake_depends_on_nothing_in_the_register(deployment: Deployment, deploy: DeployWith) -> None:
    empty = deploy()
    for typed, _, _ in MISTAKES:
        form = form_of(ONCE) | typed
        pages = [one.client.post("/en/check", form) for one in (deployment, empty)]
        assert pages[0].text == pages[1].text


ORDINALS = (
    *("º", "ª", "°", "˚", "⁰", ".º", ".ª", ".°", "ᵒ", "o", "O", ".o", "о", "a"),
    *("st", "nd", "rd", "th", "ro", "do", "er", "er.", "re", "ᵉʳ", "mo", "to", "vo", "no", "-e", "-й", "."),
    *("日", "일", "号", " de", " of March", " o"),
)


@pytest.mark.parametrize("suffix", ORDINALS)
def test_a_day_is_never_read_as_another_day(deployment: Deployment, suffix: str) -> None:
    """For every day: it is that day, or a mistake."""
    with deployment.app.test_request_context("/en/check"):
        choose_language(deployment.context.languages["en"])
        read_each_day(suffix)


def read_each_day(suffix: str) -> None:
    sure = suffix.strip(" .")[:1] not in tuple("oOоᵒ")
    for day in range(1, 32):
        for before in ("", "0"):
            typed = {"birth_month": "1", "birth_day": f"{before}{day}{suffix}", "birth_year": "1980"}
            typed |= {"issue_month": "1", "issue_day": f"{day}{suffix}", "issue_year": "2015"}
            form = CheckForm(typed | {"card_number": "WDLABC123456"}, date(2026, 11, 22))
            if form.validate():
                assert (form.facts.born_on.day, form.facts.issued_on.day) == (day, day)
            else:
                assert not sure, typed
                assert {one.fields for one in form.mistakes} == {("birth_day",), ("issue_day",)}


# What is clear: each of these is the same card.
CLEAR = [
    {"card_number": "4d LIC# WDLABC123456"},
    {"card_number": "LIC# wdl abc 123 456."},
    {"card_number": "No. WDLABC123456"},
    {"card_number": "\u2116 WDLABC123456"},
    {"card_number": "4dLIC#WDLABC123456"},
    {"card_number": "\u5361\u53f7\uff1aWDLABC123456"},
    {"card_number": "\uff37\uff24\uff2c\uff21\uff22\uff23\uff11\uff12\uff13\uff14\uff15\uff16"},
    {"card_number": "WDL\u0410\u0412\u0421123456"},
    {"card_number": "\ufeffWDL\u200bABC\u2014123\u00b7456\u200f"},
    {"birth_year": "1980\u5e74", "birth_day": "29\u65e5", "birth_month": "\uff12\u6708"},
    {"birth_year": "1980 \u0433.", "birth_day": "29."},
    {"birth_year": "198O", "birth_day": "29th", "birth_month": "Feb."},
    {"birth_month": "February", "issue_month": "march", "issue_day": "O4", "issue_year": " 2019 "},
    {"birth_day": "29\u00ba", "birth_year": "l98O"},
    {"birth_day": "29.\u00aa", "issue_day": "O4", "birth_month": "O2", "birth_year": "April 1980"},
    {"birth_year": "\u0661\u0669\u0668\u0660", "birth_day": "\u0968\u096f"},
]


@pytest.mark.parametrize("typed", CLEAR, ids=lambda typed: " ".join(typed.values()))
def test_what_is_clear_is_accepted(deployment: Deployment, typed: dict[str, str]) -> None:
    assert deployment.client.post("/en/check", form_of(ONCE) | typed).answer == "shared"


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_the_months_of_the_page_are_understood(deployment: Deployment, language: Language) -> None:
    name = language.month_and_day(2, 29)
    for month in (get_month_names("wide", "format", language.locale)[2], name.replace("29", "").strip()):
        form = form_of(ONCE) | {"birth_month": month.replace("de ", "").removesuffix("\u65e5")}
        assert deployment.client.post(f"/{language.code}/check", form).answer == "shared", month


OLD_NUMBERS = [
    "WOO**JT546KA",
    "woo jt546ka",
    "WOOJT546KA",
    "WOO*JT546KA",
    "\u0301W\u041e\u041e\u2217\u2217JT546KA",
    "WOO\u2731\u2731JT546KA",
    "WOO\u066d\u066dJT546KA",
    "WOO\u00d7\u00d7JT546KA",
    "WOO\u2b50\ufe0f\u2b50\ufe0fJT546KA",
    "W\u00d6\u00d3##JT546KA",
]


@pytest.mark.parametrize("typed", OLD_NUMBERS)
def test_stars_in_any_form_or_left_out(deployment: Deployment, typed: str) -> None:
    """As by phone, where a star can be keyed or left out."""
    form = form_of(NEVER) | {"card_number": typed}
    assert deployment.client.post("/en/check", form).answer == "not-shared"


def test_full_width_and_stray_signs_are_forgiven(deployment: Deployment) -> None:
    form = form_of(ONCE) | {"card_number": " wdl-abc 123456 ", "birth_year": "１９８０", "birth_day": " 29 "}
    assert deployment.client.post("/en/check", form).answer == "shared"


@pytest.mark.parametrize("digits", ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "੦੧੨੩੪੫੬੭੮੯", "០១២៣៤៥៦៧៨៩"])
def test_the_digits_of_any_script_are_read(deployment: Deployment, digits: str) -> None:
    own = str.maketrans("0123456789", digits)
    form = {name: value.translate(own) for name, value in form_of(ONCE).items()}
    form["card_number"] = "\u200f" + form["card_number"].lower() + "\u200e"
    assert deployment.client.post("/en/check", form).answer == "shared"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
def test_another_site_is_refused(deployment: Deployment, headers: dict[str, str]) -> None:
    for path in ("check", "help", "help/status"):
        assert deployment.client.post(f"/es/{path}", form_of(ONCE), headers=headers).status == 403


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}],
)
def test_our_own_form_is_not(deployment: Deployment, headers: dict[str, str]) -> None:
    assert deployment.client.post("/en/check", form_of(ONCE), headers=headers).status == 200


@anything
@given(form=fields, path=st.sampled_from(["check", "help", "help/status"]))
def test_no_form_breaks_a_page(deployment: Deployment, form: dict[str, str], path: str) -> None:
    page = deployment.client.post(f"/zh-Hans/{path}", form)
    assert page.status in (200, 422, 429)


@anything
@given(
    body=st.binary(max_size=300),
    kind=st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json",
            "a/b; charset=\x7f",
        ]
    ),
)
def test_no_body_breaks_a_page(deployment: Deployment, body: bytes, kind: str) -> None:
    page = deployment.client.post("/en/help", body, content_type=kind)
    assert page.status in (200, 422, 429, 413)


@anything
@given(path=st.text(max_size=40))
def test_no_address_breaks_a_page(deployment: Deployment, path: str) -> None:
    response = deployment.client.raw("GET", "/" + path.lstrip("/"))
    assert response.status_code < 500
