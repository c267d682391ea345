"""A request of the carrier: its signature, and what it says of the call."""

import hmac
import re
from collections.abc import Sequence

from flask import Response, abort, request
from twilio.request_validator import RequestValidator, get_signature_algorithm

from ivr.menus.menu import ANSWERED
from resident_app.contact_points import PhoneNumber, number_of_caller
from resident_app.public_context import current_context
from resident_app.security.request_source import RequestSource, from_caller

_KEYS = re.compile(r"[0-9*#]{0,40}")
# A caller cannot key it, so that it matches nothing.
_UNREADABLE_KEYS = "##"
# The values of QueueResult after which the caller has talked to a person.
_TALKED: Sequence[str] = ("bridged", "redirected-from-bridged")


class CarrierSignature:
    """Verifies the carrier's signature. `base_url` is the public address, which it signs."""

    def __init__(self, token: str, base_url: str):
        self._validator = RequestValidator(token)
        self._base_url = base_url

    def verify(self) -> None:
        """Refuse (403) a request that the carrier did not sign over the public address, as it was sent.

        https://www.twilio.com/docs/usage/security
        """
        target = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.path
        signature = request.headers.get("X-Twilio-Signature", "")
        settings = request.headers.get("X-Twilio-Webhooks-Signature-Settings", "")
        algorithm = get_signature_algorithm(settings)
        url = self._base_url + target
        try:
            expected = self._validator.compute_signature(url, request.form, algorithm)
        except ValueError:
            abort(403)
        if hmac.compare_digest(expected.encode(), signature.encode()):
            return
        # Some signatures are made over the address with its port.
        if not self._validator.validate(url, request.form, signature, algorithm):
            abort(403)


def call_sid() -> str:
    """Return the carrier's id of the call."""
    return request.form.get("CallSid", "")


def calling_number() -> PhoneNumber | None:
    """Return the number that calls or texts; None if it is withheld or, by STIR/SHAKEN, forged.

    Whatever STIR/SHAKEN says, a number does not say who calls.
    """
    if _attestation().startswith("TN-Validation-Failed"):
        return None
    return number_of_caller(request.form.get("From", ""))


def request_source() -> RequestSource:
    """Return the source that the caller's limits are counted for."""
    return from_caller(calling_number() or "", attested=is_attested())


def is_attested() -> bool:
    """Return whether a carrier vouches that the caller may use the number: attestation A (ATIS-1000074)."""
    attestation = _attestation()
    return attestation.startswith("TN-Validation-Passed") and attestation.endswith("-A")


def _attestation() -> str:
    return request.form.get(current_context().settings.attestation_field, "")


def pressed_keys() -> str:
    """Return the keys that came with a request, or `ANSWERED` after a talk with a person."""
    if "QueueResult" in request.form:
        return ANSWERED if request.form["QueueResult"] in _TALKED else ""
    digits = request.form.get("Digits", "")
    return digits if _KEYS.fullmatch(digits) else _UNREADABLE_KEYS


def number_field(name: str) -> int:
    """Return a number that the carrier sends, or 0."""
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def xml(twiml: str) -> Response:
    """Return a response with a TwiML document."""
    return Response(twiml, mimetype="text/xml")


def empty(status: int) -> Response:
    """Return a response without a body. Its type is not that of a page, so nothing is added to it."""
    return Response("", status, mimetype="text/plain")
