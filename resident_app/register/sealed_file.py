"""The sealed file: an edition on its way from the trusted machine to the database.

    magic | length of the header (4 bytes) | header, JSON | label and envelope, 288 bytes each,
    sorted by label | HMAC-SHA256 of all before, under a key derived from the register key

All envelopes have one size and labels look random: the file says how many cards there
are, and nothing about whose they are or which were disclosed.
"""

import base64
import hmac
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from resident_app.register.edition import Argon2Parameters, Edition
from resident_app.register.envelope import ENVELOPE_BYTES, LABEL_BYTES
from resident_app.register.register_key import RegisterKey

MAGIC = b"sealed-register-1\n"
ROW_BYTES = LABEL_BYTES + ENVELOPE_BYTES

_MAC_BYTES = 32
_LONGEST_HEADER = 64 * 1024 * 1024
_PIECE = 1024 * 1024


class NotASealedFile(Exception):
    """The file is not a sealed edition, is cut short, or was sealed with another key."""


@dataclass(frozen=True)
class SealedFile:
    """A sealed file whose seal was checked."""

    edition: Edition
    _file: BinaryIO
    _start: int

    def envelopes(self) -> Iterator[tuple[bytes, bytes]]:
        """Every label with its envelope, in the order of the labels."""
        self._file.seek(self._start)
        for _ in range(self.edition.envelopes):
            row = self._file.read(ROW_BYTES)
            yield row[:LABEL_BYTES], row[LABEL_BYTES:]


def write_sealed_file(path: Path, edition: Edition, rows: Iterable[bytes], key: RegisterKey) -> None:
    """Write `rows` (288 bytes each, sorted by label) to `path`, which appears whole or not at all.

    Raises ValueError if two rows have one label or their number is not the edition's.
    """
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
                raise ValueError("labels are not sorted, or one stands twice")
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
    """Open a sealed file after checking all of it. Raises NotASealedFile, OSError."""
    with path.open("rb") as file:
        edition, start = _read_header(file)
        end = start + edition.envelopes * ROW_BYTES
        if os.fstat(file.fileno()).st_size != end + _MAC_BYTES:
            raise NotASealedFile("the file is cut short or has something behind it")
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
        piece = file.read(min(_PIECE, left))
        if not piece:
            raise NotASealedFile("the file is cut short")
        mac.update(piece)
        left -= len(piece)
    if not hmac.compare_digest(mac.digest(), file.read(_MAC_BYTES)):
        raise NotASealedFile("it was altered, or sealed with another register key")


def _mac_key(key: RegisterKey) -> bytes:
    return key.derived("sealed file")
