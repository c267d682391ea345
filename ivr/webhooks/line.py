"""The carrier's webhooks about residents' calls: take the step once, store the call, render the response."""

import secrets
from datetime import datetime

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from ivr.call import Call, Node
from ivr.call_store import CallStore, Claim, Ended, Lost, StepResult, Stuck
from ivr.carrier.client import OVER, CarrierClient
from ivr.carrier.opt_outs import OptOuts
from ivr.carrier.webhook_signatures import SignatureVerifier, signature_schemes
from ivr.effect_runner import EffectRunner
from ivr.engine import CallEngine
from ivr.menus.language import language_menus
from ivr.menus.menu import LineConfiguration
from ivr.outbound import OutboundCalls
from ivr.steps import InputMode, Outcome, Step
from ivr.twiml.renderer import Renderer, render_text_reply
from ivr.webhooks.carrier_request import (
    call_sid,
    calling_number,
    empty,
    is_attested,
    named_time,
    pressed_keys,
    request_source,
    verify_signature,
    xml,
)
from ivr.webhooks.inbound_sms import keyword_of_carrier, store_inbound_text
from ivr.webhooks.staff_calls import create_staff_calls
from ivr.webhooks.waiting_line import WaitingLine
from ivr.words.recordings import Extent, Recordings
from ivr.words.required_messages import require_words
from resident_app.contact_points import can_be_texted
from resident_app.database import writing
from resident_app.intake.delivery_reports import delivery_of, error_code, note_delivery
from resident_app.public_context import PublicContext
from resident_app.security import event_log
from resident_app.settings import SettingsError
from resident_app.web.errors import is_malformed_request

_NODES = {node.value: node for node in Node}


