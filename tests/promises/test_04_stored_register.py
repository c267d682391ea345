"""Promise 4: who was disclosed cannot be read from what is stored."""

from pathlib import Path

from sqlalchemy import select

from resident_app.database import reading
from resident_app.register.edition_tables import EditionRow, EnvelopeRow
from resident_app.register.envelope import ENVELOPE_BYTES, LABEL_BYTES
from tests.conftest import DeployWith
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
    assert set(row._mapping) == {
        "number",
        "id",
        "period_from",
        "period_to",
        "systems",
        "argon2_memory_kib",
        "argon2_passes",
        "envelopes",
        "sealed_on",
        "dictionary",
        "loaded",
    }
    assert len(row.dictionary) % 1024 == 16, "the dictionary fills whole blocks"
