"""What the work database holds instead of people: keyed hashes, and chunks under a key of their own."""

import hmac
import json
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from resident_app.register.facts import Facts
from resident_app.register.register_key import RegisterKey
from resident_app.register.sealing.errors import SealingError
from resident_app.register.sealing.rows import DisclosureRow

HASH_BYTES = 16

_NONCE_BYTES = 12


class WorkKeys:
    """The keys of one edition's work. Another edition's hashes of the same people are others."""

    def __init__(self, key: RegisterKey, edition_id: bytes):
        self._hash_key = key.derived(f"sealing work|{edition_id.hex()}")
        self._cipher = AESGCM(key.derived(f"sealing chunks|{edition_id.hex()}"))

    def person(self, person: str) -> bytes:
        return self._hash(b"person|" + person.encode())

    def facts(self, facts: Facts) -> bytes:
        return self._hash(b"facts|" + facts.encoded())

    def release(self, release: DisclosureRow) -> bytes:
        """The same for two rows that say the same of the same person."""
        said = release.disclosure
        words = [release.person, said.answered_on.isoformat(), said.agency, said.office, *said.released]
        return self._hash(b"release|" + json.dumps([*words, said.ground, said.request]).encode())

    def seal_chunk(self, number: int, rows: bytes) -> bytes:
        """A chunk's rows, hidden: an open label would say which card of the roster it belongs to."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, rows, number.to_bytes(8, "big"))

    def open_chunk(self, number: int, sealed: bytes) -> bytes:
        """The reverse of `seal_chunk`. Raises SealingError if the chunk was altered."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, number.to_bytes(8, "big"))
        except InvalidTag:
            raise SealingError(f"chunk {number} in the work database was altered") from None

    def _hash(self, message: bytes) -> bytes:
        return hmac.digest(self._hash_key, message, "sha256")[:HASH_BYTES]


def fingerprint(key: RegisterKey, purpose: str, parts: Sequence[object]) -> bytes:
    """32 bytes that only holders of the key can make, the same for the same parts."""
    return hmac.digest(key.derived(f"sealing {purpose}"), json.dumps(parts).encode(), "sha256")