class PhoneLine:
    """The line of one deployment. Raises SettingsError if it cannot do what config/ says it does."""

    def __init__(self, context: PublicContext):
        settings, configuration, languages = context.settings, context.configuration, context.languages
        self._context = context
        self._base_url = settings.base_url
        self._signatures = SignatureVerifier(signature_schemes(settings))
        self.calls = CallStore(
            context.short_lived, context.keys.calls, configuration.limits.calls.at_once_per_caller
        )
        self._opt_outs = OptOuts(context.engine, context.keys.texts)
        self._outbound = _outbound(context, self._opt_outs)
        self._effects = EffectRunner(context, self.calls, self._outbound)
        recordings = Recordings()
        heard = recordings.heard(languages, configuration.codes)
        require_words(languages, configuration.codes, recordings)
        offered = [*heard[Extent.WHOLE], *heard[Extent.CALL_BACK]]
        menus = language_menus(offered)
        self._offered = frozenset(language.code for language in offered)
        self._first_menu = tuple(menus[1].values())
        self._engine = CallEngine(
            LineConfiguration(
                configuration,
                menus,
                can_reach_out=self._outbound is not None,
                call_back_only=frozenset(language.code for language in heard[Extent.CALL_BACK]),
            )
        )
        self._renderer = Renderer(self._base_url, languages, configuration, recordings)
        self._first_response = self._engine.begin()
        self._system_error = self._renderer.system_error()

    def start(self) -> Response:
        """Answer a call with the language menu. Nothing is stored until a key is pressed."""
        return xml(self._renderer.response(self._first_response, None, _new_nonce()))

    def step(self, step: str, nonce: str) -> Response:
        """Take one step of a call."""
        sid = call_sid()
        if not sid or step not in _NODES:
            return xml(self._renderer.restart())
        now, keys, may_begin = self._context.clock(), pressed_keys(), _NODES[step] is Node.LANGUAGE
        # A call that is under way has its number.
        caller = calling_number() if may_begin else None
        attested = caller if caller and is_attested() else ""

        def once(call: Call | None) -> StepResult | Step:
            current = call or Call(caller=caller, is_attested=bool(attested), token=secrets.token_hex(16))
            return self._result(self._engine.step(current, keys, self._time_of_day(now)))

        try:
            taken = self.calls.take(sid, nonce, now, once, may_begin=may_begin, attested_caller=attested)
        except Lost:
            return xml(self._renderer.restart(self._languages_in(nonce)))
        except Ended:
            return xml(self._renderer.hang_up())
        except Stuck:
            return self._system_error_at_a_step()
        if isinstance(taken, Claim):
            return xml(self._finish(taken, sid, now))
        return xml(taken or self._renderer.restart())

    def text(self) -> Response:
        """Give a text message to the office, and answer STOP, START and HELP at once.

        What the carrier itself took for a keyword (`OptOutType`, of Twilio's Advanced Opt-Out) is that
        keyword whatever its words are, and the carrier has answered it.
        """
        number, context, form = calling_number() or "", self._context, request.form
        found, now = context.configuration.keywords.find(form.get("Body", "")), context.clock()
        by_carrier = keyword_of_carrier(form)
        keyword = (by_carrier or (found.keyword if found else None)) if number else None
        with writing(context.engine, durable=True) as connection:
            if keyword is None or self._opt_outs.take(connection, keyword, number, _message_id(), now):
                store_inbound_text(connection, context.office_key.current(), form, number, keyword, now)
        if self._outbound is None or keyword is None or by_carrier:
            return xml(render_text_reply(""))
        language = found.language if found else ""
        return xml(render_text_reply(self._outbound.answer_text(number, keyword, language)))

    def text_status(self, language: str = "") -> Response:
        """Note what the carrier reports of a text message in a language; of one that is not ours, nothing.

        The number's answers come in that language from now on.
        """
        form, now = request.form, self._context.clock()
        delivery = delivery_of(form.get("MessageStatus") or form.get("SmsStatus", ""))
        if delivery is not None and (message := _message_id()):
            with writing(self._context.engine) as connection:
                note_delivery(connection, message, delivery, error_code(form.get("ErrorCode", "")), now)
        if language in self._context.languages and can_be_texted(form.get("To", "")):
            self._context.number_languages.remember(form["To"], language, now)
        return empty(204)

    def status(self) -> Response:
        """Forget a call that is over, and stop the office's phone if the caller waited for it."""
        if request.form.get("CallStatus") in OVER:
            call = self.calls.look(call_sid())
            leg = call.person.leg if call and call.node is Node.PERSON and call.person else None
            if leg and self._outbound:
                self._outbound.stop_ringing(leg)
            self.calls.forget(call_sid(), self._context.clock())
        return empty(204)

    def fallback(self) -> Response:
        """Give the carrier what it plays when we do not answer."""
        return xml(self._system_error)

    def create_blueprint(self) -> Blueprint:
        """Return the line's addresses."""
        blueprint = Blueprint("voice", __name__)
        blueprint.before_request(self._verify)
        blueprint.register_error_handler(Exception, self._handle_error)
        blueprint.add_url_rule("/voice/start", "start", self.start, methods=["POST"])
        blueprint.add_url_rule("/text", "text", self.text, methods=["POST"])
        blueprint.add_url_rule("/text/status", "text_status", self.text_status, methods=["POST"])
        blueprint.add_url_rule("/text/status/<language>", "text_status", self.text_status, methods=["POST"])
        blueprint.add_url_rule("/voice/status", "status", self.status, methods=["POST"])
        blueprint.add_url_rule("/voice/<step>/<nonce>", "step", self.step, methods=["POST"])
        blueprint.add_url_rule("/voice/fallback.xml", "fallback", self.fallback)
        WaitingLine(
            self.calls,
            self._engine,
            self._renderer,
            self._context.languages,
            self._outbound,
            self._base_url,
        ).add_to(blueprint)
        blueprint.register_blueprint(create_staff_calls(self._context, self._renderer))
        return blueprint

    def _time_of_day(self, now: datetime) -> datetime:
        """Return the time that a call goes by: whether the office is open, and which dates are in the future.

        In a demonstration a call may name another one. What is stored, counted and deleted has the true time.
        """
        return (self._context.settings.is_demonstration and named_time()) or now

    def _verify(self) -> None:
        if request.endpoint != "voice.fallback":
            verify_signature(self._signatures, self._base_url)

    def _handle_error(self, error: Exception) -> Response | HTTPException:
        """Let a refusal go out as it is, and turn a fault of ours into words that a caller can use."""
        if isinstance(error, HTTPException):
            return error
        if is_malformed_request(error):
            event_log.refused_request(error)
            return empty(400)
        endpoint = (request.endpoint or "voice").removeprefix("voice.")
        event_log.failed(request.endpoint or "voice", error)
        match endpoint:
            case "text" | "text_status" | "status":
                return empty(503)
            case "waiting":
                return xml(self._renderer.leave_queue())
            case "accept" | "accepted":
                return xml(self._renderer.hang_up())
            case "step":
                return self._system_error_at_a_step()
        return xml(self._system_error)

    def _system_error_at_a_step(self) -> Response:
        """Lead a caller who stays on the line back to this step; in their language, if it can be read."""
        try:
            call = self.calls.look(call_sid())
        except Exception:
            call = None
        language = call.language.code if call else None
        return xml(self._renderer.system_error(self._base_url + request.path, language))

    def _result(self, step: Step) -> StepResult | Step:
        """Return what a step came to, or the step itself if it has effects."""
        response = step.response
        if response is None:
            return step
        nonce = _new_nonce(step.call.language.code)
        twiml = self._renderer.response(response, step.call.language.code, nonce)
        return StepResult(step.call, twiml, nonce, ended=response.input is InputMode.NONE)

    def _languages_in(self, nonce: str) -> tuple[str, ...]:
        """Return the language of a step's call, which its address has, so that nothing needs to be stored.

        If none is chosen, return each language of the first menu.
        """
        code = nonce.rpartition("-")[0]
        return (code,) if code in self._offered else self._first_menu

    def _finish(self, claim: Claim[Step], sid: str, now: datetime) -> str:
        """Carry out the effects of a claimed step, outside any transaction, and store the result."""
        try:
            result: StepResult | Step = claim.unfinished
            while isinstance(result, Step):
                result = self._result(self._engine.resume(result.call, self._run_effects(result)))
            self.calls.finish(claim, sid, result, now)
        except Exception:
            self.calls.release(claim)
            raise
        return result.twiml

    def _run_effects(self, step: Step) -> Outcome:
        """Carry out a step's effects; the outcome of the last."""
        *_, outcome = (self._effects.run(effect, request_source()) for effect in step.effects)
        return outcome


