"""Renders responses as TwiML. No name and no card number is spoken."""

import re
from collections.abc import Iterable
from urllib.parse import quote

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.call import Node
from ivr.steps import CallResponse, InputMode
from ivr.words.descriptions import describe_system_error
from ivr.words.prompts import Prompt
from ivr.words.recordings import Extent, Part, Pause, Recordings
from ivr.words.spoken_values import split_slowly
from ivr.words.utterances import Utterance, render, render_value
from resident_app.configuration import Configuration
from resident_app.languages import SOURCE, Language, Languages

# Amazon Polly takes 3,000 characters; every voice takes 4,500 after URL-encoding.
LONGEST_SAY = 3_000
LONGEST_SAY_ENCODED = 4_500
MENU_SECONDS = (8, 20, 45)
"""At first, after one silence, and after each further one: a relay operator (711) has a minute and more."""
ENTRY_SECONDS = (15, 25, 45)
GROUP_SECONDS = (8, 20, 45)
"""For an entry that ends by itself: a caller who keys a group and waits is asked for the next."""
LONGEST_SECONDS = 60
PAUSE_SECONDS = 5
SLOW_FACTOR = 2
"""Time-outs are multiplied by it when the caller wants more time."""
SLOW_PAUSE_SECONDS = 1
GROUP_PAUSE_SECONDS = 3
"""Silence between groups of digits, for a caller who writes them down."""
REST_PAUSE_SECONDS = 2
"""Between the choices and the rest, so that a caller who has chosen can press the key."""
PLAYED_PAUSE_SECONDS = 1
"""Between two groups of digits that are played: a voice pauses by itself."""
WAITING_SECONDS = 6
"""Quiet between two announcements of the place in line."""
RETRY_SECONDS = 10

_ANY_NONCE = "the-next-step"
_SENTENCE_END = re.compile(r"(?<=[.!?;,。！？；，、])")


class Renderer:
    """Renders responses for one deployment. `base_url` is the public address."""

    def __init__(
        self, base_url: str, languages: Languages, configuration: Configuration, recordings: Recordings
    ):
        self._base_url = base_url
        self._languages = languages
        self._configuration = configuration
        self._recordings = recordings
        heard = recordings.heard(languages, configuration.codes)
        self._heard = [language.code for language in (*heard[Extent.WHOLE], *heard[Extent.CALL_BACK])]
        self._rendered: dict[tuple[object, ...], str] = {}

    def response(self, response: CallResponse, language_code: str | None, nonce: str) -> str:
        """Return a TwiML document. The next step comes to /voice/<node>/<nonce>.

        `language_code` is None when each prompt names its own language. A response that holds nothing of
        a caller's is rendered once for all.
        """
        if not response.is_public:
            return self._render(response, language_code, nonce)
        every = (*response.utterances, None, *response.rest)
        spoken = tuple(one and (one.prompt, one.language, *one.values.items()) for one in every)
        waits = (response.input, response.slow, response.silences, response.seconds, response.most_keys)
        name = (response.node, response.queue, *waits, language_code, spoken)
        if name not in self._rendered:
            self._rendered[name] = self._render(response, language_code, _ANY_NONCE)
        return self._rendered[name].replace(_ANY_NONCE, nonce)

    def position_in_line(self, utterances: tuple[Utterance, ...], language_code: str | None) -> str:
        """Return what a caller in line hears. The carrier asks again when it has been heard."""
        document = VoiceResponse()
        gather = Gather(
            input="dtmf",
            action=f"{self._base_url}/voice/waiting/key",
            method="POST",
            timeout=WAITING_SECONDS,
            num_digits=1,
            finish_on_key="",
        )
        self.speak(gather, utterances, language_code)
        document.append(gather)
        return str(document)

    def leave_queue(self) -> str:
        """Take the caller out of the line; the next step says what comes instead."""
        document = VoiceResponse()
        document.leave()
        return str(document)

    def hang_up(self) -> str:
        """End a call without a word."""
        document = VoiceResponse()
        document.hangup()
        return str(document)

    def restart(self, languages: Iterable[str] = ()) -> str:
        """Begin again: the call is not known any more. Say so in each of `languages`."""
        document = VoiceResponse()
        for code in languages:
            self.speak(document, (Utterance(Prompt.START_AGAIN),), code)
        document.redirect(f"{self._base_url}/voice/start", method="POST")
        return str(document)

    def system_error(self, retry_url: str | None = None, language_code: str | None = None) -> str:
        """Return what is heard when nothing else works. It needs no database.

        It is spoken in `language_code`, or in every language if None. A caller who stays on the line
        comes back to `retry_url`, or to the start.
        """
        utterances = (
            *describe_system_error(self._configuration.office),
            Utterance(Prompt.SYSTEM_ERROR_STAY),
        )
        document = VoiceResponse()
        for code in [language_code] if language_code else self._heard:
            self.speak(document, utterances, code)
        document.pause(length=RETRY_SECONDS)
        document.redirect(retry_url or f"{self._base_url}/voice/start", method="POST")
        return str(document)

    def is_heard(self, code: str) -> bool:
        """Return whether what a call back needs can be said in a language."""
        return code in self._heard

    def speak(
        self,
        parent: VoiceResponse | Gather,
        utterances: tuple[Utterance, ...],
        code: str | None,
        *,
        pause: bool = False,
    ) -> None:
        """Add utterances to a document, in their own language or that of `code`, by its voice or recorded."""
        for utterance in utterances:
            language = self._languages[utterance.language or code or SOURCE]
            recorded = self._recordings.of(utterance, language)
            if recorded is None:
                words = render(utterance, language, self._configuration)
                parts = split_slowly(words) if utterance.slowly else [words]
                for place, part in enumerate(parts):
                    if place:
                        parent.pause(length=GROUP_PAUSE_SECONDS)
                    self._add_say(parent, part, language)
            else:
                self._play(parent, recorded, language, slowly=utterance.slowly)
            seconds = utterance.pause * (SLOW_FACTOR if pause else 1) or (SLOW_PAUSE_SECONDS if pause else 0)
            if seconds:
                parent.pause(length=seconds)

    def _render(self, response: CallResponse, language_code: str | None, nonce: str) -> str:
        action = step_url(self._base_url, response.node, nonce)
        document = VoiceResponse()
        if response.input is InputMode.NONE:
            self.speak(document, response.utterances, language_code)
            document.hangup()
        elif response.input is InputMode.QUEUE:
            self.speak(document, response.utterances, language_code)
            document.enqueue(
                response.queue,
                action=action,
                method="POST",
                wait_url=f"{self._base_url}/voice/waiting",
                wait_url_method="POST",
            )
        else:
            gather = _gather(response, action)
            self.speak(gather, response.utterances, language_code, pause=response.slow)
            if response.rest:
                gather.pause(length=REST_PAUSE_SECONDS)
                self.speak(gather, response.rest, language_code, pause=response.slow)
            document.append(gather)
            # A carrier that posts nothing on silence goes on here, which is the same.
            document.redirect(action, method="POST")
        return str(document)

    def _add_say(self, parent: VoiceResponse | Gather, text: str, language: Language) -> None:
        assert language.phone is not None
        assert language.has_voice
        for part in split(text):
            parent.say(part, voice=language.phone.voice, language=language.phone.language)

    def _play(
        self,
        parent: VoiceResponse | Gather,
        recorded: list[Part],
        language: Language,
        *,
        slowly: bool = False,
    ) -> None:
        """Play recordings; a name is said by the language's voice or, if it has none, the source's."""
        assert language.phone is not None
        speaker = language if language.phone.voice else self._languages[SOURCE]
        for part in recorded:
            if isinstance(part, Pause):
                parent.pause(length=GROUP_PAUSE_SECONDS if slowly else PLAYED_PAUSE_SECONDS)
            elif isinstance(part, str):
                parent.play(f"{self._base_url}/voice/recordings/{language.code}/{part}.wav")
            else:
                self._add_say(parent, render_value(part, language, self._configuration.codes), speaker)


