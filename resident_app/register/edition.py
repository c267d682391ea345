"""An edition: one sealed set of envelopes, and what it says of itself."""

import json
from dataclasses import asdict, dataclass
from datetime import date

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from resident_app.register.disclosure import Dictionary
from resident_app.register.register_key import RegisterKey

EDITION_ID_BYTES = 16
_DICTIONARY_BLOCK = 16 * 1024


@dataclass(frozen=True)
class Argon2Parameters:
    """Argon2id (RFC 9106) with one lane. `memory_kib` in KiB."""

    memory_kib: int
    passes: int


@dataclass(frozen=True)
class Edition:
    """What is public of an edition. Immutable once sealed."""

    id: bytes
    period_from: date
    period_to: date
    systems: tuple[str, ...]
    argon2: Argon2Parameters
    envelopes: int
    sealed_on: date
    dictionary: bytes
    """The dictionary, sealed under the register key."""

    @property
    def short_id(self) -> str:
        """The beginning of the id, as `flask register status` shows it, short enough for print."""
        return self.id[:4].hex()


def seal_dictionary(dictionary: Dictionary, key: RegisterKey, edition_id: bytes) -> bytes:
    """The dictionary under the register key, in whole blocks of 16 KiB, so its size says little."""
    plain = json.dumps(asdict(dictionary), ensure_ascii=False).encode()
    plain = plain.ljust(-(-len(plain) // _DICTIONARY_BLOCK) * _DICTIONARY_BLOCK)
    return _dictionary_cipher(key, edition_id).encrypt(bytes(12), plain, edition_id)


def open_dictionary(edition: Edition, key: RegisterKey) -> Dictionary:
    """The reverse of `seal_dictionary`. Raises InvalidTag with another key."""
    plain = _dictionary_cipher(key, edition.id).decrypt(bytes(12), edition.dictionary, edition.id)
    return Dictionary(**{name: tuple(words) for name, words in json.loads(plain).items()})


class Dictionaries:
    """Every edition's dictionary, opened once and kept."""

    def __init__(self, key: RegisterKey):
        self._key = key
        self._open: dict[bytes, Dictionary] = {}

    def of(self, edition: Edition) -> Dictionary:
        """Raises InvalidTag if the edition was sealed under another key."""
        if edition.id not in self._open:
            self._open[edition.id] = open_dictionary(edition, self._key)
        return self._open[edition.id]


def _dictionary_cipher(key: RegisterKey, edition_id: bytes) -> AESGCM:
    """AES-256-GCM under a key that seals one message in its life, so its nonce may be fixed."""
    return AESGCM(key.derived(f"dictionary|{edition_id.hex()}"))
