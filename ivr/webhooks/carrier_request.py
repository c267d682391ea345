"""A request of the carrier: its signature, and what it says of the call."""

import re
from collections.abc import Sequence
from datetime import datetime

from flask import Response, abort, request

from ivr.carrier.webhook_signatures import SignatureRefused, SignatureVerifier, SignedRequest
from ivr.menus.menu import ANSWERED
from resident_app.contact_points import PhoneNumber, number_of_caller
from resident_app.public_context import current_context
from resident_app.security import event_log
from resident_app.security.request_source import RequestSource, from_caller

_KEYS = re.compile(r"[0-9*#]{0,40}")
# A caller cannot key it, so that it matches nothing.
_UNREADABLE_KEYS = "##"
# The values of QueueResult after which the caller has talked to a person.
_TALKED: Sequence[str] = ("bridged", "redirected-from-bridged")


def verify_signature(verifier: SignatureVerifier, base_url: str) -> None:
    """Refuse (403) a request that no carrier signed over the public address, as it was sent."""
    target = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.path
    # Before the form is read: some carriers sign the body as it is.
    body = request.get_data(cache=True)
    try:
        verifier.verify(SignedRequest(base_url + target, request.headers, request.form, body))
    except SignatureRefused as refused:
        event_log.carrier_request_refused(refused.header, refused.cause)
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


def named_time() -> datetime | None:
    """Return the time at which a demonstration's call comes, if it names one."""
    try:
        named = datetime.fromisoformat(request.form.get("DemonstrationTime", ""))
    except ValueError:
        return None
    return named if named.tzinfo else None


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
