"""Whose site this is: each page says that it is a demonstration, that it is official, or neither."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import request
from markupsafe import escape
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from resident_app.configuration import load_configuration
from resident_app.configuration.office import Hours
from resident_app.configuration.office_hours import office_hours, time_zone_name
from resident_app.database import writing
from resident_app.database_roles import DatabaseRole
from resident_app.i18n import choose_language
from resident_app.languages import Language, load_languages
from resident_app.register.edition_guard import LOOK_AGAIN_SECONDS
from resident_app.register.edition_tables import EditionRow
from resident_app.register.publication import roll_back
from resident_app.register.signatures import load_signing_key
from resident_app.security.capacity import Overloaded
from resident_app.site.identity import Identity, choose_identity
from resident_app.site.rendering import page
from tests.conftest import BASE_URL, Deployment, DeployWith
from tests.made_up import CARDS, NEVER, ONCE, form_of, seal_and_publish
from tests.roles import engine_as
from tests.strict_client import HTML, PATHS, Page

BANNERS = {
    "Demonstration with made-up people. Not a service of DOL.": Identity.DEMONSTRATION,
    "An official website of Washington State": Identity.OFFICIAL,
}
EXPECTED = {
    Identity.DEMONSTRATION: [Identity.DEMONSTRATION],
    Identity.OFFICIAL: [Identity.OFFICIAL],
    Identity.UNCONFIRMED: [],
}
LANGUAGES = load_languages().on_the_site()
PHONE = {"reach_by": "phone", "phone": "206-555-0143"}

DeployAs = Callable[..., Deployment]


def banners(page: str, language: Language) -> list[Identity]:
    """What a page says about itself."""
    return [
        identity
        for words, identity in BANNERS.items()
        for _ in range(page.count(str(escape(language.text(words)))))
    ]


@pytest.fixture
def official(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Sets whether config/office.toml says that deployments made from now on are official."""

    def set_to(value: bool, **more: Any) -> None:
        found = load_configuration()
        office = found.office.model_copy(update={"official": value, **more})
        monkeypatch.setattr(
            "resident_app.public_context.load_configuration", lambda: replace(found, office=office)
        )

    return set_to


@pytest.fixture
def deploy_as(deploy: DeployWith, official: Callable[[bool], None], tmp_path: Path) -> DeployAs:
    def make(identity: Identity, **settings: Any) -> Deployment:
        # config/ cannot make a demonstration official.
        official(identity is not Identity.UNCONFIRMED)
        deployment = deploy(**settings)
        publish(deployment, tmp_path, made_up=identity is Identity.DEMONSTRATION)
        return deployment

    return make


def publish(deployment: Deployment, folder: Path, *, made_up: bool) -> None:
    publishing = engine_as(deployment.engine, DatabaseRole.REGISTER)
    seal_and_publish(deployment.context, CARDS, folder, publishing, made_up=made_up)


@pytest.mark.parametrize("identity", Identity)
def test_every_page_of_every_language_says_it_once(deploy_as: DeployAs, identity: Identity) -> None:
    client = deploy_as(identity).client
    wrong = {
        f"/{language.code}/{path}": found
        for language in LANGUAGES
        for path in (*PATHS, "nowhere")
        for found in [banners(client.raw("GET", f"/{language.code}/{path}").text, language)]
        if found != EXPECTED[identity]
    }
    assert wrong == {}


@pytest.mark.parametrize("identity", Identity)
def test_every_answer_and_every_error_says_it_once(deploy_as: DeployAs, identity: Identity) -> None:
    deployment = deploy_as(identity)

    class Broken:
        def __init__(self, error: type[Exception]):
            self.error = error

        def __getattr__(self, _: str) -> Any:
            raise self.error

    for code in ("en", "ar"):
        language = deployment.context.languages[code]
        posts: list[tuple[str, dict[str, str], int]] = [
            ("check", form_of(ONCE), 200),
            ("check", form_of(NEVER), 200),
            ("check", form_of(ONCE, card_number="WDLNOBODY000"), 200),
            ("check", {}, 422),
            ("help", {}, 422),
            ("help", PHONE, 200),
            ("help/status", {"reference": "0"}, 422),
            ("letter", {"code": "x"}, 422),
            ("letter/file", {"answer": "x"}, 410),
            ("check", {"card_number": "x" * 5_000_000}, 413),
            ("numbers", {}, 405),
        ]
        for path, form, status in posts:
            page = deployment.client.post(f"/{code}/{path}", form)
            assert page.status == status, path
            assert banners(page.text, language) == EXPECTED[identity], (path, status)
        other = deployment.client.post(f"/{code}/check", {}, headers={"Origin": "https://evil.example"})
        assert (other.status, banners(other.text, language)) == (403, EXPECTED[identity])
        working = deployment.context
        for error, status in ((Overloaded, 503), (RuntimeError, 500)):
            deployment.change_context(register=Broken(error))
            page = deployment.client.post(f"/{code}/check", form_of(ONCE))
            assert (page.status, banners(page.text, language)) == (status, EXPECTED[identity])
        deployment.change_context(register=working.register)
    wrong = form_of(NEVER, card_number="WDLNOBODY001")
    pages = [deployment.client.post("/en/check", wrong, address="192.0.2.9") for _ in range(6)]
    assert pages[-1].status == 429
    assert banners(pages[-1].text, deployment.context.languages["en"]) == EXPECTED[identity]