def step_url(base_url: str, node: Node, nonce: str) -> str:
    """Return the address of the next step."""
    return f"{base_url}/voice/{node.value}/{nonce}"


def render_text_reply(words: str) -> str:
    """Return the answer to an inbound SMS. Empty words are no answer."""
    response = MessagingResponse()
    if words:
        response.message(words)
    return str(response)


def split(text: str) -> list[str]:
    """Split a text into parts that every voice can say, at the ends of sentences where possible."""
    parts = [""]
    for sentence in [text] if _can_be_said(text) else _SENTENCE_END.split(text):
        if _can_be_said(parts[-1] + sentence):
            parts[-1] += sentence
        else:
            parts.extend(_cut(sentence))
    return [part.strip() for part in parts if part.strip()]


def _cut(sentence: str) -> list[str]:
    """Cut a sentence that is too long for one Say into pieces."""
    pieces = []
    while sentence:
        length = len(sentence)
        while not _can_be_said(sentence[:length]):
            length //= 2
        pieces.append(sentence[:length])
        sentence = sentence[length:]
    return pieces


def _can_be_said(text: str) -> bool:
    if len(text) > LONGEST_SAY:
        return False
    # A byte becomes three characters at most: texts of the usual length need not be encoded.
    return 3 * len(text.encode()) <= LONGEST_SAY_ENCODED or len(quote(text)) <= LONGEST_SAY_ENCODED


def _gather(response: CallResponse, action: str) -> Gather:
    """Gather keys only: speech recognition fails on spoken letters and digits."""
    is_entry = response.input is InputMode.ENTRY
    return Gather(
        input="dtmf",
        action=action,
        method="POST",
        timeout=response.seconds or _usual_seconds(response),
        action_on_empty_result=True,
        num_digits=response.most_keys if is_entry else 1,
        finish_on_key="#" if is_entry else "",
    )


def _usual_seconds(response: CallResponse) -> int:
    """Return how long a key is waited for."""
    if response.input is InputMode.PAUSE:
        return PAUSE_SECONDS
    entry = GROUP_SECONDS if response.most_keys else ENTRY_SECONDS
    seconds = entry if response.input is InputMode.ENTRY else MENU_SECONDS
    usual = seconds[min(response.silences, len(seconds) - 1)]
    return min(usual * SLOW_FACTOR, LONGEST_SECONDS) if response.slow else usual
