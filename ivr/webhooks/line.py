"""The provider's webhooks: verify, take the step once, store, render."""

import hmac
import re
import secrets
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, abort, make_response, request
from twilio.request_validator import RequestValidator, get_signature_algorithm
from werkzeug.exceptions import HTTPException

from ivr.call import Call, Place, Step, Wait
from ivr.call_store import After, CallStore, Claim, Lost, Stuck
from ivr.carrier.client import OVER, CarrierClient
from ivr.carrier.opt_outs import OptOuts
from ivr.effects import Effects
from ivr.engine import ANSWERED, Flow
from ivr.outbound import OutboundCalls
from ivr.prompt_builder import queue_of
from ivr.twiml.agent_whisper import join_caller, whisper
from ivr.twiml.renderer import Renderer, texted
from ivr.webhooks.inbound_sms import take_in_text
from ivr.webhooks.staff_calls import OfficeWebhooks, create_office_webhooks
from ivr.words.recordings import Recordings, refuse_the_voiceless
from ivr.words.required_messages import require_words
from resident_app.public_context import PublicContext
from resident_app.security import event_log
from resident_app.security.request_source import RequestSource, from_caller
from resident_app.settings import SettingsError

MOST_CALLS_OF_A_CALLER = 3
LONGEST_WAIT_SECONDS = 60
"""After it a caller who waits for a person is offered a call back."""
LONGEST_LINE_SECONDS = 12
"""How long one hearing of the place in line takes."""

_NUMBER = re.compile(r"\+[0-9]{7,15}")
_KEYS = re.compile(r"[0-9*#]{0,40}")
# What a caller cannot key is a wrong key.
_UNREADABLE_KEYS = "##"
_TALKED = ("bridged", "redirected-from-bridged")
_PLACES = {place.value: place for place in Place}


class PhoneLine:
    """The line of one deployment. Raises SettingsError if it could not do what config/ says it does."""

    def __init__(self, services: PublicContext):
        settings, configuration, languages = services.settings, services.configuration, services.languages
        self._services = services
        self._validator = RequestValidator(settings.twilio_auth_token.get_secret_value())
        self._base_url = settings.base_url
        key = services.register_key
        self.calls = CallStore(services.engine, key.derived("calls"))
        self.texts = OptOuts(services.engine, key.derived("texts"))
        self._outbound = _outbound(services, self.texts)
        self._effects = Effects(services, self.calls, self._outbound)
        menus = {
            menu: {
                language.phone.key: language.code
                for language in languages.on_the_phone(menu)
                if language.phone
            }
            for menu in (1, 2)
        }
        self._flow = Flow(menus, configuration, reaches_out=self._outbound is not None)
        recordings = Recordings()
        require_words(languages, configuration.codes)
        refuse_the_voiceless(languages, recordings, configuration)
        self._renderer = Renderer(self._base_url, languages, configuration, recordings)
        self.office = OfficeWebhooks(services, self._renderer)
        self._first_turn = self._flow.begin()
        self._trouble = self._renderer.trouble()

    def verify(self) -> None:
        """Refuse (403) what the provider did not sign over the public address, as it was sent."""
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

    def start(self) -> Response:
        """A call comes in: the language menu. Nothing is stored until a key is pressed."""
        return _xml(self._renderer.turn(self._first_turn, "", _new_nonce()))

    def step(self, step: str, nonce: str) -> Response:
        """One step of a call."""
        call_sid = request.form.get("CallSid", "")
        if not call_sid or step not in _PLACES:
            return _xml(self._renderer.lost())
        now, keys, known = self._services.clock(), _pressed(), _calling_number()

        def once(call: Call | None, others: int) -> After | Step:
            if call is None and others >= MOST_CALLS_OF_A_CALLER:
                return self._after(self._flow.too_many_calls(keys))
            return self._after(
                self._flow.step(call or Call(caller=known, token=secrets.token_hex(16)), keys, now)
            )

        try:
            may_begin = _PLACES[step] is Place.LANGUAGE
            taken = self.calls.take(call_sid, nonce, now, once, may_begin=may_begin, caller=known)
        except Lost:
            return _xml(self._renderer.lost())
        except Stuck:
            return self._trouble_at_a_step()
        if isinstance(taken, Claim):
            return _xml(self._finish(taken, call_sid, now))
        return _xml(taken or self._renderer.lost())

    def waiting(self) -> Response:
        """A caller waits for a person: the place in line, until nobody can come any more."""
        call = self.calls.look(request.form.get("CallSid", ""))
        seconds = _number_of("QueueTime")
        waits = call is not None and call.leg and seconds < LONGEST_WAIT_SECONDS - LONGEST_LINE_SECONDS
        if call is None or not waits or self._outbound is None or self._outbound.is_over(call.leg):
            return _xml(self._renderer.leave())
        says = self._flow.waiting(call, _number_of("QueuePosition"))
        return _xml(self._renderer.waiting(says, call.language))

    def stop_waiting(self) -> Response:
        """A caller in line pressed a key: any key is enough to be called back instead."""
        return _xml(self._renderer.leave())

    def accept(self) -> Response:
        """The officer who was rung is asked to take the call."""
        call = self.calls.look(request.form.get("CallSid", ""))
        if call is None:
            return _xml(self._renderer.hang_up())
        code = call.shared_language
        locale = self._services.languages[code].locale if code else None
        return _xml(whisper(locale, call.topic, f"{self._base_url}/voice/accepted"))

    def accepted(self) -> Response:
        """The officer pressed a key, or did not."""
        call = self.calls.look(request.form.get("CallSid", ""))
        return _xml(join_caller(request.form.get("Digits", ""), queue_of(call) if call else ""))

    def text(self) -> Response:
        """A text message came in: the office gets it; STOP, START and HELP are answered at once."""
        number = request.form.get("From", "")
        if not _NUMBER.fullmatch(number):
            return _xml(texted(""))
        services = self._services
        take_in_text(services.engine, services.office_key.current(), request.form, services.clock())
        if self._outbound is None:
            return _xml(texted(""))
        return _xml(texted(self._outbound.answer_text(number, request.form.get("Body", ""))))

    def status(self) -> Response:
        """The provider tells how a call stands; when it is over it is forgotten."""
        if request.form.get("CallStatus") in OVER:
            call_sid = request.form.get("CallSid", "")
            call = self.calls.look(call_sid)
            if call is not None and call.leg and call.place is Place.PERSON and self._outbound:
                self._outbound.stop_ringing(call.leg)
            self.calls.forget(call_sid)
        return make_response("", 204)

    def fallback(self) -> Response:
        """What the provider plays when we do not answer."""
        return _xml(self._trouble)

    def trouble(self, error: Exception) -> Response:
        """A fault of ours: the caller hears what to do, and the log where it was."""
        event_log.failed(request.endpoint or "voice", error)
        if request.endpoint in ("voice.text", "voice.status"):
            return make_response("", 503)
        if request.endpoint == "voice.waiting":
            return _xml(self._renderer.leave())
        if request.endpoint in ("voice.accept", "voice.accepted"):
            return _xml(self._renderer.hang_up())
        return self._trouble_at_a_step() if request.endpoint == "voice.step" else _xml(self._trouble)

    def _trouble_at_a_step(self) -> Response:
        """Who stays on the line comes back to the same step; in the caller's language, if it can be read."""
        try:
            call = self.calls.look(request.form.get("CallSid", ""))
        except Exception:
            call = None
        language = call.language if call else ""
        return _xml(self._renderer.trouble(self._base_url + request.path, language))

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
                after = self._after(self._flow.resume(after.call, self._effects.run(after.effect, _source())))
            self.calls.finish(claim, call_sid, after, now)
        except Exception:
            self.calls.release(claim)
            raise
        return after.twiml


