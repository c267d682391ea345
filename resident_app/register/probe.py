"""The probe in an edition's signed header: made-up facts that show whether the evaluator's key fits.

It is evaluated under a key of its own (a derivation label that no bucket has), outside the limits, and opens
no card.
"""

import secrets

import rbcl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from resident_app.register import oprf
from resident_app.register.edition import Edition

_PLAINTEXT = b"the key fits"


def seal_probe(probe_key: bytes, edition_id: bytes) -> bytes:
    """Return the probe of an edition, 28 bytes. `probe_key` is the register key's scalar for it, 32 bytes."""
    return _cipher(oprf.evaluate(probe_key, _facts(edition_id)), edition_id).encrypt(
        bytes(12), _PLAINTEXT, edition_id
    )


def blind_probe(edition: Edition) -> tuple[bytes, bytes]:
    """Return the blinded element of an edition's probe, and the blind."""
    blind = random_blind()
    return oprf.blind(_facts(edition.id), blind), blind


def opens_probe(edition: Edition, blind: bytes, element: bytes) -> bool:
    """Return whether the evaluator's element opens the probe: whether its key is the edition's."""
    try:
        output = oprf.finalize(_facts(edition.id), blind, element)
        return _cipher(output, edition.id).decrypt(bytes(12), edition.probe, edition.id) == _PLAINTEXT
    except (InvalidTag, ValueError, TypeError):
        return False


def random_blind() -> bytes:
    """Return a random scalar that is not zero, 32 bytes (RFC 9497, 2.1)."""
    while True:
        scalar = bytes(rbcl.crypto_core_ristretto255_scalar_reduce(secrets.token_bytes(64)))
        if scalar != bytes(32):
            return scalar


def _facts(edition_id: bytes) -> bytes:
    return b"WA-probe-1|" + edition_id.hex().encode()


def _cipher(output: bytes, edition_id: bytes) -> AESGCM:
    """AES-256-GCM under a key that encrypts one message ever, so the nonce may be constant."""
    return AESGCM(HKDF(SHA512(), 32, salt=edition_id, info=b"probe").derive(output))
