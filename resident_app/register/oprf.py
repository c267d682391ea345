"""OPRF(ristretto255, SHA-512), base mode: RFC 9497, sections 3 and 4.1.

Group elements and scalars are 32 bytes, outputs 64 bytes.
"""

import hashlib
import sys
from pathlib import Path

import rbcl

# rbcl writes its library to a temporary file in each process and does not delete it.
Path(sys.modules["rbcl._sodium"].lib_path).unlink(missing_ok=True)

CONTEXT = b"OPRFV1-" + b"\x00" + b"-ristretto255-SHA512"
OUTPUT_BYTES = 64
ELEMENT_BYTES = 32


class InvalidInputError(ValueError):
    """The seed gives no key, or an element is not in the group (RFC 9497, 2.1)."""


def derive_key(seed: bytes, info: bytes) -> bytes:
    """Return the private scalar for a 32-byte seed (DeriveKeyPair, 3.2.1). Raises InvalidInputError."""
    material = seed + len(info).to_bytes(2, "big") + info
    for counter in range(256):
        scalar = _hash_to_scalar(material + bytes([counter]), b"DeriveKeyPair" + CONTEXT)
        if scalar != bytes(32):
            return scalar
    raise InvalidInputError("no key for this seed")


def evaluate(private_key: bytes, message: bytes) -> bytes:
    """Return the output when one party holds both the key and the input (Evaluate, 3.3.1)."""
    element = rbcl.crypto_scalarmult_ristretto255(private_key, _hash_to_group(message))
    return _finalize_hash(message, element)


def blind(message: bytes, blind_scalar: bytes) -> bytes:
    """Return the element that the client sends (Blind, 3.3.1)."""
    return bytes(rbcl.crypto_scalarmult_ristretto255(blind_scalar, _hash_to_group(message)))


def blind_evaluate(private_key: bytes, blinded_element: bytes) -> bytes:
    """Return the element that the server sends back (BlindEvaluate, 3.3.1). Raises InvalidInputError."""
    if not rbcl.crypto_core_ristretto255_is_valid_point(blinded_element):
        raise InvalidInputError("not a group element")
    return bytes(rbcl.crypto_scalarmult_ristretto255(private_key, blinded_element))


def finalize(message: bytes, blind_scalar: bytes, evaluated_element: bytes) -> bytes:
    """Return the output from the server's element (Finalize, 3.3.1)."""
    inverse = rbcl.crypto_core_ristretto255_scalar_invert(blind_scalar)
    return _finalize_hash(message, rbcl.crypto_scalarmult_ristretto255(inverse, evaluated_element))


def _finalize_hash(message: bytes, element: bytes) -> bytes:
    return hashlib.sha512(
        len(message).to_bytes(2, "big") + message + len(element).to_bytes(2, "big") + element + b"Finalize"
    ).digest()


def _hash_to_group(message: bytes) -> bytes:
    return bytes(rbcl.crypto_core_ristretto255_from_hash(_expand_message(message, b"HashToGroup-" + CONTEXT)))


def _hash_to_scalar(message: bytes, tag: bytes) -> bytes:
    return bytes(rbcl.crypto_core_ristretto255_scalar_reduce(_expand_message(message, tag)))


def _expand_message(message: bytes, tag: bytes) -> bytes:
    """Expand to 64 bytes: expand_message_xmd with SHA-512 (RFC 9380, 5.3.1), which needs one block."""
    length = 64
    tag_prime = tag + bytes([len(tag)])
    first = hashlib.sha512(bytes(128) + message + length.to_bytes(2, "big") + b"\x00" + tag_prime).digest()
    return hashlib.sha512(first + b"\x01" + tag_prime).digest()
