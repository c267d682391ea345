"""Carries out the effects of a step: the only place where a call reaches anything outside itself."""

from dataclasses import replace

from ivr.call import Call, Node
from ivr.call_store import CallStore
from ivr.outbound import OutboundCalls
from ivr.steps import (
    AskStatus,
    CheckRecord,
    Effect,
    LeaveRequest,
    NobodyAvailable,
    OfficeRinging,
    Outcome,
    Refusal,
    RingOffice,
    SendText,
    StopRinging,
    TextOutcome,
)
from resident_app.intake.help_desk import Flooded
from resident_app.intake.help_request import ANOTHER_LANGUAGE, HelpRequest
from resident_app.intake.reference import parse_reference
from resident_app.intake.request_storage import Erased, NoReferenceLeft
from resident_app.public_context import PublicContext
from resident_app.security.capacity import Overloaded
from resident_app.security.rate_limits import RateLimited
from resident_app.security.request_source import RequestSource

_REFUSALS: dict[type[Exception], Refusal] = {
    Flooded: Refusal.SHUT,
    NoReferenceLeft: Refusal.SHUT,
    RateLimited: Refusal.TOO_MANY,
    Overloaded: Refusal.UNAVAILABLE,
    Erased: Refusal.UNAVAILABLE,
}


class EffectRunner:
    """Carries out effects for one deployment. Without `outbound` it rings nobody and sends no text."""

    def __init__(self, context: PublicContext, calls: CallStore, outbound: OutboundCalls | None):
        self._register = context.register
        self._desk = context.help_desk
        self._clock = context.clock
        self._calls = calls
        self._outbound = outbound

    def run(self, effect: Effect, source: RequestSource) -> Outcome:
        """Carry out an effect. A limit that is reached and an overload are outcomes, not faults."""
        try:
            match effect:
                case CheckRecord():
                    return self._register.check_record(effect.facts, source)
                case LeaveRequest():
                    return self._desk.leave(_call_back_request(effect), effect.token, source)
                case AskStatus():
                    status = self._desk.request_status(parse_reference(effect.reference), source)
                    return status or Refusal.NOT_FOUND
                case RingOffice():
                    return self._ring_office(effect, source)
                case StopRinging():
                    if self._outbound and effect.leg:
                        self._outbound.stop_ringing(effect.leg)
                    return NobodyAvailable()
                case SendText():
                    return (
                        self._outbound.send_text(effect, source) if self._outbound else TextOutcome.NOT_SENT
                    )
        except tuple(_REFUSALS) as error:
            return _REFUSALS[type(error)]

    def _ring_office(self, effect: RingOffice, source: RequestSource) -> OfficeRinging | NobodyAvailable:
        """Ring the office. What the officer will hear of the caller is stored, sealed, under that call."""
        outcome = self._outbound.ring_office(effect, source) if self._outbound else NobodyAvailable()
        if isinstance(outcome, OfficeRinging):
            asking = effect.call
            language = replace(asking.language, return_to=None)
            heard = Call(node=Node.PERSON, language=language, person=asking.person)
            self._calls.keep(outcome.leg, heard, self._clock())
        return outcome


def _call_back_request(effect: LeaveRequest) -> HelpRequest:
    return HelpRequest(
        origin="phone",
        reach_by="phone",
        phone=effect.phone,
        email="",
        spoken=effect.language or ANOTHER_LANGUAGE,
        written=effect.language or ANOTHER_LANGUAGE,
        topic=effect.topic,
        best_time=effect.best_time or "",
        voicemail_ok=effect.voicemail_ok,
    )
