"""The provider's webhooks: verify, take the step once, store, render."""

import re
import secrets
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, abort, make_response, request
from twilio.request_validator import RequestValidator, get_signature_algorithm
from werkzeug.exceptions import HTTPException

from ivr.accepting import accepted, asked_to_accept
from ivr.call import AskState, Call, CheckRecord, Effect, LeaveRequest, Outcome, Place, Refused, Step, Wait
from ivr.calls import After, Calls, Claim, Lost, Stuck
from ivr.flow import ANSWERED, Flow
from ivr.twiml import Renderer
from resident_app.outreach.help_desk import TooMany
from resident_app.outreach.reference import parse_reference
from resident_app.outreach.request import ANOTHER_LANGUAGE, HelpRequest
from resident_app.safeguards import events
from resident_app.safeguards.capacity import Busy
from resident_app.safeguards.source import from_caller
from resident_app.services import Services

MOST_CALLS_OF_A_CALLER = 3

_NUMBER = re.compile(r"\+[0-9]{7,15}")
_KEYS = re.compile(r"[0-9*#]{0,40}")
# What a caller cannot key is a wrong key.
_UNREADABLE_KEYS = "##"
_NONCE = "first-nonce"
_PLACES = {place.value: place for place in Place}


class PhoneLine:
    """The line of one deployment."""

    def __init__(self, services: Services):
        self._services = services
        self._validator = RequestValidator(services.settings.twilio_auth_token.get_secret_value())
        self._base_url = services.settings.base_url
        menus = {
            menu: {
                language.phone.key: language.code
                for language in services.languages.on_the_phone(menu)
                if language.phone
            }
            for menu in (1, 2)
        }
        self._flow = Flow(menus, services.configuration)
        self._renderer = Renderer(self._base_url, services.languages, services.configuration)
        self.calls = Calls(services.engine, services.register_key.derived("calls"))
        self._first_turn = self._renderer.turn(self._flow.begin(), "", _NONCE)
        self._trouble = self._renderer.trouble()

    def verify(self) -> None:
        """Refuse (403) what the provider did not sign over the public address, as it was sent."""
        target = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.path
        signature = request.headers.get("X-Twilio-Signature", "")
        settings = request.headers.get("X-Twilio-Webhooks-Signature-Settings", "")
        algorithm = get_signature_algorithm(settings)
        url = self._base_url + target
        if not self._validator.validate(url, request.form, signature, algorithm):
            abort(403)

    def start(self) -> Response:
        """A call comes in: the language menu. Nothing is stored until a key is pressed."""
        return _xml(self._first_turn.replace(_NONCE, _new_nonce()))

    def step(self, step: str, nonce: str) -> Response:
        """One step of a call."""
        call_sid = request.form.get("CallSid", "")
        if not call_sid or step not in _PLACES:
            return _xml(self._renderer.lost())
        now, keys = self._services.clock(), _pressed()

        caller = request.form.get("From", "")
        known = caller if _NUMBER.fullmatch(caller) else ""

        def once(call: Call | None, others: int) -> After | Step:
            if call is None and others >= MOST_CALLS_OF_A_CALLER:
                return self._after(self._flow.too_many_calls(keys))
            return self._after(self._flow.step(call or _new_call(known), keys, now))

        try:
            may_begin = _PLACES[step] is Place.LANGUAGE
            taken = self.calls.take(call_sid, nonce, now, once, may_begin=may_begin, caller=known)
        except Lost:
            return _xml(self._renderer.lost())
        except Stuck:
            return _xml(self._trouble)
        if isinstance(taken, Claim):
            return _xml(self._finish(taken, call_sid, now))
        return _xml(taken or self._renderer.lost())

    def accept(self) -> Response:
        """The officer who was rung is asked to take the call. The caller's call is this one's parent."""
        call = self.calls.look(request.form.get("ParentCallSid", ""))
        code = call.language if call and not call.wants_interpreter else ""
        locale = self._services.languages[code].locale if code else None
        return _xml(asked_to_accept(locale, f"{self._base_url}/voice/accepted"))

    def accepted(self) -> Response:
        """The officer pressed a key, or did not."""
        return _xml(accepted(request.form.get("Digits", "")))

    def status(self) -> Response:
        """The provider tells how a call stands; when it is over it is forgotten."""
        if request.form.get("CallStatus") in ("completed", "busy", "failed", "no-answer", "canceled"):
            self.calls.forget(request.form.get("CallSid", ""))
        return make_response("", 204)

    def fallback(self) -> Response:
        """What the provider plays when we do not answer."""
        return _xml(self._trouble)

    def trouble(self, error: Exception) -> Response:
        """A fault of ours: the caller hears what to do, and the log where it was."""
        events.failed(request.endpoint or "voice", error)
        return _xml(self._trouble)

    def _after(self, done: Step) -> After | Step:
        """What a step came to, or the step itself if something must be done first."""
        if done.turn is None:
            return done
        nonce = _new_nonce()
        twiml = self._renderer.turn(done.turn, done.call.language, nonce)
        return After(done.call, twiml, nonce, ended=done.turn.wait is Wait.NOTHING)

    def _finish(self, claim: Claim[Step], call_sid: str, now: datetime) -> str:
        """Do what a claimed step asks for, outside any transaction, and store what it came to."""
        try:
            after: After | Step = claim.unfinished
            while isinstance(after, Step):
                assert after.effect is not None
                after = self._after(self._flow.resume(after.call, self._run(after.effect)))
            self.calls.finish(claim, call_sid, after, now)
        except Exception:
            self.calls.release(claim)
            raise
        return after.twiml

    def _run(self, effect: Effect) -> Outcome:
        """Do what the flow asks for. Too many and too busy are outcomes, not faults."""
        source = from_caller(request.form.get("From", ""))
        desk = self._services.help_desk
        try:
            match effect:
                case CheckRecord():
                    return self._services.register.check_record(effect.facts, source)
                case LeaveRequest():
                    return desk.leave(_call_back(effect), effect.token, source)
                case AskState():
                    return desk.state(parse_reference(effect.reference), source) or Refused.NOT_FOUND
        except TooMany:
            return Refused.TOO_MANY
        except Busy:
            return Refused.UNAVAILABLE


