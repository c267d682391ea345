"""A damaged, foreign or older edition answers nothing: checks are busy, and an event says why."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from resident_app.database import writing
from resident_app.register.blind_evaluation import BlindEvaluator
from resident_app.register.check import AnswerKind, Register
from resident_app.register.edition_guard import EditionGuard
from resident_app.register.edition_tables import EditionRow, EnvelopeRow, PublicationRow
from resident_app.register.facts import Facts, fold
from resident_app.register.publication import publish, roll_back
from resident_app.register.register_key import RegisterKey, RegisterKeys
from resident_app.register.signatures import SigningKey, load_signing_key, make_signing_key
from resident_app.security.request_source import from_address
from tests.conftest import Deployment
from tests.evaluator import ThreadedEvaluator
from tests.made_up import CARDS, NEVER, NINE, ONCE, Card, seal_and_publish
from tests.register.evaluator_process import wait_until

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TRUE = {ONCE: AnswerKind.SHARED, NEVER: AnswerKind.NOT_SHARED, NINE: AnswerKind.SHARED}


def publisher_of(deployment: Deployment) -> SigningKey:
    path = deployment.context.settings.instance_dir / "publisher.key"
    return load_signing_key(path, "publisher", "PUBLISHER_KEY_FILE")


def new_process(
    deployment: Deployment, verify_again_seconds: float = 3600, verified_at_once: int = 1000
) -> Register:
    """The register as another process opens it."""
    context = deployment.context
    guard = EditionGuard(
        context.engine, context.verify_keys, context.evaluator, verify_again_seconds, verified_at_once
    )
    return Register(
        context.engine,
        guard,
        BlindEvaluator(context.evaluator, context.keys),
        context.keys.dictionary,
        context.capacity,
        context.configuration.limits.capacity,
    )


def answers(register: Register) -> dict[Card, AnswerKind]:
    return {
        card: register.check_record(Facts(fold(card.card_number), card.born_on, card.issued_on), None).kind
        for card in CARDS
    }


def all_busy(register: Register) -> bool:
    return set(answers(register).values()) == {AnswerKind.BUSY}


def change_a_row(deployment: Deployment) -> None:
    with writing(deployment.engine) as connection:
        label, sealed = connection.execute(select(EnvelopeRow.label, EnvelopeRow.sealed).limit(1)).one()
        altered = bytes([sealed[0] ^ 1]) + sealed[1:]
        connection.execute(update(EnvelopeRow).where(EnvelopeRow.label == label).values(sealed=altered))


def delete_a_row(deployment: Deployment) -> None:
    with writing(deployment.engine) as connection:
        label = connection.execute(select(EnvelopeRow.label).limit(1)).scalar_one()
        connection.execute(delete(EnvelopeRow).where(EnvelopeRow.label == label))


def add_a_row(deployment: Deployment) -> None:
    with writing(deployment.engine) as connection:
        number = connection.execute(select(EnvelopeRow.edition).limit(1)).scalar_one()
        connection.execute(insert(EnvelopeRow).values(edition=number, label=bytes(16), sealed=bytes(272)))


def swap_two_rows(deployment: Deployment) -> None:
    with writing(deployment.engine) as connection:
        (one, its), (other, others) = connection.execute(
            select(EnvelopeRow.label, EnvelopeRow.sealed).limit(2)
        ).all()
        for label, sealed in ((one, others), (other, its)):
            connection.execute(update(EnvelopeRow).where(EnvelopeRow.label == label).values(sealed=sealed))


def change_the_header(deployment: Deployment) -> None:
    with writing(deployment.engine) as connection:
        header = connection.execute(select(EditionRow.header)).scalar_one()
        connection.execute(update(EditionRow).values(header=header.replace(b'"2018-', b'"2019-', 1)))


def sign_with_another_key(deployment: Deployment) -> None:
    with writing(deployment.engine) as connection:
        foreign = make_signing_key("edition-signing").sign(b"something")
        connection.execute(update(EditionRow).values(signature=foreign))


@pytest.mark.parametrize(
    "tamper",
    [
        change_a_row,
        delete_a_row,
        add_a_row,
        swap_two_rows,
        change_the_header,
        sign_with_another_key,
    ],
)
def test_a_tampered_edition_is_busy_in_a_new_process(
    deployment: Deployment, events: list[str], tamper: Callable[[Deployment], None]
) -> None:
    assert answers(new_process(deployment)) == TRUE
    tamper(deployment)
    assert all_busy(new_process(deployment))
    assert set(events) == {"edition-damaged"}


def test_a_large_edition_is_verified_in_the_background_while_the_one_before_answers(
    deployment: Deployment, tmp_path: Path
) -> None:
    register = new_process(deployment, verified_at_once=0)
    assert answers(register).keys() == TRUE.keys()
    wait_until(lambda: answers(register) == TRUE, 10)
    seal_and_publish(deployment.context, CARDS[:1], tmp_path)
    seen: set[AnswerKind] = set()

    def is_switched() -> bool:
        seen.update(answers(register).values())
        return answers(register)[NINE] is AnswerKind.NO_MATCH

    wait_until(is_switched, 10)
    assert AnswerKind.BUSY not in seen


@pytest.mark.parametrize("tamper", [change_a_row, delete_a_row])
def test_a_running_process_finds_the_damage_in_the_background(
    deployment: Deployment, events: list[str], tamper: Callable[[Deployment], None]
) -> None:
    register = new_process(deployment, verify_again_seconds=0.05, verified_at_once=0)
    wait_until(lambda: answers(register) == TRUE, 10)
    tamper(deployment)
    wait_until(lambda: all_busy(register), 10)
    assert "edition-damaged" in events


def test_after_a_quiet_hour_a_small_edition_is_verified_before_the_next_answer(
    deployment: Deployment, events: list[str]
) -> None:
    register = new_process(deployment, verify_again_seconds=0.05)
    assert answers(register) == TRUE
    delete_a_row(deployment)
    time.sleep(0.1)
    assert all_busy(register)
    assert set(events) == {"edition-damaged"}


def test_an_altered_envelope_is_busy_at_once(deployment: Deployment, events: list[str]) -> None:
    register = new_process(deployment)
    assert answers(register) == TRUE
    swap_two_rows(deployment)
    found = answers(register)
    assert list(found.values()).count(AnswerKind.BUSY) == 2
    assert all(kind in (AnswerKind.BUSY, TRUE[card]) for card, kind in found.items())
    assert set(events) == {"edition-damaged"}


@pytest.mark.parametrize("tamper", [change_a_row, delete_a_row, add_a_row, swap_two_rows, change_the_header])
def test_publishing_the_file_again_restores_a_tampered_edition(
    deployment: Deployment, tmp_path: Path, tamper: Callable[[Deployment], None]
) -> None:
    tamper(deployment)
    verify, publisher = deployment.context.verify_keys, publisher_of(deployment)
    for _ in publish(deployment.engine, tmp_path / "sealed", verify, publisher, None, NOW):
        pass
    assert answers(new_process(deployment)) == TRUE


def test_a_pointer_that_the_publisher_did_not_sign_is_busy(
    deployment: Deployment, tmp_path: Path, events: list[str]
) -> None:
    register = new_process(deployment)
    assert answers(register) == TRUE
    roll_forward_with_another_key(deployment, tmp_path)
    assert all_busy(register)
    assert all_busy(new_process(deployment))
    assert set(events) == {"pointer-signature"}


def roll_forward_with_another_key(deployment: Deployment, folder: Path) -> None:
    seal_and_publish(deployment.context, CARDS[:1], folder)
    roll_back(deployment.engine, make_signing_key("publisher"), NOW)


def test_a_verified_pointer_cannot_be_turned_to_another_edition(
    deployment: Deployment, tmp_path: Path, events: list[str]
) -> None:
    """The sequence and the signature stay; only the edition changes."""
    seal_and_publish(deployment.context, CARDS[:1], tmp_path)
    register = new_process(deployment)
    assert answers(register)[NINE] is AnswerKind.NO_MATCH
    with writing(deployment.engine) as connection:
        connection.execute(update(PublicationRow).where(PublicationRow.sequence == 2).values(edition=1))
    assert all_busy(register)
    assert set(events) == {"pointer-signature"}


def test_an_older_edition_in_the_row_of_a_newer_one_is_busy(
    deployment: Deployment, tmp_path: Path, events: list[str]
) -> None:
    """Whole and signed, but not the one that the publisher's pointer names."""
    seal_and_publish(deployment.context, CARDS[:1], tmp_path)
    with writing(deployment.engine) as connection:
        older = connection.execute(
            select(EditionRow.header, EditionRow.signature).where(EditionRow.number == 1)
        ).one()
        connection.execute(
            update(EditionRow)
            .where(EditionRow.number == 2)
            .values(header=older.header, signature=older.signature)
        )
        connection.execute(delete(EnvelopeRow).where(EnvelopeRow.edition == 2))
        connection.execute(update(EnvelopeRow).values(edition=2))
    assert all_busy(new_process(deployment))
    assert set(events) == {"pointer-signature"}


