"""Promise 4: who was disclosed cannot be read from what is stored."""

from dataclasses import fields
from pathlib import Path

from sqlalchemy import select

from resident_app.database import reading
from resident_app.register.edition_tables import EditionRow, EnvelopeRow
from resident_app.register.envelope import ENVELOPE_BYTES, LABEL_BYTES
from resident_app.register.publication import live_edition
from resident_app.settings import PublicSettings
from tests.conftest import DeployWith
from tests.made_up import CARDS, ONCE, form_of
from tests.people import people


def test_every_card_has_an_envelope_of_one_size_whether_disclosed_or_not(deploy: DeployWith) -> None:
    cards = people(50, seed=9)
    deployment = deploy(cards)
    with reading(deployment.engine) as connection:
        rows = connection.execute(select(EnvelopeRow.label, EnvelopeRow.sealed)).all()
    assert len(rows) == len(cards)
    assert {(len(row.label), len(row.sealed)) for row in rows} == {(LABEL_BYTES, ENVELOPE_BYTES)}


def test_no_fact_and_no_disclosure_is_in_the_database_files(deploy: DeployWith, tmp_path: Path) -> None:
    cards = people(50, seed=9)
    deployment = deploy(cards)
    deployment.engine.dispose()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "instance").glob("resident.db*"))
    for card in cards:
        marks = [card.card_number, card.person]
        for release in card.disclosures:
            marks += [release.request, release.office]
        for mark in marks:
            assert not mark or len(mark) < 5 or mark.encode() not in stored


def test_the_edition_does_not_count_disclosures(deploy: DeployWith) -> None:
    disclosed = deploy(people(30, seed=9))
    with reading(disclosed.engine) as connection:
        row = connection.execute(select(EditionRow.__table__)).one()
    assert set(row._mapping) == {"number", "id", "header", "signature", "loaded"}
    live = live_edition(disclosed.engine, disclosed.context.verify_keys)
    assert {field.name for field in fields(live.edition)} == {
        "id",
        "made_up",
        "period_from",
        "period_to",
        "systems",
        "argon2",
        "envelopes",
        "sealed_on",
        "dictionary",
        "key_id",
        "probe",
    }
    assert len(live.edition.dictionary) % 1024 == 16, "the dictionary fills whole blocks"


def test_the_public_process_holds_no_register_key() -> None:
    """An attacker who seizes a web server can test guesses only at the evaluator, under its budgets."""
    assert not [name for name in PublicSettings.model_fields if "register" in name]
    signing = {name for name in PublicSettings.model_fields if "signing" in name or "publisher" in name}
    assert signing == {"signalwire_signing_keys"}, "it verifies what a carrier sends"


def test_a_public_process_that_answers_never_reads_the_register_key(deploy: DeployWith) -> None:
    deployment = deploy(CARDS)
    (deployment.context.settings.instance_dir / "register.key").unlink()
    assert deploy().client.post("/en/check", form_of(ONCE)).answer == "shared"
