"""Envelopes: derive from a card's facts the label that finds its envelope and the key that opens it.

facts -> OPRF(bucket key) -> Argon2id -> HKDF(edition) -> label, key
"""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

from argon2.low_level import ARGON2_VERSION, Type, core, error_to_str, ffi
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from resident_app.register import oprf
from resident_app.register.argon2_memory import Argon2MemoryPool
from resident_app.register.disclosure import PLAINTEXT_BYTES
from resident_app.register.edition import EDITION_ID_BYTES, Argon2Parameters

LABEL_BYTES = 16
ENVELOPE_BYTES = PLAINTEXT_BYTES + 16

_MEMORY = Argon2MemoryPool()
_KEY_BYTES = 32
_NONCE_BYTES = 12


class NotAuthentic(ValueError):
    """The envelope was altered: its key does not open it."""


@dataclass(frozen=True, repr=False)
class EnvelopeKeys:
    """The label (16 bytes), key (32) and nonce (12) of one card in one edition."""

    label: bytes
    key: bytes
    nonce: bytes

    def seal(self, plaintext: bytes) -> bytes:
        """Return an envelope, 272 bytes (AES-256-GCM). The same plaintext gives the same bytes again.

        The nonce may be derived because the key seals this one plaintext (NIST SP 800-38D, 8).
        """
        return AESGCM(self.key).encrypt(self.nonce, plaintext, self.label)

    def open(self, envelope: bytes) -> bytes:
        """Return the 256 bytes of plaintext. Raises NotAuthentic."""
        try:
            return AESGCM(self.key).decrypt(self.nonce, envelope, self.label)
        except InvalidTag:
            raise NotAuthentic from None


def bucket_of(bucket_key: bytes, card: str) -> int:
    """Return a card's bucket, 0 to 65,535: the first 16 bits of HMAC-SHA256 over its folded number."""
    return int.from_bytes(hmac.digest(bucket_key, card.encode(), sha256)[:2], "big")


def derive_envelope_keys(output: bytes, edition_id: bytes, argon2: Argon2Parameters) -> EnvelopeKeys:
    """Derive a card's keys in one edition from the OPRF's output: one Argon2id computation.

    The output is stretched and extracted as in OPAQUE (RFC 9807, 6.3.2). The edition's id is
    the salt, so no key is valid in another edition.
    """
    stretched = stretch(output, edition_id, argon2)
    derived = HKDF(
        SHA512(),
        LABEL_BYTES + _KEY_BYTES + _NONCE_BYTES,
        salt=edition_id,
        info=b"envelope",
    ).derive(output + stretched)
    return EnvelopeKeys(
        label=derived[:LABEL_BYTES],
        key=derived[LABEL_BYTES : LABEL_BYTES + _KEY_BYTES],
        nonce=derived[LABEL_BYTES + _KEY_BYTES :],
    )


def stretch(output: bytes, salt: bytes, argon2: Argon2Parameters) -> bytes:
    """Return 64 bytes of Argon2id with one lane (RFC 9106). Raises MemoryError."""
    stretched = ffi.new("uint8_t[]", oprf.OUTPUT_BYTES)
    password, salted = ffi.new("uint8_t[]", output), ffi.new("uint8_t[]", salt)
    context = ffi.new(
        "argon2_context *",
        {
            "out": stretched,
            "outlen": oprf.OUTPUT_BYTES,
            "version": ARGON2_VERSION,
            "pwd": password,
            "pwdlen": len(output),
            "salt": salted,
            "saltlen": len(salt),
            "t_cost": argon2.passes,
            "m_cost": argon2.memory_kib,
            "lanes": 1,
            "threads": 1,
            "allocate_cbk": _MEMORY.allocate,
            "free_cbk": _MEMORY.free,
        },
    )
    failed = core(context, Type.ID.value)
    if failed:
        raise MemoryError(error_to_str(failed))
    return bytes(ffi.buffer(stretched, oprf.OUTPUT_BYTES))


def new_edition_id() -> bytes:
    """Return 16 random bytes."""
    return secrets.token_bytes(EDITION_ID_BYTES)