def test_pages_follow_another_edition(deploy_as: DeployAs, tmp_path: Path) -> None:
    """Those that are cached within a second or two, and an answer at once."""
    deployment = deploy_as(Identity.OFFICIAL)
    context, english = deployment.context, load_languages()["en"]

    def said_by(page: Page) -> list[Identity]:
        return banners(page.text, english)

    def pages() -> set[tuple[Identity, ...]]:
        return {tuple(said_by(deployment.client.get(f"/en/{path}"))) for path in ("", "check", "privacy")}

    assert pages() == {(Identity.OFFICIAL,)}
    before = len(deployment.client.post("/en/check", form_of(ONCE)).response.data)
    publish(deployment, tmp_path, made_up=True)
    for card in (ONCE, NEVER):
        answer = deployment.client.post("/en/check", form_of(card))
        assert said_by(answer) == [Identity.DEMONSTRATION]
        assert len(answer.response.data) == before
    time.sleep(LOOK_AGAIN_SECONDS + 0.1)
    assert pages() == {(Identity.DEMONSTRATION,)}
    publisher = load_signing_key(
        context.settings.instance_dir / "publisher.key", "publisher", "PUBLISHER_KEY_FILE"
    )
    roll_back(
        engine_as(deployment.engine, DatabaseRole.REGISTER), publisher, datetime(2026, 11, 23, tzinfo=UTC)
    )
    for card in (ONCE, NEVER):
        assert said_by(deployment.client.post("/en/check", form_of(card))) == [Identity.OFFICIAL]
    time.sleep(LOOK_AGAIN_SECONDS + 0.1)
    assert pages() == {(Identity.OFFICIAL,)}


@pytest.mark.parametrize(
    ("identity", "old", "new", "expected"),
    [
        (Identity.DEMONSTRATION, b'"made_up": true', b'"made_up": false', []),
        (Identity.DEMONSTRATION, b', "made_up": true', b"", []),
        (Identity.OFFICIAL, b'"made_up": false', b'"made_up": true', [Identity.DEMONSTRATION]),
        (Identity.OFFICIAL, b', "made_up": false', b"", []),
    ],
)
def test_who_changes_the_mark_in_the_database_makes_nothing_official(
    deploy_as: DeployAs,
    deploy: DeployWith,
    identity: Identity,
    old: bytes,
    new: bytes,
    expected: list[Identity],
) -> None:
    deployment = deploy_as(identity)
    with writing(deployment.engine) as connection:
        header = connection.execute(select(EditionRow.header)).scalar_one()
        assert old in header
        connection.execute(update(EditionRow).values(header=header.replace(old, new)))
    started_later = deploy()
    page = started_later.client.get("/en/")
    assert banners(page.text, load_languages()["en"]) == expected
    answer = started_later.client.post("/en/check", form_of(ONCE))
    assert (answer.status, answer.answer) == (503, "busy")
    assert banners(answer.text, load_languages()["en"]) == expected


def test_without_an_edition_nothing_is_official(deploy: DeployWith, official: Callable[[bool], None]) -> None:
    official(True)
    client = deploy().client
    for found in (client.get("/en/"), client.post("/en/check", form_of(ONCE))):
        assert banners(found.text, load_languages()["en"]) == []


