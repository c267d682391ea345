"""What the line does of its own accord: it rings the office and sends text messages, within bounds.

Calls go to the office's configured numbers alone, text messages to the United States and Canada.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from ivr.carrier.client import LONGEST_TALK_SECONDS, CarrierClient, CarrierError, text_status_url
from ivr.carrier.opt_outs import OptOuts
from ivr.steps import NobodyAvailable, OfficeRinging, RingOffice, SendText, TextOutcome
from ivr.words.text_messages import Text
from resident_app.configuration import Configuration
from resident_app.configuration.keywords import Keyword
from resident_app.contact_points import can_be_texted
from resident_app.intake.number_languages import NumberLanguages
from resident_app.intake.reference import Reference
from resident_app.languages import SOURCE, Languages
from resident_app.security import event_log
from resident_app.security.capacity import Overloaded
from resident_app.security.rate_limits import RateLimit, RateLimited, RateLimiter, Reservation, rate_limited
from resident_app.security.request_source import RequestSource, SourceKind

RING_SECONDS = 30
_ANSWERS = {Keyword.STOP: Text.STOPPED, Keyword.START: Text.STARTED, Keyword.HELP: Text.HELP}


class OutboundCalls:
    """Rings and texts for one deployment. `base_url` is the public address."""

    def __init__(
        self,
        provider: CarrierClient,
        attempts: RateLimiter,
        opt_outs: OptOuts,
        number_languages: NumberLanguages,
        languages: Languages,
        configuration: Configuration,
        base_url: str,
        clock: Callable[[], datetime],
    ):
        self._provider = provider
        self._attempts = attempts
        self._opt_outs = opt_outs
        self._number_languages = number_languages
        self._languages = languages
        self._office = configuration.office
        self._limits = configuration.limits.outbound
        self._base_url = base_url
        self._clock = clock

    def ring_office(self, effect: RingOffice, source: RequestSource) -> OfficeRinging | NobodyAvailable:
        """Ring the office for a caller's language."""
        number = self._office.rings_for(effect.call.language.code or "")
        if number not in self._office.rung_numbers:
            return NobodyAvailable()
        try:
            with self._counted(
                RateLimit("outbound calls", "", self._limits.calls),
                self._calls_for(source),
            ):
                leg = self._provider.call(
                    number,
                    f"{self._base_url}/voice/accept",
                    f"{self._base_url}/voice/status",
                    ring_seconds=RING_SECONDS,
                    longest_seconds=LONGEST_TALK_SECONDS,
                )
        except (RateLimited, Overloaded):
            return NobodyAvailable()
        except CarrierError as error:
            event_log.failed("ring office", error)
            return NobodyAvailable()
        return OfficeRinging(leg=leg)

    def is_over(self, leg: str) -> bool:
        """Whether the office can no longer take a call. When the provider does not say, it may still."""
        try:
            return self._provider.is_over(leg)
        except CarrierError as error:
            event_log.failed("office call", error)
            return False

    def stop_ringing(self, leg: str) -> None:
        """Stop the office's phone: nobody waits any more."""
        try:
            self._provider.stop_ringing(leg)
        except CarrierError as error:
            event_log.failed("stop ringing", error)

    def send_text(self, effect: SendText, source: RequestSource) -> TextOutcome:
        """Send a text message, unless its number wants none or had enough."""
        if not can_be_texted(effect.number) or self._opt_outs.opted_out(effect.number):
            return TextOutcome.NOT_SENT
        language = effect.languages[0] if len(effect.languages) == 1 else ""
        try:
            with self._counted(
                RateLimit("texts", "", self._limits.texts),
                RateLimit("texts to", effect.number, self._limits.texts_per_number),
                self._texts_from(source),
            ):
                words = [self.words(effect.text, code, effect.reference) for code in effect.languages]
                status_url = text_status_url(self._base_url, language)
                self._provider.text(effect.number, "\n".join(words), status_url)
        except (RateLimited, Overloaded):
            return TextOutcome.NOT_SENT
        except CarrierError as error:
            event_log.failed("text", error)
            return TextOutcome.NOT_SENT
        if language:
            self._number_languages.remember(effect.number, language, self._clock())
        return TextOutcome.SENT

    def answer_text(self, number: str, keyword: Keyword, language: str) -> str:
        """The answer to a keyword that came in; empty: none.

        STOP and START are answered each time, unless an old one came again and is no longer true. HELP is
        answered as often as a number is texted in a day, so that two machines do not talk for ever; and not
        at all when the number opted out. The answer is in the language that the number is written to in,
        else in `language`, that of the keyword, else in English.
        """
        if not can_be_texted(number):
            return ""
        if keyword in (Keyword.STOP, Keyword.START):
            if self._opt_outs.opted_out(number) is not (keyword is Keyword.STOP):
                return ""
        else:
            try:
                with self._counted(RateLimit("text answers", number, self._limits.texts_per_number)):
                    if self._opt_outs.opted_out(number):
                        return ""
            except (RateLimited, Overloaded):
                return ""
        known = (self._number_languages.language_of(number), language, SOURCE)
        return self.words(_ANSWERS[keyword], next(code for code in known if code in self._languages))

    def words(self, text: Text, language: str, reference: str | None = None) -> str:
        """A text message's words in a language."""
        spoken = self._languages[language]
        page = f"{self._base_url}/{language}/" if spoken.site else f"{self._base_url}/"
        values = {Text.ADDRESS: {"address": page}, Text.HELP: {"number": self._office.line_in_words}}
        if reference is not None:
            values[Text.REFERENCE] = {"reference": str(Reference(reference))}
        return spoken.text(text.value, **values.get(text, {}))

    def _counted(self, *limits: RateLimit) -> AbstractContextManager[Reservation]:
        """Hold a place under `limits`. What was asked and not refused may have been done: it counts.

        Raises RateLimited, Overloaded.
        """
        return rate_limited(self._attempts, limits, self._clock(), counts_all_the_same=_may_be_done)

    def _calls_for(self, source: RequestSource) -> RateLimit:
        """A caller's transfers. No caller is refused one because of others whose number is withheld too."""
        if source.kind is SourceKind.WITHHELD:
            return RateLimit("calls for withheld", "", self._limits.calls_per_withheld, is_shared=True)
        return RateLimit("calls for caller", source.name, self._limits.calls_per_caller)

    def _texts_from(self, source: RequestSource) -> RateLimit:
        if source.kind is SourceKind.WITHHELD:
            return RateLimit("texts from withheld", "", self._limits.texts_per_withheld)
        return RateLimit("texts from caller", source.name, self._limits.texts_per_caller)


def _may_be_done(error: Exception) -> bool:
    return isinstance(error, CarrierError) and error.may_be_done
