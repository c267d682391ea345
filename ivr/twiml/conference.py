"""What the three who meet in a call from the office hear before they meet.

The officer and the interpreter hear the language and the topic, in English: these words are for the office.
The resident hears prompts in their own language alone, none of which says what the call is about; where
there is no voice for it, nothing. Nobody but a person is put through, and nothing is recorded.
"""

from collections.abc import Mapping

from babel import Locale
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from ivr.twiml.agent_whisper import VOICE, language_in_words
from ivr.twiml.renderer import Renderer
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, ValueKind, with_value
from resident_app.configuration import Configuration
from resident_app.intake.call_endings import ENDING_WORDS, CallEnding
from resident_app.languages import Languages

SECONDS_FOR_A_KEY = 10
MOST_TOGETHER = 3


class Conference:
    """Documents for the legs of calls from the office. `base_url` is the public address."""

    def __init__(self, base_url: str, renderer: Renderer, languages: Languages, configuration: Configuration):
        self._base_url = base_url
        self._renderer = renderer
        self._languages = languages
        self._topics: Mapping[str, str] = configuration.codes.every_topic
        self._line = configuration.office.line

    def has_voice(self, code: str) -> bool:
        """Return whether the line has a voice for a resident's language."""
        return self._renderer.is_heard(code)

    def ask_officer(self, token: str, language: str, topic: str) -> str:
        """Say the language and the topic of the call; the officer presses any key."""
        words = (
            "This is the call that you asked for. "
            f"Language: {language_in_words(self._locale(language))}. "
            f"Topic: {self._topics.get(topic, topic)}. To go on, press any key."
        )
        return self._any_key(words, token, "officer")

    def join_officer(self, token: str) -> str:
        """Let the officer wait in the conference, which ends when the officer leaves."""
        response = VoiceResponse()
        response.say("We are calling. A tone says that somebody has joined you. Please wait.", **VOICE)
        self._join(response.dial(action=self._url(token, "officer", "over"), method="POST"), token)
        return str(response)

    def tell_officer(self, ended: CallEnding | None) -> str:
        """Tell the officer why the call is over."""
        response = VoiceResponse()
        response.say(ENDING_WORDS[ended or CallEnding.FINISHED], **VOICE)
        response.hangup()
        return str(response)

    def ask_resident(self, token: str, language: str, *, message_ok: bool) -> str:
        """Ask twice for a key; the call ends unless one is pressed.

        Anyone may have answered: only if a message is safe is it said that this is a call back.
        """
        prompt = Prompt.OFFICE_CALLS_BACK if message_ok else Prompt.OFFICE_CALLS
        response = VoiceResponse()
        for _ in range(2):
            gather = _gather(self._url(token, "resident", "key"))
            self._renderer.speak(gather, (Utterance(prompt),), language)
            response.append(gather)
        response.hangup()
        return str(response)

    def join_resident(self, token: str, language: str) -> str:
        """Put the resident through."""
        response = VoiceResponse()
        if self.has_voice(language):
            self._renderer.speak(response, (Utterance(Prompt.OFFICE_CALLS_WAIT),), language)
        self._join(response.dial(), token, beep="onEnter")
        response.hangup()
        return str(response)

    def leave_message(self, language: str) -> str:
        """Leave a message on an answering machine, after its tone."""
        return self._last_words(Prompt.OFFICE_CALLS_MESSAGE, language)

    def excuse(self, language: str) -> str:
        """Apologize to a resident who pressed a key after the officer left."""
        return self._last_words(Prompt.SYSTEM_ERROR, language) if self.has_voice(language) else self.hang_up()

    def ask_interpreter(self, token: str, language: str) -> str:
        """Say which language is needed; the interpreter presses any key."""
        words = (
            "The outreach office asks for an interpreter, in a call that is under way. "
            f"Language: {language_in_words(self._locale(language))}. To join, press any key."
        )
        return self._any_key(words, token, "interpreter")

    def join_interpreter(self, token: str) -> str:
        """Put the interpreter through, who may leave without ending the call."""
        response = VoiceResponse()
        self._join(response.dial(), token, beep="onEnter", ends="false")
        response.hangup()
        return str(response)

    def hang_up(self) -> str:
        """Hang up without a word."""
        return self._renderer.hang_up()

    def _any_key(self, words: str, token: str, who: str) -> str:
        response = VoiceResponse()
        gather = _gather(self._url(token, who, "key"))
        gather.say(words, **VOICE)
        response.append(gather)
        response.hangup()
        return str(response)

    def _last_words(self, prompt: Prompt, language: str) -> str:
        response = VoiceResponse()
        words = with_value(prompt, "number", ValueKind.PHONE, self._line)
        self._renderer.speak(response, (words,), language)
        response.hangup()
        return str(response)

    def _join(self, dial: Dial, token: str, *, beep: str = "false", ends: str = "true") -> None:
        dial.conference(
            f"c-{token}",
            beep=beep,
            start_conference_on_enter=True,
            end_conference_on_exit=ends,
            wait_url="",
            max_participants=MOST_TOGETHER,
        )

    def _url(self, token: str, who: str, step: str) -> str:
        return f"{self._base_url}/voice/office/{token}/{who}/{step}"

    def _locale(self, language: str) -> Locale | None:
        return self._languages[language].locale if language in self._languages else None


def _gather(action: str) -> Gather:
    """Gather one key; without one the document goes on."""
    return Gather(
        input="dtmf",
        action=action,
        method="POST",
        num_digits=1,
        finish_on_key="",
        timeout=SECONDS_FOR_A_KEY,
    )
