"""The waiting line: what a caller in line hears, and the officer who is asked to take the call."""

from flask import Blueprint, Response, request

from ivr.call_store import CallStore
from ivr.engine import CallEngine
from ivr.outbound import OutboundCalls
from ivr.twiml.agent_whisper import join_caller, whisper
from ivr.twiml.renderer import Renderer
from ivr.webhooks.carrier_request import call_sid, number_field, xml
from resident_app.languages import Languages

LONGEST_WAIT_SECONDS = 60
"""After it a caller who waits for a person is offered a call back."""
LONGEST_ANNOUNCEMENT_SECONDS = 12
"""How long one announcement of the place in line takes."""


class WaitingLine:
    """Answers for callers in line, and for officers whose phone rings. `base_url` is the public address."""

    def __init__(
        self,
        calls: CallStore,
        engine: CallEngine,
        renderer: Renderer,
        languages: Languages,
        outbound: OutboundCalls | None,
        base_url: str,
    ):
        self._calls = calls
        self._engine = engine
        self._renderer = renderer
        self._languages = languages
        self._outbound = outbound
        self._base_url = base_url

    def waiting(self) -> Response:
        """Give the place in line, until nobody can come any more."""
        call = self._calls.look(call_sid())
        leg = call.person.leg if call and call.person else None
        seconds = number_field("QueueTime")
        is_late = seconds >= LONGEST_WAIT_SECONDS - LONGEST_ANNOUNCEMENT_SECONDS
        if call is None or leg is None or is_late or self._outbound is None or self._outbound.is_over(leg):
            return xml(self._renderer.leave_queue())
        utterances = self._engine.position_in_line(call, number_field("QueuePosition"))
        return xml(self._renderer.position_in_line(utterances, call.language.code))

    def stop_waiting(self) -> Response:
        """Any key is enough to be called back instead of waiting."""
        return xml(self._renderer.leave_queue())

    def accept(self) -> Response:
        """Ask the officer who was rung to take the call."""
        call = self._calls.look(call_sid())
        if call is None or call.person is None:
            return xml(self._renderer.hang_up())
        code = call.language.code
        locale = self._languages[code].locale if code else None
        return xml(whisper(locale, call.person.topic, f"{self._base_url}/voice/accepted"))

    def accepted(self) -> Response:
        """Connect the officer who pressed the key to the caller who waits longest."""
        call = self._calls.look(call_sid())
        return xml(join_caller(request.form.get("Digits", ""), call.queue if call else None))

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule("/voice/waiting", "waiting", self.waiting, methods=["POST"])
        blueprint.add_url_rule("/voice/waiting/key", "stop_waiting", self.stop_waiting, methods=["POST"])
        blueprint.add_url_rule("/voice/accept", "accept", self.accept, methods=["POST"])
        blueprint.add_url_rule("/voice/accepted", "accepted", self.accepted, methods=["POST"])