def test_a_replayed_lower_sequence_is_busy(deployment: Deployment, tmp_path: Path, events: list[str]) -> None:
    seal_and_publish(deployment.context, CARDS[:1], tmp_path)
    register = new_process(deployment)
    assert answers(register)[NINE] is AnswerKind.NO_MATCH
    with writing(deployment.engine) as connection:
        connection.execute(delete(PublicationRow).where(PublicationRow.sequence == 2))
    assert all_busy(register)
    assert set(events) == {"pointer-sequence"}


def test_a_restart_with_another_key_is_busy_and_never_no_match(
    deployment: Deployment, evaluator: ThreadedEvaluator, events: list[str]
) -> None:
    register, right = new_process(deployment), evaluator.keys
    assert answers(register) == TRUE
    evaluator.stop()
    evaluator.keys = RegisterKeys((RegisterKey(bytes(32)),))
    evaluator.start()
    assert all_busy(register)
    assert all_busy(new_process(deployment))
    assert set(events) == {"evaluator-key"}
    evaluator.stop()
    evaluator.keys = RegisterKeys((RegisterKey(bytes(32)), *right.keys))
    evaluator.start()
    time.sleep(1)
    assert answers(register) == TRUE, "the older key is the second in the file"


def test_a_key_that_takes_the_editions_id_fails_the_probe(
    deployment: Deployment, evaluator: ThreadedEvaluator, events: list[str]
) -> None:
    """A faulty evaluator that names the right key and holds another."""
    right = evaluator.keys.newest

    class Pretending(RegisterKey):
        id = right.id  # type: ignore[assignment]

    evaluator.stop()
    evaluator.keys = RegisterKeys((Pretending(bytes(32)),))
    evaluator.start()
    assert all_busy(new_process(deployment))
    assert set(events) == {"evaluator-key"}