def _outbound(context: PublicContext, opt_outs: OptOuts) -> OutboundCalls | None:
    """Return what rings and texts; None without an account at the carrier. Raises SettingsError."""
    settings, office = context.settings, context.configuration.office
    if settings.twilio_account_sid:
        if not settings.twilio_auth_token.get_secret_value():
            raise SettingsError(
                "TWILIO_AUTH_TOKEN is missing: it should be the phone provider's auth token, "
                "because TWILIO_ACCOUNT_SID is set"
            )
        return OutboundCalls(
            CarrierClient(settings, office.line),
            context.attempts,
            opt_outs,
            context.number_languages,
            context.languages,
            context.configuration,
            settings.base_url,
            context.clock,
        )
    if office.rung_numbers:
        raise SettingsError(
            "TWILIO_ACCOUNT_SID is missing: it should be the phone provider's account SID, because "
            "config/office.toml names a number that is rung for callers who want a person"
        )
    return None


def _message_id() -> str:
    """Return the carrier's id of a text message, or ""."""
    return request.form.get("MessageSid") or request.form.get("SmsSid", "")


def _new_nonce(language: str | None = None) -> str:
    """Return what tells a step from all others: 16 random digits, after the language of the call."""
    return f"{language or ''}-{secrets.token_hex(8)}"
