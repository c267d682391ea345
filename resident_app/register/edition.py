"""What an edition is: one sealed set of envelopes, its metadata and its encrypted dictionary."""

import json
from dataclasses import asdict, dataclass
from datetime import date

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from resident_app.register.disclosure import Dictionary

EDITION_ID_BYTES = 16
_DICTIONARY_BLOCK = 16 * 1024


@dataclass(frozen=True)
class Argon2Parameters:
    """Argon2id parameters (RFC 9106, 3.1) with one lane. `memory_kib` is in KiB."""

    memory_kib: int
    passes: int


@dataclass(frozen=True)
class Edition:
    """The public metadata of an edition. Immutable once sealed."""

    id: bytes
    period_from: date
    period_to: date
    systems: tuple[str, ...]
    argon2: Argon2Parameters
    envelopes: int
    sealed_on: date
    dictionary: bytes
    """The dictionary, encrypted under the dictionary key."""
    key_id: str = ""
    """Which register key sealed it."""
    probe: bytes = b""
    """See `resident_app.register.probe`."""
    made_up: bool = False
    """Whether it was sealed as a demonstration's, with made-up people. The signature covers it."""

    @property
    def short_id(self) -> str:
        """The first 8 hex digits of the id, short enough to print on a letter."""
        return self.id[:4].hex()


def seal_dictionary(dictionary: Dictionary, key: bytes, edition_id: bytes) -> bytes:
    """Encrypt the dictionary, padded to whole blocks of 16 KiB so that its size reveals little."""
    plain = json.dumps(asdict(dictionary), ensure_ascii=False).encode()
    plain = plain.ljust(-(-len(plain) // _DICTIONARY_BLOCK) * _DICTIONARY_BLOCK)
    return _dictionary_cipher(key, edition_id).encrypt(bytes(12), plain, edition_id)


def open_dictionary(edition: Edition, key: bytes) -> Dictionary:
    """Decrypt an edition's dictionary. Raises InvalidTag with another key."""
    plain = _dictionary_cipher(key, edition.id).decrypt(bytes(12), edition.dictionary, edition.id)
    return Dictionary(**{name: tuple(words) for name, words in json.loads(plain).items()})


class DictionaryCache:
    """Decrypts each edition's dictionary once."""

    def __init__(self, key: bytes):
        self._key = key
        self._open: dict[bytes, Dictionary] = {}

    def get(self, edition: Edition) -> Dictionary:
        """Return the edition's dictionary. Raises InvalidTag if it was sealed under another key."""
        if edition.id not in self._open:
            self._open[edition.id] = open_dictionary(edition, self._key)
        return self._open[edition.id]


def _dictionary_cipher(key: bytes, edition_id: bytes) -> AESGCM:
    """Return AES-256-GCM under a key that encrypts one message ever, so the nonce may be constant."""
    return AESGCM(HKDF(SHA512(), 32, salt=edition_id, info=b"dictionary").derive(key))
