"""Promise 1: the same question has the same answer on the web, by phone and in the terminal."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from resident_app.commands import create_app
from resident_app.demonstration.made_up_cards import MadeUpCard
from tests.conftest import Deployment, DeployWith
from tests.made_up import LIGHT, form_of, keys_of
from tests.people import near_misses, people

COUNT = 500

# The words by which a caller hears which answer it is.
SPOKEN = {
    "shared": "Yes. Our records show",
    "not-shared": "The records we hold do not show",
    "no-match": "We could not match these details to a card",
}


def write_windows_files(folder: Path, cards: list[MadeUpCard]) -> tuple[Path, Path]:
    """The two files as an old Windows program writes them: its own encoding, US dates, CRLF."""
    roster, disclosures = folder / "people.csv", folder / "releases.csv"
    with roster.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["person", "card_number", "born_on", "issued_on"])
        for card in cards:
            writer.writerow(
                [card.person, card.card_number, f"{card.born_on:%m/%d/%Y}", f"{card.issued_on:%m/%d/%Y}"]
            )
    with disclosures.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["person", "answered_on", "agency", "office", "released", "ground", "request"])
        for card in cards:
            for release in card.disclosures:
                writer.writerow(
                    [
                        card.person,
                        f"{release.answered_on:%m/%d/%Y}",
                        release.agency,
                        release.office,
                        "+".join(release.released),
                        release.ground,
                        release.request,
                    ]
                )
    return roster, disclosures


@pytest.fixture
def cards() -> list[MadeUpCard]:
    return people(COUNT, seed=2017)


@pytest.fixture
def live(
    deploy: DeployWith, cards: list[MadeUpCard], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Deployment:
    """The cards sealed and published by the commands, as an operator would."""
    deployment = deploy()
    monkeypatch.setenv("INSTANCE_DIR", str(deployment.context.settings.instance_dir))
    monkeypatch.setenv("EVALUATOR_URL", deployment.context.settings.evaluator_url)
    monkeypatch.setattr("resident_app.commands.seal.load_configuration", lambda: _light(deployment))
    roster, disclosures = write_windows_files(tmp_path, cards)
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
    from dataclasses import replace

    configuration = deployment.context.configuration
    limits = configuration.limits.model_copy(update={"sealing": LIGHT})
    return replace(configuration, limits=limits)


def by_web(deployment: Deployment, card: MadeUpCard, address: str) -> str | None:
    return deployment.client.post("/en/check", form_of(card), address=address).answer


def by_phone(deployment: Deployment, card: MadeUpCard) -> str:
    phone = deployment.ring().press("1")
    for keys in keys_of(card):
        phone.press(keys)
    return next(answer for answer, words in SPOKEN.items() if words in phone.text)


def by_terminal(card: MadeUpCard) -> dict[str, object]:
    facts = {
        "card_number": card.card_number,
        "birth_date": card.born_on.isoformat(),
        "issue_date": card.issued_on.isoformat(),
    }
    command = create_app().cli.commands["register"]
    done = CliRunner().invoke(command, ["check", "--stdin", "--json"], input=json.dumps(facts))
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_every_card_has_its_true_answer_everywhere(live: Deployment, cards: list[MadeUpCard]) -> None:
    for number, card in enumerate(cards):
        address = f"203.0.{number % 250}.1"
        assert by_web(live, card, address) == card.answer
        assert by_phone(live, card) == card.answer
    for card in cards[:40]:
        answer = by_terminal(card)
        assert answer["answer"] == card.answer
        listed = answer["disclosures"]
        assert isinstance(listed, list)
        assert len(listed) + int(str(answer["more"])) == len(card.disclosures)
        for shown, true in zip(listed, card.disclosures, strict=False):
            assert shown["answered_on"] == true.answered_on.isoformat()
            assert (shown["agency"], shown["office"]) == (true.agency, true.office)


def test_every_near_miss_is_no_match(live: Deployment, cards: list[MadeUpCard]) -> None:
    for number, card in enumerate(cards[:150]):
        for position, miss in enumerate(near_misses(card)):
            address = f"198.{18 + position}.{number}.1"
            assert by_web(live, miss, address) == "no-match"
        assert by_phone(live, near_misses(card)[number % 3]) == "no-match"
    assert by_terminal(near_misses(cards[-1])[1])["answer"] == "no-match"
