"""Editions: published and rolled back whole, while checks go on."""

import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from resident_app.database_roles import DatabaseRole
from resident_app.demonstration.made_up_cards import MadeUpCard
from resident_app.register.check import AnswerKind
from resident_app.register.facts import Facts, fold
from resident_app.register.publication import (
    KeyMissing,
    NothingEarlier,
    NothingPublished,
    count_envelopes,
    live_edition,
    publish,
    roll_back,
)
from resident_app.register.sealed_file import NotASealedFile, read_sealed_file
from resident_app.register.signatures import SigningKey, VerifyKeys, load_signing_key, make_signing_key
from tests.conftest import Deployment, DeployWith
from tests.made_up import seal_and_publish
from tests.people import people
from tests.roles import engine_as

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def edition_of(deployment: Deployment, folder: Path, name: str, cards: list[MadeUpCard]) -> Path:
    """A sealed file of `cards`, published once."""
    seal_and_publish(deployment.context, cards, folder, publishing(deployment))
    return (folder / "sealed").rename(folder / name)


def publishing(deployment: Deployment) -> Engine:
    """An engine that may publish."""
    return engine_as(deployment.engine, DatabaseRole.REGISTER)


def keys_of(deployment: Deployment) -> tuple[VerifyKeys, SigningKey]:
    """The public halves, and the publisher's key."""
    path = deployment.context.settings.instance_dir / "publisher.key"
    return deployment.context.verify_keys, load_signing_key(path, "publisher", "PUBLISHER_KEY_FILE")


def facts_of(card: MadeUpCard) -> Facts:
    return Facts(fold(card.card_number), card.born_on, card.issued_on)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_publish_and_roll_back(
    database: str, deploy: DeployWith, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgresql") if database == "postgresql" else ""
    deployment = deploy(database_url=url)
    verify, publisher = keys_of(deployment)
    with pytest.raises(NothingPublished):
        live_edition(deployment.engine, verify)
    assert deployment.client.raw("GET", "/readyz/checks").status_code == 503
    cards = people(2500 if database == "sqlite" else 300, seed=21)
    first = edition_of(deployment, tmp_path, "first", cards[:100])
    second = edition_of(deployment, tmp_path, "second", cards)
    engine, register = deployment.engine, deployment.context.register
    assert deployment.client.raw("GET", "/readyz/checks").status_code == 200
    assert count_envelopes(engine, live_edition(engine, verify)) == len(cards)
    assert register.check_record(facts_of(cards[-1]), None).kind.value == cards[-1].answer
    roll_back(publishing(deployment), publisher, NOW)
    assert register.check_record(facts_of(cards[-1]), None).kind is AnswerKind.NO_MATCH
    assert register.check_record(facts_of(cards[5]), None).kind.value == cards[5].answer
    with pytest.raises(NothingEarlier):
        roll_back(publishing(deployment), publisher, NOW)
    for _ in range(2):
        for _ in publish(publishing(deployment), second, verify, publisher, None, NOW):
            pass
    assert register.check_record(facts_of(cards[-1]), None).kind.value == cards[-1].answer
    roll_back(publishing(deployment), publisher, NOW)
    assert register.check_record(facts_of(cards[-1]), None).kind is AnswerKind.NO_MATCH, (
        "published twice, taken back once"
    )
    assert first.exists()


def test_checks_are_right_at_every_moment_of_a_switch(deployment: Deployment, tmp_path: Path) -> None:
    """Both editions know this card, but only the second says that it was shared."""
    plain = MadeUpCard("p", "WDLSWITCH001", date(1980, 1, 1), date(2019, 1, 1), ())
    shared = next(
        MadeUpCard("p", "WDLSWITCH001", date(1980, 1, 1), date(2019, 1, 1), card.disclosures)
        for card in people(50, seed=5)
        if card.disclosures
    )
    others = people(3000, seed=6)
    edition_of(deployment, tmp_path, "one", [plain])
    two = edition_of(deployment, tmp_path, "two", [shared, *others])
    verify, publisher = keys_of(deployment)
    roll_back(deployment.engine, publisher, NOW)
    register, seen, stop = deployment.context.register, set(), threading.Event()

    def ask() -> None:
        while not stop.is_set():
            seen.add(register.check_record(facts_of(plain), None).kind)

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    for _ in range(5):
        for _ in publish(deployment.engine, two, verify, publisher, None, NOW):
            pass
        time.sleep(0.1)
        roll_back(deployment.engine, publisher, NOW)
        time.sleep(0.1)
    stop.set()
    for thread in asking:
        thread.join()
    assert seen == {AnswerKind.SHARED, AnswerKind.NOT_SHARED}


def test_an_interrupted_load_goes_on_and_is_not_live_before_it_is_whole(
    deployment: Deployment, tmp_path: Path, deploy: DeployWith
) -> None:
    cards = people(2500, seed=22)
    verify, publisher = keys_of(deployment)
    before = live_edition(deployment.engine, verify).edition.id
    other = deploy(database_url=f"sqlite:///{tmp_path / 'other.db'}")
    path = edition_of(other, tmp_path, "large", cards)
    loading = publish(deployment.engine, path, verify, publisher, None, NOW)
    next(loading)
    loading.close()
    assert live_edition(deployment.engine, verify).edition.id == before
    for _ in publish(deployment.engine, path, verify, publisher, None, NOW):
        pass
    live = live_edition(deployment.engine, verify)
    assert count_envelopes(deployment.engine, live) == live.edition.envelopes == len(cards)


def test_an_altered_cut_or_foreign_file_is_refused(deployment: Deployment, tmp_path: Path) -> None:
    sealed = tmp_path / "sealed"
    verify, _ = keys_of(deployment)
    whole = sealed.read_bytes()
    altered = whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:]
    for contents in (b"", b"not sealed", whole[:-1], whole + b"x", whole[: len(whole) // 2], altered):
        sealed.write_bytes(contents)
        with pytest.raises(NotASealedFile), read_sealed_file(sealed, verify):
            pass
    sealed.write_bytes(whole)
    foreign = ("edition-signing", make_signing_key("edition-signing").key.public_key())
    with (
        pytest.raises(NotASealedFile, match="another key"),
        read_sealed_file(sealed, VerifyKeys((foreign,))),
    ):
        pass


def test_an_edition_is_refused_until_the_evaluator_holds_its_key(
    deployment: Deployment, tmp_path: Path
) -> None:
    verify, publisher = keys_of(deployment)
    before = live_edition(deployment.engine, verify)
    sealed = tmp_path / "sealed"
    with pytest.raises(KeyMissing):
        next(publish(deployment.engine, sealed, verify, publisher, ("0123456789abcdef",), NOW))
    assert live_edition(deployment.engine, verify).sequence == before.sequence
    held = ("0123456789abcdef", before.edition.key_id)
    for _ in publish(deployment.engine, sealed, verify, publisher, held, NOW):
        pass