def create_phone_line(line: PhoneLine) -> Blueprint:
    """The line's addresses."""
    blueprint = Blueprint("voice", __name__)

    def verify() -> None:
        if request.endpoint != "voice.fallback":
            line.verify()

    blueprint.before_request(verify)
    blueprint.register_error_handler(Exception, _only_faults(line))
    blueprint.add_url_rule("/voice/start", "start", line.start, methods=["POST"])
    blueprint.add_url_rule("/voice/accept", "accept", line.accept, methods=["POST"])
    blueprint.add_url_rule("/voice/accepted", "accepted", line.accepted, methods=["POST"])
    blueprint.add_url_rule("/voice/status", "status", line.status, methods=["POST"])
    blueprint.add_url_rule("/voice/<step>/<nonce>", "step", line.step, methods=["POST"])
    blueprint.add_url_rule("/voice/fallback.xml", "fallback", line.fallback)
    return blueprint


def _new_call(caller: str) -> Call:
    return Call(caller=caller, token=secrets.token_hex(16))


def _only_faults(line: PhoneLine) -> Callable[[Exception], Response | HTTPException]:
    """Refusals go out as they are; a fault becomes words that a caller can use."""

    def handle(error: Exception) -> Response | HTTPException:
        return error if isinstance(error, HTTPException) else line.trouble(error)

    return handle


def _pressed() -> str:
    """The keys that came with a request, or how ringing a person went."""
    if "DialCallStatus" in request.form:
        bridged = request.form.get("DialBridged", "true") == "true"
        talked = bridged and request.form["DialCallStatus"] in ("completed", "answered")
        return ANSWERED if talked else ""
    digits = request.form.get("Digits", "")
    return digits if _KEYS.fullmatch(digits) else _UNREADABLE_KEYS


def _call_back(effect: LeaveRequest) -> HelpRequest:
    return HelpRequest(
        door="phone",
        reach_by="phone",
        phone=effect.phone,
        email="",
        spoken=effect.language or ANOTHER_LANGUAGE,
        written=effect.language or ANOTHER_LANGUAGE,
        topic="question",
        best_time=effect.best_time,
        voicemail_ok=effect.voicemail_ok,
    )


def _new_nonce() -> str:
    return secrets.token_hex(12)


def _xml(twiml: str) -> Response:
    return Response(twiml, mimetype="text/xml")
