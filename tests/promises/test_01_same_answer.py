"""Promise 1: the same question has the same answer on the web, by phone and in the terminal."""

import csv
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from resident_app.commands import create_app
from resident_app.configuration import load_configuration
from resident_app.demonstration.made_up_cards import MadeUpCard
from tests.conftest import Deployment, DeployWith
from tests.made_up import LIGHT, form_of, keys_of
from tests.people import ICE, near_misses, people

COUNT = 1000
CODES = load_configuration().codes


@dataclass(frozen=True)
class FileFormat:
    """How a program of an office writes its tables."""

    encoding: str
    delimiter: str
    date: str
    first_line: str = ""


FORMATS = {
    "windows-1252": FileFormat("cp1252", ",", "%m/%d/%Y"),
    "utf-16-tabs": FileFormat("utf-16", "\t", "%m/%d/%Y 00:00:00"),
    "semicolons": FileFormat("utf-8-sig", ";", "%Y-%m-%d", "sep=;\r\n"),
}

YES = "Yes. DOL shared your information with ICE."
# The words by which a caller hears which answer it is.
SPOKEN = {
    "not-shared": "We found no sharing in the records we hold.",
    "no-match": "We could not match what you entered to a card.",
    "shared": "DOL shared your information with",
}


def write_files(folder: Path, cards: list[MadeUpCard], file_format: FileFormat) -> tuple[Path, Path]:
    """The two files as a Windows program writes them, with CRLF."""
    roster = [["person", "card_number", "born_on", "issued_on"]]
    disclosures = [["person", "answered_on", "agency", "office", "released", "ground", "request"]]
    for card in cards:
        dates = [day.strftime(file_format.date) for day in (card.born_on, card.issued_on)]
        roster.append([card.person, card.card_number, *dates])
        for one in card.disclosures:
            answered = one.answered_on.strftime(file_format.date)
            row = [card.person, answered, one.agency, one.office, "+".join(one.released), one.ground]
            disclosures.append([*row, one.request])
    return (
        _write(folder / "people.csv", roster, file_format),
        _write(folder / "releases.csv", disclosures, file_format),
    )


def _write(path: Path, rows: list[list[str]], file_format: FileFormat) -> Path:
    with path.open("w", encoding=file_format.encoding, newline="") as file:
        file.write(file_format.first_line)
        csv.writer(file, delimiter=file_format.delimiter).writerows(rows)
    return path


@pytest.fixture(scope="module")
def cards() -> list[MadeUpCard]:
    return people(COUNT, seed=2017)


@pytest.fixture(params=FORMATS)
def file_format(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def live(
    deploy: DeployWith,
    cards: list[MadeUpCard],
    file_format: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Deployment:
    """The cards sealed and published by the commands, as an operator would, from files of one format."""
    deployment = deploy()
    monkeypatch.setenv("INSTANCE_DIR", str(deployment.context.settings.instance_dir))
    monkeypatch.setenv("EVALUATOR_URL", deployment.context.settings.evaluator_url)
    monkeypatch.setattr("resident_app.commands.seal.load_configuration", lambda: _light(deployment))
    roster, disclosures = write_files(tmp_path, cards, FORMATS[file_format])
    sealed = tmp_path / "edition"
    flask = create_app().test_cli_runner()
    dates = ["--from", "2017-05-01", "--to", "01/10/2018"]
    files = ["--roster", str(roster), "--disclosures", str(disclosures), "--out", str(sealed)]
    done = flask.invoke(args=["register", "seal", *files, *dates])
    assert done.exit_code == 0, done.output
    done = flask.invoke(args=["register", "publish", str(sealed)])
    assert done.exit_code == 0, done.output
    return deployment


def _light(deployment: Deployment) -> object:
    """The configuration with a light Argon2, so that a thousand checks take seconds."""
    configuration = deployment.context.configuration
    limits = configuration.limits.model_copy(update={"sealing": LIGHT})
    return replace(configuration, limits=limits)


def says_yes(card: MadeUpCard) -> bool:
    """Whether the answer must say that ICE received the record."""
    return any(one.agency in ICE for one in card.disclosures)


def by_web(deployment: Deployment, card: MadeUpCard, address: str) -> tuple[str, bool]:
    """The answer of the page, and whether it says "yes".

    Other tests parse such pages: thousands of them would take a minute.
    """
    response = deployment.client.raw(
        "POST", "/en/check", data=form_of(card), headers={"X-Forwarded-For": address}
    )
    found = re.search(r'<main[^>]* data-answer="([a-z-]+)"', response.text)
    assert found is not None
    return found[1], f"<h1>{YES}</h1>" in response.text


def by_phone(deployment: Deployment, card: MadeUpCard) -> tuple[str, bool]:
    phone = deployment.ring().press("1")
    for keys in keys_of(card):
        phone.press(keys)
    return next(answer for answer, words in SPOKEN.items() if words in phone.text), YES in phone.text


def by_terminal(card: MadeUpCard) -> dict[str, object]:
    facts = {
        "card_number": card.card_number,
        "birth_date": card.born_on.isoformat(),
        "issue_date": card.issued_on.isoformat(),
    }
    arguments = ["register", "check", "--stdin", "--json"]
    done = create_app().test_cli_runner().invoke(args=arguments, input=json.dumps(facts))
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_every_card_has_its_true_answer_everywhere(
    live: Deployment, cards: list[MadeUpCard], file_format: str
) -> None:
    """Over the formats each card is asked about on the web and by phone, some at the terminal."""
    first = list(FORMATS).index(file_format)
    for number, card in enumerate(cards):
        match (number + first) % 3:
            case 0:
                assert by_web(live, card, f"203.0.{number % 250}.1") == (card.answer, says_yes(card))
            case 1:
                assert by_phone(live, card) == (card.answer, says_yes(card))
        if number % 20 == first:
            require_true(by_terminal(card), card)


def require_true(answer: dict[str, object], card: MadeUpCard) -> None:
    """What the terminal prints is the card's answer, with what was disclosed."""
    assert answer["answer"] == card.answer
    to = card.recipients(CODES)
    assert answer["recipients"] == (
        {"ice": to.ice.value, "others": [*to.others]} if card.disclosures else None
    )
    listed = answer["disclosures"]
    assert isinstance(listed, list)
    assert len(listed) + int(str(answer["more"])) == len(card.disclosures)
    for shown, true in zip(listed, card.disclosures, strict=False):
        assert shown["answered_on"] == true.answered_on.isoformat()
        assert (shown["agency"], shown["office"]) == (true.agency, true.office)


@pytest.mark.parametrize("file_format", ["windows-1252"], indirect=True)
def test_every_near_miss_is_no_match(live: Deployment, cards: list[MadeUpCard]) -> None:
    for number, card in enumerate(cards[:150]):
        for position, miss in enumerate(near_misses(card)):
            address = f"198.{18 + position}.{number}.1"
            assert by_web(live, miss, address) == ("no-match", False)
        assert by_phone(live, near_misses(card)[number % 3]) == ("no-match", False)
    assert by_terminal(near_misses(cards[-1])[1])["answer"] == "no-match"
