"""The verbs and attributes that the line writes, and those that a carrier documents.

For SignalWire: https://signalwire.com/docs/compatibility-api/cxml/reference/voice, read on 2026-11-27.
What Twilio knows is what its library's classes take: the simulator reads every document by them.
"""

from collections.abc import Mapping

from resident_app.carrier_settings import Carrier

WRITTEN: Mapping[str, frozenset[str]] = {
    "Say": frozenset({"voice", "language"}),
    "Play": frozenset(),
    "Pause": frozenset({"length"}),
    "Gather": frozenset(
        {"input", "action", "method", "timeout", "numDigits", "finishOnKey", "actionOnEmptyResult"}
    ),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset(),
    "Enqueue": frozenset({"action", "method", "waitUrl", "waitUrlMethod"}),
    "Leave": frozenset(),
    "Dial": frozenset({"action", "method", "timeout"}),
    "Queue": frozenset(),
    "Conference": frozenset(
        {"beep", "startConferenceOnEnter", "endConferenceOnExit", "waitUrl", "maxParticipants"}
    ),
}
"""Each verb that the line writes, with its attributes. The simulator refuses any other."""

_DOCUMENTED: Mapping[Carrier, Mapping[str, frozenset[str]]] = {
    Carrier.SIGNALWIRE: {
        "Say": frozenset({"voice", "language", "loop"}),
        "Play": frozenset({"digits", "loop"}),
        "Pause": frozenset({"length"}),
        "Gather": frozenset(
            {"action", "actionOnEmptyResult", "enhanced", "finishOnKey", "hints", "input", "language"}
            | {"method", "numDigits", "partialResultCallback", "partialResultCallbackMethod"}
            | {"profanityFilter", "speechModel", "speechTimeout", "timeout"}
        ),
        "Redirect": frozenset({"method"}),
        "Hangup": frozenset(),
        "Enqueue": frozenset({"action", "method", "waitUrl", "waitUrlMethod"}),
        "Leave": frozenset(),
        "Dial": frozenset(
            {"action", "answerOnBridge", "callerId", "callerName", "hangupOnStar", "method", "record"}
            | {"ringTone", "timeLimit", "timeout", "trim"}
        ),
        "Queue": frozenset({"method", "url"}),
        "Conference": frozenset(
            {"beep", "coach", "endConferenceOnExit", "eventCallbackUrl", "maxParticipants", "muted"}
            | {"record", "startConferenceOnEnter", "statusCallback", "trim", "waitMethod", "waitUrl"}
        ),
    }
}
_UNDOCUMENTED_VALUES: Mapping[Carrier, tuple[str, ...]] = {
    Carrier.SIGNALWIRE: ('Gather finishOnKey=""', 'Conference waitUrl=""')
}
"""What we write and the carrier's pages do not mention: try it in a call."""


def lacking(carrier: Carrier, written: Mapping[str, frozenset[str]] = WRITTEN) -> list[str]:
    """Return the verbs and attributes that we write and a carrier does not document."""
    documented = _DOCUMENTED.get(carrier)
    if documented is None:
        return []
    verbs = [verb for verb in written if verb not in documented]
    return verbs + [
        f"{verb} {name}"
        for verb, names in written.items()
        if verb in documented
        for name in sorted(names - documented[verb])
    ]


def undocumented_values(carrier: Carrier) -> tuple[str, ...]:
    """Return the values that we write and a carrier does not mention."""
    return _UNDOCUMENTED_VALUES.get(carrier, ())