def test_without_the_evaluator_checks_are_busy_and_pages_work(
    deployment: Deployment, evaluator: ThreadedEvaluator, events: list[str]
) -> None:
    register = new_process(deployment)
    assert answers(register) == TRUE
    evaluator.stop()
    assert all_busy(register)
    assert set(events) == {"evaluator-down"}
    assert deployment.client.raw("GET", "/readyz").status_code == 200
    assert deployment.client.raw("GET", "/readyz/checks").status_code == 503
    evaluator.start()
    assert answers(register) == TRUE


def test_a_check_writes_nothing_to_a_disk(deployment: Deployment) -> None:
    """Neither to the database and its log, nor to any other file of the instance; wrong or right."""
    register = new_process(deployment)
    assert answers(register) == TRUE
    before = files_of(deployment)
    wrong = Facts(fold(ONCE.card_number), ONCE.born_on, NEVER.issued_on)
    assert register.check_record(wrong, from_address("192.0.2.7")).kind is AnswerKind.NO_MATCH
    assert answers(register) == TRUE
    assert files_of(deployment) == before


def files_of(deployment: Deployment) -> dict[Path, bytes]:
    """Every file of the instance with its contents; SQLite's -shm holds locks of readers."""
    folder = deployment.context.settings.instance_dir
    return {
        path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".db-shm"
    }