@pytest.mark.parametrize("identity", Identity)
def test_without_a_database_a_demonstration_remains_one_and_nothing_is_official(
    deploy_as: DeployAs, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise OperationalError("", {}, Exception())

    deployment = deploy_as(identity)
    english = load_languages()["en"]
    assert banners(deployment.client.get("/en/").text, english) == EXPECTED[identity]
    monkeypatch.setattr("resident_app.register.publication.reading", down)
    time.sleep(LOOK_AGAIN_SECONDS + 0.1)
    remains = [Identity.DEMONSTRATION] if identity is Identity.DEMONSTRATION else []
    pages = [deployment.client.get("/en/"), deployment.client.post("/en/check", form_of(ONCE))]
    assert [page.status for page in pages] == [200, 503]
    assert [banners(page.text, english) for page in pages] == [remains, remains]


def test_what_is_measured_for_the_length_of_answers_is_the_longest(deploy: DeployWith) -> None:
    """So publishing another edition changes no answer's length, and all processes have the same one."""
    app = deploy().app
    for language in LANGUAGES:
        lengths = {}
        for identity in Identity:
            with app.test_request_context(f"/{language.code}/check", method="POST"):
                (request.view_args or {}).pop("lang", None)
                choose_language(language)
                choose_identity(identity)
                lengths[identity] = len(page("check.html", mistakes={}).encode())
        assert max(lengths, key=lambda identity: lengths[identity]) is Identity.OFFICIAL, language.code


def test_the_page_about_us_says_the_address_the_number_and_what_we_never_ask(deploy_as: DeployAs) -> None:
    deployment = deploy_as(Identity.OFFICIAL)
    host = BASE_URL.removeprefix("https://")
    for language in LANGUAGES:
        page = deployment.client.get(f"/{language.code}/really-us")
        assert page.one("h1").text == language.text("How to know that it is really us")
        assert page.main.count(host) == 1
        assert page.main.count("360-359-4454") == 3
        assert ".gov" in page.main.replace(host, "")
        for words in (
            "We never ask about immigration status, citizenship, place of birth or social security number.",
            "We never ask for money or for a password. Our help costs nothing.",
        ):
            assert language.text(words) in page.main
    links = [link.get("href") for link in deployment.client.get("/es/help").all("a")]
    assert links.count("/es/really-us") == 2, "in the banner and at the bottom"


def test_an_address_is_not_called_a_government_s_if_it_is_not_one(deploy: DeployWith) -> None:
    page = deploy(CARDS, public_base_url="http://127.0.0.1:8000").client.get("/en/really-us")
    assert "127.0.0.1:8000" in page.main
    assert ".gov" not in page.main
    assert "https" not in page.main


HOURS = Hours.model_validate(
    {
        **dict.fromkeys(("monday", "tuesday", "thursday"), ("08:00", "17:00")),
        "wednesday": ("09:30", "17:00"),
        "saturday": ("10:00", "12:00"),
    }
)


@pytest.mark.parametrize(
    ("code", "listed", "zone"),
    [
        (
            "en",
            [
                "Monday – Tuesday: 8 AM – 5 PM",
                "Wednesday: 9:30 AM – 5:00 PM",
                "Thursday: 8 AM – 5 PM",
                "Saturday: 10 AM – 12 PM",
            ],
            "Pacific Time",
        ),
        (
            "es",
            [
                "lunes – martes: 8:00–17:00",
                "miércoles: 9:30–17:00",
                "jueves: 8:00–17:00",
                "sábado: 10:00–12:00",
            ],
            "hora del Pacífico",
        ),
        (
            "ja",
            [
                "月曜日～火曜日: 8時00分～17時00分",
                "水曜日: 9時30分～17時00分",
                "木曜日: 8時00分～17時00分",
                "土曜日: 10時00分～12時00分",
            ],
            "アメリカ太平洋時間",
        ),
    ],
)
def test_hours_are_written_as_a_language_writes_them(code: str, listed: list[str], zone: str) -> None:
    locale = load_languages()[code].locale
    found = [f"{days}: {hours}" for days, hours in office_hours(HOURS, locale)]
    assert [re.sub("[\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}]", " ", line) for line in found] == listed
    assert time_zone_name("America/Los_Angeles", locale) == zone


def test_the_office_at_the_bottom_is_that_of_the_configuration(
    deploy: DeployWith, official: Callable[..., None]
) -> None:
    assert load_configuration().office.address == (), "none is invented"
    assert deploy().client.get("/ar/").all("address") == []
    official(False, address=("Office <1>", "Olympia, WA 98507"), hours=Hours())
    page = deploy().client.get("/ar/")
    assert list(page.one("address").itertext()) == ["Office <1>", "Olympia, WA 98507"]
    assert [line.get("dir") for line in page.one("address").iter(f"{HTML}bdi")] == ["ltr", "ltr"]
    assert "توقيت المحيط الهادي" not in page.text, "no hours, no time zone"
