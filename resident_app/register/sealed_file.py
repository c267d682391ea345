"""The sealed file, which carries an edition from the trusted machine to the database.

    magic | length of the header (4 bytes) | header, JSON | label and envelope, 288 bytes each,
    sorted by label | HMAC-SHA256 of everything before, under a key derived from the register key

All envelopes have one size and labels look random. The file shows how many cards there are, and
nothing about whose they are or which were disclosed.
"""

import base64
import heapq
import hmac
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO

from resident_app.register.edition import Argon2Parameters, Edition
from resident_app.register.envelope import ENVELOPE_BYTES, LABEL_BYTES
from resident_app.register.register_key import RegisterKey

MAGIC = b"sealed-register-1\n"
ROW_BYTES = LABEL_BYTES + ENVELOPE_BYTES
ROWS_SORTED_IN_MEMORY = 100_000
"""29 MB."""

_MAC_BYTES = 32
_LONGEST_HEADER = 64 * 1024 * 1024
_BLOCK_BYTES = 1024 * 1024
_ROWS_IN_A_BLOCK = 256


class NotASealedFile(Exception):
    """The file is not a sealed edition, is truncated, or was sealed with another key."""


@dataclass(frozen=True)
class SealedFile:
    """An open sealed file whose HMAC was verified."""

    edition: Edition
    _file: BinaryIO
    _start: int

    def envelopes(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield every label (16 bytes) and envelope (272 bytes), sorted by label."""
        self._file.seek(self._start)
        for _ in range(self.edition.envelopes):
            row = self._file.read(ROW_BYTES)
            yield row[:LABEL_BYTES], row[LABEL_BYTES:]


def write_sealed_file(
    path: Path,
    edition: Edition,
    rows: Iterable[bytes],
    key: RegisterKey,
    sorted_in_memory: int = ROWS_SORTED_IN_MEMORY,
) -> None:
    """Write `rows` (288 bytes each, in any order) to `path`, which appears complete or not at all.

    They are sorted by label, `sorted_in_memory` at a time, so that a row's position shows nothing
    about the roster's order. Raises ValueError if two rows have the same label, or if there are not
    as many as the edition says.
    """
    with ExitStack() as stack:
        runs: list[Iterator[bytes]] = []
        for run in _sorted_runs(rows, sorted_in_memory):
            if len(run) < sorted_in_memory:
                runs.append(iter(run))
                break
            # In the output's folder, which has room for it; unnamed, so that it cannot be left behind.
            file = stack.enter_context(TemporaryFile(dir=path.parent))
            file.writelines(run)
            runs.append(_read_run(file))
        _write_sorted(path, edition, heapq.merge(*runs), key)


def _sorted_runs(rows: Iterable[bytes], length: int) -> Iterator[list[bytes]]:
    remaining = iter(rows)
    while run := sorted(islice(remaining, length)):
        yield run


def _read_run(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while block := file.read(ROW_BYTES * _ROWS_IN_A_BLOCK):
        yield from (block[at : at + ROW_BYTES] for at in range(0, len(block), ROW_BYTES))


def _write_sorted(path: Path, edition: Edition, rows: Iterable[bytes], key: RegisterKey) -> None:
    header = _header(edition)
    mac = hmac.new(_mac_key(key), digestmod=sha256)
    unfinished = path.with_name(path.name + ".unfinished")
    last, count = b"", 0
    with unfinished.open("wb") as file:
        for part in (MAGIC, len(header).to_bytes(4, "big"), header):
            file.write(part)
            mac.update(part)
        for row in rows:
            if row[:LABEL_BYTES] <= last:
                raise ValueError("two rows have the same label")
            last, count = row[:LABEL_BYTES], count + 1
            file.write(row)
            mac.update(row)
        if count != edition.envelopes:
            raise ValueError(f"{count} envelopes where the edition says {edition.envelopes}")
        file.write(mac.digest())
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


@contextmanager
def read_sealed_file(path: Path, key: RegisterKey) -> Iterator[SealedFile]:
    """Verify a sealed file's length and HMAC, then open it. Raises NotASealedFile, OSError."""
    with path.open("rb") as file:
        edition, start = _read_header(file)
        end = start + edition.envelopes * ROW_BYTES
        if os.fstat(file.fileno()).st_size != end + _MAC_BYTES:
            raise NotASealedFile("the file is truncated or has data after its end")
        _check_mac(file, end, key)
        yield SealedFile(edition, file, start)


def _header(edition: Edition) -> bytes:
    return json.dumps(
        {
            "id": edition.id.hex(),
            "period_from": edition.period_from.isoformat(),
            "period_to": edition.period_to.isoformat(),
            "systems": edition.systems,
            "argon2": {"memory_kib": edition.argon2.memory_kib, "passes": edition.argon2.passes},
            "envelopes": edition.envelopes,
            "sealed_on": edition.sealed_on.isoformat(),
            "dictionary": base64.b64encode(edition.dictionary).decode(),
        }
    ).encode()


def _read_header(file: BinaryIO) -> tuple[Edition, int]:
    if file.read(len(MAGIC)) != MAGIC:
        raise NotASealedFile("this is not a sealed register")
    length = int.from_bytes(file.read(4), "big")
    if length > _LONGEST_HEADER:
        raise NotASealedFile("the header cannot be read")
    try:
        header = json.loads(file.read(length))
        edition = Edition(
            id=bytes.fromhex(header["id"]),
            period_from=date.fromisoformat(header["period_from"]),
            period_to=date.fromisoformat(header["period_to"]),
            systems=tuple(header["systems"]),
            argon2=Argon2Parameters(**header["argon2"]),
            envelopes=int(header["envelopes"]),
            sealed_on=date.fromisoformat(header["sealed_on"]),
            dictionary=base64.b64decode(header["dictionary"]),
        )
    except (ValueError, KeyError, TypeError):
        raise NotASealedFile("the header cannot be read") from None
    return edition, file.tell()


def _check_mac(file: BinaryIO, end: int, key: RegisterKey) -> None:
    mac = hmac.new(_mac_key(key), digestmod=sha256)
    file.seek(0)
    left = end
    while left:
        block = file.read(min(_BLOCK_BYTES, left))
        if not block:
            raise NotASealedFile("the file is truncated")
        mac.update(block)
        left -= len(block)
    if not hmac.compare_digest(mac.digest(), file.read(_MAC_BYTES)):
        raise NotASealedFile("it was altered, or sealed with another register key")


def _mac_key(key: RegisterKey) -> bytes:
    return key.derived("sealed file")
