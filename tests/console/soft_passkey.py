"""A passkey made of software: what a security key answers (WebAuthn Level 2, 6.1 and 7.2)."""

import json
import secrets
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

_PRESENT_AND_VERIFIED = 0x05


class SoftPasskey:
    """One P-256 key that signs whatever it is asked to."""

    def __init__(self) -> None:
        self.credential_id = secrets.token_bytes(16)
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self) -> bytes:
        """The public key as COSE (RFC 9053, 7.1.1): EC2, ES256, P-256."""
        numbers = self._key.public_key().public_numbers()
        x, y = (each.to_bytes(32, "big") for each in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def answer(self, options: dict[str, Any], origin: str, handle: str) -> str:
        """Return the answer to a sign-in's options, as JSON."""
        client = json.dumps({"type": "webauthn.get", "challenge": options["challenge"], "origin": origin})
        data = sha256(options["rpId"].encode()).digest() + bytes([_PRESENT_AND_VERIFIED, 0, 0, 0, 0])
        signed = data + sha256(client.encode()).digest()
        id = bytes_to_base64url(self.credential_id)
        return json.dumps(
            {
                "id": id,
                "rawId": id,
                "type": "public-key",
                "response": {
                    "clientDataJSON": bytes_to_base64url(client.encode()),
                    "authenticatorData": bytes_to_base64url(data),
                    "signature": bytes_to_base64url(self._key.sign(signed, ec.ECDSA(SHA256()))),
                    "userHandle": bytes_to_base64url(handle.encode()),
                },
            }
        )
