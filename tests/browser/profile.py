"""Looks for words in all that a browser has written: in each spelling, in databases, in compressed data.

Answers of the server are never compressed (`tests/site/test_answer_length.py`), so no Brotli or Zstandard of
ours can be in a cache. Databases of Chromium compress with Snappy.
"""

import base64
import hashlib
import html
import json
import re
import shutil
import sqlite3
import struct
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

_LEVELDB_MAGIC = bytes.fromhex("57fb808b247547db")
_LEVELDB_FOOTER = 48
_LEVELDB_LOG_BLOCK, _LEVELDB_LOG_HEADER = 32_768, 7
_SNAPPY = 1
_ENCRYPTED_SESSION = b"SNSS\x05\0\0\0"
# Heads of gzip (RFC 1952), zlib (RFC 1950) and a file in a zip, with what zlib is told to expect.
_COMPRESSED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|PK\x03\x04")


def found_in(profile: Path, marks: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the files in which each mark was found, by the mark's name; only marks that were found."""
    spelled = {name: spellings(mark) for name, mark in marks.items()}
    found: dict[str, set[str]] = {}
    for path in sorted(profile.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        for contents in everything_in(path):
            small = contents.lower()
            for name, wanted in spelled.items():
                if any(one in small for one in wanted):
                    found.setdefault(name, set()).add(str(path.relative_to(profile)))
    return found


def spellings(mark: str) -> set[bytes]:
    """Return a mark as a browser may write it, in small letters."""
    percent = quote(mark, safe="")
    texts = {
        mark,
        mark.replace(" ", ""),
        percent,
        quote_plus(mark),
        quote_plus(percent),
        html.escape(mark),
        json.dumps(mark)[1:-1],
    }
    spelled = {text.encode(encoding) for text in texts for encoding in ("utf-8", "utf-16-le", "utf-16-be")}
    for encoding in ("utf-8", "utf-16-le"):
        for before in range(3):
            # The characters that the bytes before and after a mark have a part in are left out.
            whole = base64.b64encode(bytes(before) + mark.encode(encoding)).rstrip(b"=")
            inner = whole[-(-before * 8 // 6) : -1]
            spelled |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return {one.lower() for one in spelled}


def everything_in(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes, and what is in them if they are a database or compressed."""
    try:
        contents = path.read_bytes()
    except FileNotFoundError:
        return
    yield contents
    yield from _decompressed(contents)
    if contents.startswith(b"SQLite format 3\0"):
        yield from _rows(path)
    elif contents.endswith(_LEVELDB_MAGIC):
        yield from _leveldb_blocks(contents)
    elif contents.startswith(_ENCRYPTED_SESSION):
        yield b"".join(_unlocked_session(contents))
    elif path.suffix == ".log":
        yield _leveldb_log(contents)


def _decompressed(contents: bytes) -> Iterator[bytes]:
    for match in _COMPRESSED.finditer(contents):
        start = match.start()
        if match.group().startswith(b"PK"):
            header = contents[start : start + 30]
            if len(header) < 30:
                continue
            start += 30 + sum(struct.unpack("<HH", header[26:]))
            bits = -zlib.MAX_WBITS
        else:
            bits = zlib.MAX_WBITS + (16 if match.group().startswith(b"\x1f") else 0)
        try:
            yield zlib.decompressobj(bits).decompress(contents[start:], 10_000_000)
        except zlib.error:
            continue


def _rows(path: Path) -> Iterator[bytes]:
    """Yield every value of a database, with what only its journal has, from a copy."""
    with tempfile.TemporaryDirectory() as folder:
        for part in path.parent.glob(f"{path.name}*"):
            shutil.copy(part, folder)
        connection = sqlite3.connect(Path(folder) / path.name)
        connection.text_factory = bytes
        try:
            tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            for (table,) in tables:
                for row in connection.execute(f'SELECT * FROM "{table.decode()}"'):  # noqa: S608
                    for value in row:
                        whole = value if isinstance(value, bytes) else str(value).encode()
                        yield whole
                        yield from _decompressed(whole)
        except sqlite3.DatabaseError:
            # A database that the browser is writing right now: its bytes were looked at.
            return
        finally:
            connection.close()


def _leveldb_blocks(contents: bytes) -> Iterator[bytes]:
    """Yield the blocks of a table (LevelDB, doc/table_format.md)."""
    footer = contents[-_LEVELDB_FOOTER:]
    _, at = _handle(footer, 0)
    index, _ = _handle(footer, at)
    for value in _entries(_block(contents, index)):
        yield _block(contents, _handle(value, 0)[0])


def _block(contents: bytes, handle: tuple[int, int]) -> bytes:
    start, size = handle
    block = contents[start : start + size]
    return unsnappied(block) if contents[start + size] == _SNAPPY else block


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    start, at = _varint(data, at)
    size, at = _varint(data, at)
    return (start, size), at


def _entries(block: bytes) -> Iterator[bytes]:
    """Yield the values of a block."""
    (restarts,) = struct.unpack("<I", block[-4:])
    at, end = 0, len(block) - 4 - 4 * restarts
    while at < end:
        _, at = _varint(block, at)
        own, at = _varint(block, at)
        size, at = _varint(block, at)
        yield block[at + own : at + own + size]
        at += own + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at


def unsnappied(data: bytes) -> bytes:
    """Decompress Snappy (format_description.txt)."""
    size, at = _varint(data, 0)
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            length = (tag >> 2) + 1
            if length > 60:
                extra = length - 60
                length = int.from_bytes(data[at : at + extra], "little") + 1
                at += extra
            out += data[at : at + length]
            at += length
            continue
        if tag & 3 == 1:
            length, offset = ((tag >> 2) & 7) + 4, ((tag >> 5) << 8) | data[at]
            at += 1
        else:
            length, wide = (tag >> 2) + 1, 2 if tag & 3 == 2 else 4
            offset = int.from_bytes(data[at : at + wide], "little")
            at += wide
        for _ in range(length):
            out.append(out[-offset])
    assert len(out) == size
    return bytes(out)


def _leveldb_log(contents: bytes) -> bytes:
    """Return the records of a log one after another, without the heads between them (doc/log_format.md)."""
    records = bytearray()
    for start in range(0, len(contents), _LEVELDB_LOG_BLOCK):
        block, at = contents[start : start + _LEVELDB_LOG_BLOCK], 0
        while at + _LEVELDB_LOG_HEADER <= len(block):
            (length,) = struct.unpack_from("<H", block, at + 4)
            at += _LEVELDB_LOG_HEADER
            records += block[at : at + length]
            at += length
    return bytes(records)


def _unlocked_session(contents: bytes) -> Iterator[bytes]:
    """Yield the commands of a session file that Chromium encrypted with the password that all Linux has.

    That is what `--password-store=basic` does: PBKDF2 of "peanuts", AES-128-CBC with a vector of spaces. So
    anybody with the disk can read them (os_crypt_linux.cc).
    """
    key = hashlib.pbkdf2_hmac("sha1", b"peanuts", b"saltysalt", 1, 16)
    at = len(_ENCRYPTED_SESSION)
    while at + 4 <= len(contents):
        (size,) = struct.unpack_from("<I", contents, at)
        sealed = contents[at + 4 : at + 4 + size]
        at += 4 + size
        if not sealed.startswith(b"v10") or len(sealed) % 16 != 3:
            return
        opener = Cipher(AES(key), CBC(b" " * 16)).decryptor()
        yield opener.update(sealed[3:]) + opener.finalize()
