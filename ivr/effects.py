"""Does what a step of the flow asks for: the only place where a call reaches anything outside itself."""

from ivr.call import (
    AskState,
    Call,
    CheckRecord,
    Effect,
    LeaveRequest,
    Nobody,
    Outcome,
    Place,
    Refused,
    Ringing,
    RingOffice,
    Sending,
    SendText,
    StopRinging,
)
from ivr.call_store import CallStore
from ivr.outbound import OutboundCalls
from resident_app.intake.help_desk import Erased
from resident_app.intake.help_request import ANOTHER_LANGUAGE, HelpRequest
from resident_app.intake.reference import parse_reference
from resident_app.public_context import PublicContext
from resident_app.security.capacity import Overloaded
from resident_app.security.rate_limits import RateLimited
from resident_app.security.request_source import RequestSource


class Effects:
    """Runs effects for one deployment; without `outbound` nobody can be rung and nothing texted."""

    def __init__(self, services: PublicContext, calls: CallStore, outbound: OutboundCalls | None):
        self._register = services.register
        self._desk = services.help_desk
        self._clock = services.clock
        self._calls = calls
        self._outbound = outbound

    def run(self, effect: Effect, source: RequestSource) -> Outcome:
        """What an effect came to. Too many and too busy are outcomes, not faults."""
        try:
            match effect:
                case CheckRecord():
                    return self._register.check_record(effect.facts, source)
                case LeaveRequest():
                    return self._desk.leave(_call_back(effect), effect.token, source)
                case AskState():
                    found = self._desk.standing(parse_reference(effect.reference), source)
                    return found or Refused.NOT_FOUND
                case RingOffice():
                    return self._ring_office(effect, source)
                case StopRinging():
                    return self._outbound.stop_ringing(effect.leg) if self._outbound else Nobody()
                case SendText():
                    return self._outbound.send_text(effect, source) if self._outbound else Sending.NOT_SENT
        except RateLimited:
            return Refused.TOO_MANY
        except (Overloaded, Erased):
            return Refused.UNAVAILABLE

    def _ring_office(self, effect: RingOffice, source: RequestSource) -> Ringing | Nobody:
        """What the officer will hear of the caller is kept, sealed, under the call to the office."""
        outcome = self._outbound.ring_office(effect, source) if self._outbound else Nobody()
        if isinstance(outcome, Ringing):
            heard = Call(
                place=Place.PERSON,
                language=effect.call.language,
                wants_interpreter=effect.call.wants_interpreter,
                topic=effect.call.topic,
            )
            self._calls.keep(outcome.leg, heard, self._clock())
        return outcome


def _call_back(effect: LeaveRequest) -> HelpRequest:
    return HelpRequest(
        origin="phone",
        reach_by="phone",
        phone=effect.phone,
        email="",
        spoken=effect.language or ANOTHER_LANGUAGE,
        written=effect.language or ANOTHER_LANGUAGE,
        topic="question",
        best_time=effect.best_time,
        voicemail_ok=effect.voicemail_ok,
    )
