"""Verifies that a carrier signed a request. Each scheme is a header, an algorithm and the secrets that count.

Twilio signs the address and the sorted fields of the form, with the auth token or with a
shared key that it names: https://www.twilio.com/docs/usage/security,
https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys.
SignalWire does the same with the project's signing key, or signs the address and the body as it was sent:
https://signalwire.com/docs/compatibility-api/guides/webhook-security,
https://signalwire.com/docs/swml/guides/webhook-security. An address is signed with its port or without it.

tests/ivr/test_webhook_signatures.py has published vectors. A scheme without one does not belong here.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha1, sha256
from urllib.parse import urlsplit

from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)
from werkzeug.datastructures import Headers

from resident_app.carrier_settings import CarrierSettings

SIGNALWIRE_HEADER = "X-SignalWire-Signature"
SIGNALWIRE_SHA256_HEADER = "X-SignalWire-Sha256-Signature"
_STANDARD_PORTS = {"https": 443, "http": 80}


class RefusalCause(StrEnum):
    """Why a request counts as not signed by the carrier."""

    NO_SIGNATURE = "no-signature"
    NO_SECRET = "no-secret"  # noqa: S105
    """No secret is set that this header could be verified with."""
    UNKNOWN_KEY = "unknown-key"
    """It names a shared key that is not in TWILIO_WEBHOOK_KEYS."""
    UNKNOWN_ALGORITHM = "unknown-algorithm"
    WRONG_SIGNATURE = "wrong-signature"


class SignatureRefused(Exception):
    """`header` is the one that was looked at, by its name alone."""

    def __init__(self, header: str, cause: RefusalCause):
        super().__init__(f"{header}: {cause.value}")
        self.header, self.cause = header, cause


@dataclass(frozen=True, repr=False)
class SignedRequest:
    """A request as it was sent. `url` is its public address; `form` has `getlist`, as werkzeug's has."""

    url: str
    headers: Headers
    form: Mapping[str, str]
    body: bytes = b""


Sign = Callable[[str, str, SignedRequest], str]
"""Returns the signature that a secret makes of an address and a request."""


@dataclass(frozen=True, repr=False)
class SignatureScheme:
    """`key` is the id of the shared key that the request must name; empty: it must name none."""

    header: str
    sign: Sign
    secrets: tuple[str, ...]
    key: str = ""
    algorithm: str = HMAC_SHA1

    def matches(self, request: SignedRequest) -> bool:
        """Return whether one of the secrets made the request's signature."""
        found = request.headers.get(self.header, "").encode()
        return any(
            hmac.compare_digest(self.sign(secret, url, request).encode(), found)
            for secret in self.secrets
            for url in _with_and_without_port(request.url)
        )


class SignatureVerifier:
    """Verifies requests by the schemes of a deployment."""

    def __init__(self, schemes: Sequence[SignatureScheme]):
        self._schemes = schemes

    @property
    def has_secret(self) -> bool:
        """Return whether any request can be verified at all."""
        return any(scheme.secrets for scheme in self._schemes)

    def verify(self, request: SignedRequest) -> None:
        """Raises SignatureRefused if no carrier signed the request."""
        signed = [scheme for scheme in self._schemes if request.headers.get(scheme.header)]
        if not signed:
            raise SignatureRefused(self._expected_headers(), RefusalCause.NO_SIGNATURE)
        named, algorithm = _settings_of(request)
        usable = [scheme for scheme in signed if scheme.header != SIGNATURE_HEADER or scheme.key == named]
        if not usable:
            raise SignatureRefused(SIGNATURE_SETTINGS_HEADER, RefusalCause.UNKNOWN_KEY)
        usable = [
            scheme for scheme in usable if scheme.header != SIGNATURE_HEADER or scheme.algorithm == algorithm
        ]
        if not usable:
            raise SignatureRefused(SIGNATURE_SETTINGS_HEADER, RefusalCause.UNKNOWN_ALGORITHM)
        header = usable[0].header
        if not any(scheme.secrets for scheme in usable):
            raise SignatureRefused(header, RefusalCause.NO_SECRET)
        if not any(scheme.matches(request) for scheme in usable):
            raise SignatureRefused(header, RefusalCause.WRONG_SIGNATURE)

    def _expected_headers(self) -> str:
        """Return the headers of every scheme that has a secret, or of all."""
        wanted = [scheme for scheme in self._schemes if scheme.secrets] or self._schemes
        return ", ".join(dict.fromkeys(scheme.header for scheme in wanted))


def signature_schemes(settings: CarrierSettings) -> list[SignatureScheme]:
    """Return the schemes of a deployment: those of every carrier, with the secrets that are set."""
    signalwire = settings.signalwire_secrets
    shared_keys = [
        SignatureScheme(SIGNATURE_HEADER, _signing(algorithm), secrets, key, algorithm)
        for key, secrets in settings.twilio_webhook_secrets.items()
        for algorithm in (HMAC_SHA256, HMAC_SHA1)
    ]
    return [
        SignatureScheme(SIGNATURE_HEADER, _signing(HMAC_SHA1), settings.twilio_auth_tokens),
        *shared_keys,
        SignatureScheme(SIGNALWIRE_SHA256_HEADER, _sign_body_sha256, signalwire),
        SignatureScheme(SIGNALWIRE_HEADER, _signing(HMAC_SHA1), signalwire),
        SignatureScheme(SIGNALWIRE_HEADER, _sign_body_sha1, signalwire),
    ]


def _settings_of(request: SignedRequest) -> tuple[str, str]:
    """Return the shared key that Twilio signed with ("" for the auth token), and the algorithm."""
    settings = request.headers.get(SIGNATURE_SETTINGS_HEADER, "").strip()
    if not settings:
        return "", HMAC_SHA1
    named = dict(part.strip().split("=", 1) for part in settings.split(",") if "=" in part)
    # A header without a key names none of ours: it never falls back to the auth token.
    return named.get("key", "").strip() or "?", get_signature_algorithm(settings).upper()


def _signing(algorithm: str) -> Sign:
    """Return Twilio's signature of the address and the form."""

    def sign(secret: str, url: str, request: SignedRequest) -> str:
        return str(RequestValidator(secret).compute_signature(url, request.form, algorithm))

    return sign


def _sign_body_sha1(secret: str, url: str, request: SignedRequest) -> str:
    return hmac.new(secret.encode(), url.encode() + request.body, sha1).hexdigest()


def _sign_body_sha256(secret: str, url: str, request: SignedRequest) -> str:
    return hmac.new(secret.encode(), url.encode() + request.body, sha256).hexdigest()


def _with_and_without_port(url: str) -> Iterator[str]:
    """Yield an address as it is, and with the port of its scheme added or its port left out."""
    yield url
    split = urlsplit(url)
    host = split.netloc
    start = f"{split.scheme}://"
    rest = url.removeprefix(start + host)
    if split.port:
        yield start + host.rpartition(":")[0] + rest
    elif split.scheme in _STANDARD_PORTS:
        yield f"{start}{host}:{_STANDARD_PORTS[split.scheme]}{rest}"
