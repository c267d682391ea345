"""How a person can be reached: each mistake is named, and nothing typed is lost."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from resident_app.casework.office_keys import load_office_keys
from resident_app.casework.opening import open_request
from resident_app.database import reading
from resident_app.intake.help_request import MESSAGE_LENGTH, HelpRequest
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.languages import load_languages
from tests.conftest import Deployment
from tests.strict_client import Page

# reach_by, what was typed, and a part of the sentence that names the mistake.
MISTAKES = [
    ("phone", "", "Enter a phone number with its area code"),
    ("phone", "call me", "in digits"),
    ("phone", "555-0143", "Add the area code"),
    ("phone", "206-555-014", "You entered 9 of the 10 digits"),
    ("phone", "206-555-01433", "too many digits"),
    ("phone", "123-456-7890", "no such phone number"),
    ("phone", "900-555-0143", "costs extra"),
    ("text", "+52 55 1234 5678", "only to the United States and Canada"),
    ("text", "206-555-0143 ext 7", "extension cannot get text messages"),
    ("text", "800-555-0143", "This number cannot get text messages"),
    ("email", "", "Enter an email address"),
    ("email", "ana at example.com", "has an @ sign"),
    ("email", "ana@example", "has no dot"),
    ("email", "a..b@example.com", "two dots side by side"),
    ("email", "ana ruiz@example.com", "without spaces or other words"),
    ("email", "@example.com", "not a whole email address"),
    ("email", "ana@gmail.con", "Did you mean ana@gmail.com?"),
    ("", "206-555-0143", "Choose how we can reach you"),
]


def ask(deployment: Deployment, reach_by: str, typed: str, language: str = "en", **more: str) -> Page:
    field = "email" if reach_by == "email" else "phone"
    return deployment.client.post(f"/{language}/help", {"reach_by": reach_by, field: typed} | more)


def stored(deployment: Deployment) -> HelpRequest:
    """The last request, as the office opens it."""
    with reading(deployment.engine) as connection:
        row = connection.execute(
            select(HelpRequestRow.__table__).order_by(HelpRequestRow.id.desc()).limit(1)
        ).one()
    key = load_office_keys(deployment.context.settings.instance_dir / "office.private.key")
    return open_request(row.sealed, key, row.submission).request


@pytest.mark.parametrize(("reach_by", "typed", "words"), MISTAKES)
def test_each_mistake_is_named_beside_its_field_and_in_the_summary(
    deployment: Deployment, reach_by: str, typed: str, words: str
) -> None:
    page = ask(deployment, reach_by, typed, message="marked words")
    assert page.status == 422
    field = {"phone": "phone", "text": "phone", "email": "email", "": "reach_by"}[reach_by]
    assert words in "".join(page.by_id(f"{field}-mistake").itertext())
    target = "reach_by-phone" if field == "reach_by" else field
    [link] = [one for one in page.all("a") if one.get("href") == f"#{target}"]
    assert words in link.text
    assert page.by_id(target) is not None
    assert "marked words" in page.by_id("message").text


@pytest.mark.parametrize("code", [language.code for language in load_languages().on_the_site()])
def test_each_mistake_has_a_sentence_of_its_own_in_every_language(deployment: Deployment, code: str) -> None:
    said = set()
    for reach_by, typed, _ in MISTAKES:
        page = ask(deployment, reach_by, typed, code)
        said |= {"".join(one.itertext()) for one in page.root.iter() if one.get("class") == "mistake"}
    assert len(said) == len(MISTAKES)
    assert not any("%(" in words for words in said)


def test_a_number_is_stored_with_what_was_written_beside_it(deployment: Deployment) -> None:
    assert ask(deployment, "text", "206-555-0143 (mom), 360-555-0101").status == 200
    request = stored(deployment)
    assert (request.phone, request.contact_note) == ("+12065550143", "206-555-0143 (mom), 360-555-0101")
    assert ask(deployment, "email", "mailto:ana@example.com").status == 200
    assert (stored(deployment).email, stored(deployment).contact_note) == ("ana@example.com", "")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ana@gmail.con", "ana@gmail.com"),
        ("ana@gmial.com", "ana@gmail.com"),
        ("ana@gmail.co", "ana@gmail.com"),
        ("ana@hotmial.com", "ana@hotmail.com"),
        ("ana@yahoo.con", "ana@yahoo.com"),
        ("ana@yaho.com", "ana@yahoo.com"),
        ("ana@iclould.com", "ana@icloud.com"),
        ("ana@example.con", "ana@example.com"),
    ],
)
def test_a_mistyped_address_is_asked_about_once(deployment: Deployment, typed: str, meant: str) -> None:
    page = ask(deployment, "email", typed)
    assert page.status == 422
    fields = {one.get("name"): one.get("value") or "" for one in page.all("input")}
    use = next(one for one in page.all("button") if one.get("name") == "use_email")
    assert use.get("value") == meant
    as_it_is = {"email": typed, "asked_about": fields["asked_about"], "message": "as it is"}
    for more, address in ((as_it_is, typed), ({"email": typed, "use_email": meant}, meant)):
        assert deployment.client.post("/en/help", {"reach_by": "email"} | more).status == 200
        assert stored(deployment).email == address


@pytest.mark.parametrize(
    "address",
    [
        "a@gmail.com",
        "a@ymail.com",
        "a@mail.com",
        "a@hotmail.ca",
        "a@outlook.cz",
        "a@yahoo.co.uk",
        "a@live.ca",
        "a@qq.com",
    ],
)
def test_a_real_provider_is_not_questioned(deployment: Deployment, address: str) -> None:
    assert ask(deployment, "email", address).status == 200


def test_a_line_break_is_one_character(deployment: Deployment) -> None:
    message = "\r\n".join("x" * (MESSAGE_LENGTH // 2))
    assert ask(deployment, "phone", "206-555-0143", message=message + "\r\n").status == 200
    assert stored(deployment).message == message.replace("\r\n", "\n")
    assert ask(deployment, "phone", "206-555-0143", message=message + "\r\nxx").status == 422


@pytest.mark.parametrize("character", ["x", "字", "\N{GRINNING FACE}", "&"])
@pytest.mark.parametrize("path", ["help", "help/add"])
def test_nothing_of_a_long_message_is_lost(deployment: Deployment, path: str, character: str) -> None:
    text = character * 299_999 + "."
    form = {"reach_by": "phone", "phone": "206-555-0143", "message": text, "note": text}
    form.pop("note" if path == "help" else "message")
    response = deployment.client.raw("POST", f"/en/{path}", data=form)
    assert response.status_code == 422
    shown = response.text.replace("&amp;", "&")
    assert text in shown
    if path == "help":
        assert "300,000 characters. At most 4,000 fit." in shown


def test_the_length_of_a_message_is_announced(deployment: Deployment) -> None:
    for path, name in (("help", "message"), ("help/add", "note")):
        page = deployment.client.get(f"/en/{path}")
        described = (page.by_id(name).get("aria-describedby") or "").split()
        assert f"{name}-hint" in described
        assert "4,000" in "".join(page.by_id(f"{name}-hint").itertext())


def test_the_received_page_says_where_and_by_when_and_takes_a_correction(deployment: Deployment) -> None:
    page = ask(deployment, "phone", "206-555-0143 ext 7")
    for words in (
        "206-555-0143 ext. 7",
        "We will try to reach you by",
        "come from 360-359-4454",
        "for money",
    ):
        assert words in page.main
    form = next(one for one in page.all("form") if one.get("action") == "/en/help/contact")
    fields = {one.get("name"): one.get("value") or "" for one in form.iter() if one.get("name")}
    assert fields["reference"] == page.reference
    wrong = deployment.client.post("/en/help/contact", fields | {"reach_by": "email", "email": "x"})
    assert wrong.status == 422
    right = deployment.client.post(
        "/en/help/contact", fields | {"reach_by": "email", "email": "ana@example.com"}
    )
    assert "ana@example.com" in right.main
    unknown = deployment.client.post(
        "/en/help/contact", fields | {"reach_by": "email", "email": "b@example.com", "reference": "0" * 16}
    )
    assert unknown.status == 422


def test_the_day_of_the_first_contact_is_one_on_which_the_office_is_open(deployment: Deployment) -> None:
    configuration = deployment.context.configuration
    for _ in range(14):
        words = ask(deployment, "phone", "206-555-0143").main
        [said] = re.findall(r"reach you by (\w+ \d+, \d+)", words)
        day = datetime.strptime(said, "%B %d, %Y").replace(tzinfo=UTC).date()
        assert day.weekday() < 5
        assert day.isoformat() not in ("2026-11-26", "2026-11-27"), "Thanksgiving and the day after"
        assert day >= deployment.context.today() + timedelta(
            days=configuration.casework.overdue.first_contact_days
        )
        deployment.clock.pass_by(86_400)
