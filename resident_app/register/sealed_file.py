"""The sealed file, which carries an edition from the trusted machine to the database.

    magic | length of the header (4 bytes) | header, JSON | label and envelope, 288 bytes each,
    sorted by label | Ed25519 signature over the SHA-512 of everything before

All envelopes have one size and labels look random. The file shows how many cards there are, and
nothing about whose they are or which were disclosed.
"""

import base64
import heapq
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha512
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, BinaryIO

from resident_app.register.edition import Argon2Parameters, Edition
from resident_app.register.envelope import ENVELOPE_BYTES, LABEL_BYTES
from resident_app.register.signatures import SIGNATURE_BYTES, BadSignature, SigningKey, VerifyKeys

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

MAGIC = b"sealed-register-2\n"
ROW_BYTES = LABEL_BYTES + ENVELOPE_BYTES
ROWS_SORTED_IN_MEMORY = 100_000
"""29 MB."""

_LONGEST_HEADER = 64 * 1024 * 1024
_BLOCK_BYTES = 1024 * 1024
_ROWS_IN_A_BLOCK = 256


class NotASealedFile(Exception):
    """The file is not a sealed edition, is truncated, or its signature is not ours."""


@dataclass(frozen=True)
class SealedFile:
    """An open sealed file whose signature was verified. `header` is JSON, as it was signed."""

    edition: Edition
    header: bytes
    signature: bytes
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
    key: SigningKey,
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


def _write_sorted(path: Path, edition: Edition, rows: Iterable[bytes], key: SigningKey) -> None:
    header = write_header(edition)
    digest = edition_digest(header)
    unfinished = path.with_name(path.name + ".unfinished")
    last, count = b"", 0
    with unfinished.open("wb") as file:
        file.write(_preamble(header))
        for row in rows:
            if row[:LABEL_BYTES] <= last:
                raise ValueError("two rows have the same label")
            last, count = row[:LABEL_BYTES], count + 1
            file.write(row)
            digest.update(row)
        if count != edition.envelopes:
            raise ValueError(f"{count} envelopes where the edition says {edition.envelopes}")
        file.write(key.sign(digest.digest()))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


@contextmanager
def read_sealed_file(path: Path, keys: VerifyKeys) -> Iterator[SealedFile]:
    """Verify a sealed file's length and signature, then open it. Raises NotASealedFile, OSError."""
    with path.open("rb") as file:
        header, start = _read_preamble(file)
        edition = read_header(header)
        end = start + edition.envelopes * ROW_BYTES
        if os.fstat(file.fileno()).st_size != end + SIGNATURE_BYTES:
            raise NotASealedFile("the file is truncated or has data after its end")
        signature = _check_signature(file, end, keys)
        yield SealedFile(edition, header, signature, file, start)


def edition_digest(header: bytes) -> "Hash":
    """Return the SHA-512 that an edition's signature covers, after its header: the sorted rows follow."""
    return sha512(_preamble(header))


def write_header(edition: Edition) -> bytes:
    """Return the metadata of an edition as JSON."""
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
            "key_id": edition.key_id,
            "probe": base64.b64encode(edition.probe).decode(),
            "made_up": edition.made_up,
        }
    ).encode()


def read_header(header: bytes) -> Edition:
    """Return the edition that a header describes. Raises NotASealedFile."""
    try:
        found = json.loads(header)
        return Edition(
            id=bytes.fromhex(found["id"]),
            period_from=date.fromisoformat(found["period_from"]),
            period_to=date.fromisoformat(found["period_to"]),
            systems=tuple(found["systems"]),
            argon2=Argon2Parameters(**found["argon2"]),
            envelopes=int(found["envelopes"]),
            sealed_on=date.fromisoformat(found["sealed_on"]),
            dictionary=base64.b64decode(found["dictionary"]),
            key_id=str(found["key_id"]),
            probe=base64.b64decode(found["probe"]),
            made_up=_read_mark(found),
        )
    except (ValueError, KeyError, TypeError):
        raise NotASealedFile("the header cannot be read") from None


def _read_mark(header: dict[str, object]) -> bool:
    """Return whether the header is marked as made-up. Editions sealed before there was a mark are not."""
    mark = header.get("made_up", False)
    if not isinstance(mark, bool):
        raise ValueError
    return mark


def _preamble(header: bytes) -> bytes:
    return MAGIC + len(header).to_bytes(4, "big") + header


def _read_preamble(file: BinaryIO) -> tuple[bytes, int]:
    """Return the header, and where the rows begin."""
    if file.read(len(MAGIC)) != MAGIC:
        raise NotASealedFile("this is not a sealed register")
    length = int.from_bytes(file.read(4), "big")
    if length > _LONGEST_HEADER:
        raise NotASealedFile("the header cannot be read")
    return file.read(length), file.tell()


def _check_signature(file: BinaryIO, end: int, keys: VerifyKeys) -> bytes:
    digest = sha512()
    file.seek(0)
    left = end
    while left:
        block = file.read(min(_BLOCK_BYTES, left))
        if not block:
            raise NotASealedFile("the file is truncated")
        digest.update(block)
        left -= len(block)
    signature = file.read(SIGNATURE_BYTES)
    try:
        keys.verify("edition-signing", signature, digest.digest())
    except BadSignature:
        raise NotASealedFile("it was altered, or signed with another key") from None
    return signature