def create_phone_line(line: PhoneLine) -> Blueprint:
    """The line's addresses."""
    blueprint = Blueprint("voice", __name__)

    def verify() -> None:
        if request.endpoint != "voice.fallback":
            line.verify()

    blueprint.before_request(verify)
    blueprint.register_error_handler(Exception, _only_faults(line))
    blueprint.add_url_rule("/voice/start", "start", line.start, methods=["POST"])
    blueprint.add_url_rule("/voice/waiting", "waiting", line.waiting, methods=["POST"])
    blueprint.add_url_rule("/voice/waiting/key", "stop_waiting", line.stop_waiting, methods=["POST"])
    blueprint.add_url_rule("/text", "text", line.text, methods=["POST"])
    blueprint.add_url_rule("/voice/accept", "accept", line.accept, methods=["POST"])
    blueprint.add_url_rule("/voice/accepted", "accepted", line.accepted, methods=["POST"])
    blueprint.add_url_rule("/voice/status", "status", line.status, methods=["POST"])
    blueprint.add_url_rule("/voice/<step>/<nonce>", "step", line.step, methods=["POST"])
    blueprint.add_url_rule("/voice/fallback.xml", "fallback", line.fallback)
    blueprint.register_blueprint(create_office_webhooks(line.office))
    return blueprint


def _only_faults(line: PhoneLine) -> Callable[[Exception], Response | HTTPException]:
    """Refusals go out as they are; a fault becomes words that a caller can use."""

    def handle(error: Exception) -> Response | HTTPException:
        return error if isinstance(error, HTTPException) else line.trouble(error)

    return handle


def _outbound(services: PublicContext, texts: OptOuts) -> OutboundCalls | None:
    """What the line can do of its own accord; nothing without an account at the provider."""
    settings, office = services.settings, services.configuration.office
    if settings.twilio_account_sid:
        return OutboundCalls(
            CarrierClient(settings, office.line),
            services.attempts,
            texts,
            services.languages,
            services.configuration,
            settings.base_url,
            services.clock,
        )
    if office.rung_numbers:
        raise SettingsError(
            "TWILIO_ACCOUNT_SID is missing: it should be the phone provider's account SID, because "
            "config/office.toml names a number that is rung for callers who want a person"
        )
    return None


def _calling_number() -> str:
    """The number a call comes from; empty if it is withheld, or the phone companies say it is forged.

    Whatever STIR/SHAKEN says, a number tells nobody who calls.
    """
    caller = request.form.get("From", "")
    forged = request.form.get("StirVerstat", "").startswith("TN-Validation-Failed")
    return caller if _NUMBER.fullmatch(caller) and not forged else ""


def _source() -> RequestSource:
    return from_caller(_calling_number())


def _number_of(name: str) -> int:
    """A number that the provider sends; 0 if it is none."""
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _pressed() -> str:
    """The keys that came with a request, or how waiting for a person ended."""
    if "QueueResult" in request.form:
        return ANSWERED if request.form["QueueResult"] in _TALKED else ""
    digits = request.form.get("Digits", "")
    return digits if _KEYS.fullmatch(digits) else _UNREADABLE_KEYS


def _new_nonce() -> str:
    return secrets.token_hex(12)


def _xml(twiml: str) -> Response:
    return Response(twiml, mimetype="text/xml")
