"""The carrier's webhooks about calls from the office: who answered, who pressed a key, which leg is over."""

from collections.abc import Callable
from typing import TypeGuard

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from ivr.carrier.client import OVER
from ivr.twiml.conference import Conference
from ivr.twiml.renderer import Renderer
from ivr.webhooks.carrier_request import call_sid, empty, xml
from resident_app.database import writing
from resident_app.intake.call_legs import (
    CallForLeg,
    answered,
    identify_leg,
    interpreter_connected,
    leg_ended,
    officer_ready,
    resident_connected,
)
from resident_app.intake.call_tables import CallStage, LegParty
from resident_app.public_context import PublicContext
from resident_app.security import event_log
from resident_app.web.errors import is_malformed_request

_PERSON, _MACHINE, _MESSAGE = "person", "machine", "message"
_STATUS = "status"


class StaffCalls:
    """Answers for the legs of calls from the office. Of a call it knows language and topic, and no number."""

    def __init__(self, context: PublicContext, renderer: Renderer):
        self._engine = context.engine
        self._clock = context.clock
        self._conference = Conference(
            context.settings.base_url, renderer, context.languages, context.configuration
        )

    def officer(self, token: str) -> Response:
        """The officer's phone was answered."""
        met = self._identify(token, LegParty.OFFICER)
        if not _goes_on(met):
            return self.officer_over(token)
        return xml(self._conference.ask_officer(token, met.spoken_language, met.topic))

    def officer_key(self, token: str) -> Response:
        """The officer pressed a key."""
        met = self._identify(token, LegParty.OFFICER, officer_ready if _pressed() else None)
        if not _goes_on(met):
            return self.officer_over(token)
        return xml(self._conference.join_officer(token) if _pressed() else self._conference.hang_up())

    def officer_over(self, token: str) -> Response:
        """The conference has ended, or nobody will come."""
        met = self._identify(token, LegParty.OFFICER)
        return xml(self._conference.tell_officer(met.ended if met else None))

    def resident(self, token: str) -> Response:
        """Something answered at the resident's: a person is asked for a key, a machine hears what it may."""
        met = self._identify(token, LegParty.RESIDENT)
        if not _goes_on(met):
            return xml(self._conference.hang_up())
        has_voice = self._conference.has_voice(met.spoken_language)
        by = _answered_by(may_leave_message=has_voice and met.voicemail_ok)
        if by == _PERSON and not has_voice:
            return self._join_resident(token)
        self._note(met, by)
        if by == _MESSAGE:
            return xml(self._conference.leave_message(met.spoken_language))
        if by == _MACHINE or not has_voice:
            return xml(self._conference.hang_up())
        return xml(self._conference.ask_resident(token, met.spoken_language, message_ok=met.voicemail_ok))

    def resident_key(self, token: str) -> Response:
        """The resident pressed a key, and is put through, unless the officer is gone."""
        return self._join_resident(token) if _pressed() else xml(self._conference.hang_up())

    def interpreter(self, token: str) -> Response:
        """An interpreter's phone was answered."""
        met = self._identify(token, LegParty.INTERPRETER)
        if not _goes_on(met):
            return xml(self._conference.hang_up())
        return xml(self._conference.ask_interpreter(token, met.spoken_language))

    def interpreter_key(self, token: str) -> Response:
        """The interpreter pressed a key."""
        met = self._identify(token, LegParty.INTERPRETER, interpreter_connected if _pressed() else None)
        joins = _goes_on(met) and _pressed()
        return xml(self._conference.join_interpreter(token) if joins else self._conference.hang_up())

    def status(self, token: str, who: str) -> Response:
        """Note that a leg is over. Any other status changes nothing, so that their order does not matter."""
        status, leg = request.form.get("CallStatus", ""), _LEGS.get(who)
        if status in OVER and leg is not None:
            with writing(self._engine) as connection:
                met = identify_leg(connection, token, leg, call_sid())
                if met is not None:
                    leg_ended(connection, met, leg, status, self._clock())
        return empty(204)

    def handle_error(self, error: Exception) -> Response | HTTPException:
        """Hang up after an error on our side; a status callback is asked for again."""
        if isinstance(error, HTTPException):
            return error
        if is_malformed_request(error):
            event_log.refused_request(error)
            return empty(400)
        event_log.failed(request.endpoint or "office", error)
        if (request.endpoint or "").endswith(f".{_STATUS}"):
            return empty(503)
        return xml(self._conference.hang_up())

    def _join_resident(self, token: str) -> Response:
        met = self._identify(token, LegParty.RESIDENT, resident_connected)
        if met is None:
            return xml(self._conference.hang_up())
        if met.stage is CallStage.TALKING:
            return xml(self._conference.join_resident(token, met.spoken_language))
        return xml(self._conference.excuse(met.spoken_language))

    def _identify(
        self, token: str, who: LegParty, change: Callable[..., None] | None = None
    ) -> CallForLeg | None:
        """The call of the leg that asks, after `change`; None if it is no leg of a call of ours."""
        with writing(self._engine) as connection:
            met = identify_leg(connection, token, who, call_sid())
            if met is None or change is None:
                return met
            change(connection, met, self._clock())
            return identify_leg(connection, token, who, call_sid())

    def _note(self, met: CallForLeg, by: str) -> None:
        with writing(self._engine) as connection:
            answered(connection, met, by)


def create_staff_calls(context: PublicContext, renderer: Renderer) -> Blueprint:
    """Return the addresses. They belong to the line's blueprint, which verifies the carrier's signature."""
    office = StaffCalls(context, renderer)
    blueprint = Blueprint("office", __name__)
    blueprint.register_error_handler(Exception, office.handle_error)
    begin = "/voice/office/<token>"
    for name, path, view in (
        ("officer", "/officer", office.officer),
        ("officer_key", "/officer/key", office.officer_key),
        ("officer_over", "/officer/over", office.officer_over),
        ("resident", "/resident", office.resident),
        ("resident_key", "/resident/key", office.resident_key),
        ("interpreter", "/interpreter", office.interpreter),
        ("interpreter_key", "/interpreter/key", office.interpreter_key),
        (_STATUS, "/<who>/status", office.status),
    ):
        blueprint.add_url_rule(begin + path, name, view, methods=["POST"])
    return blueprint


_LEGS = {who.value: who for who in LegParty}


def _goes_on(met: CallForLeg | None) -> TypeGuard[CallForLeg]:
    return met is not None and met.stage is not CallStage.ENDED


def _answered_by(*, may_leave_message: bool) -> str:
    """Who answered, as the provider found out (https://www.twilio.com/docs/voice/answering-machine-detection).

    Empty: that is not known. A fax takes no message.
    """
    found = request.form.get("AnsweredBy", "")
    if found == "human":
        return _PERSON
    if found.startswith("machine_end") and may_leave_message:
        return _MESSAGE
    return _MACHINE if found.startswith("machine") or found == "fax" else ""


def _pressed() -> bool:
    return bool(request.form.get("Digits", ""))
