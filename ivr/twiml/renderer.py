"""What callers hear, as TwiML; `accepting` and `conference` have the rest. No name or card number is said."""

import re
from urllib.parse import quote

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.call import Place, Turn, Wait
from ivr.words.descriptions import unavailable_said
from ivr.words.prompts import Kind, Prompt, Say, Value, in_words, spoken
from ivr.words.recordings import Recordings
from resident_app.configuration import Configuration
from resident_app.languages import SOURCE, Language, Languages

# Amazon Polly's limit is 3,000 characters, and 4,500 after URL-encoding hold for every voice.
LONGEST_SAY = 3_000
LONGEST_SAY_ENCODED = 4_500
MENU_SECONDS = 8
ENTRY_SECONDS = 15
HOLD_SECONDS = 5
SLOWER = 2
"""Time-outs are so many times as long when the caller wants more time."""
SLOW_PAUSE_SECONDS = 1
WAITING_SECONDS = 6
"""Quiet between two times that a caller who waits hears the place in line."""
RETRY_SECONDS = 10

# Here values are published figures, or keys of a menu.
_SAME_FOR_ALL = (Place.LANGUAGE, Place.MORE_LANGUAGES, Place.QUESTIONS, Place.QUESTION)
_ANY_NONCE = "the-next-step"
_SENTENCE_END = re.compile(r"(?<=[.!?;,。！？；，、])")


class Renderer:
    """Renders turns for one deployment. `base_url` is the public address."""

    def __init__(
        self, base_url: str, languages: Languages, configuration: Configuration, recordings: Recordings
    ):
        self._base_url = base_url
        self._languages = languages
        self._configuration = configuration
        self._recordings = recordings
        self._kept: dict[tuple[object, ...], str] = {}

    def turn(self, turn: Turn, language_code: str, nonce: str) -> str:
        """A TwiML document. The next step comes to /voice/<place>/<nonce>.

        `language_code` is empty when each prompt names its own language. What is the same for every
        caller is rendered once; what holds a value may hold a caller's, and is never kept.
        """
        if turn.place not in _SAME_FOR_ALL and any(
            value.kind is not Kind.KEY for say in turn.says for value in say.values.values()
        ):
            return self._rendered(turn, language_code, nonce)
        says = tuple((say.prompt, say.language, *say.values.items()) for say in turn.says)
        name = (turn.place, turn.slow, turn.queue, language_code, says)
        if name not in self._kept:
            self._kept[name] = self._rendered(turn, language_code, _ANY_NONCE)
        return self._kept[name].replace(_ANY_NONCE, nonce)

    def _rendered(self, turn: Turn, language_code: str, nonce: str) -> str:
        action = f"{self._base_url}/voice/{turn.place.value}/{nonce}"
        response = VoiceResponse()
        if turn.wait is Wait.NOTHING:
            self.say(response, turn.says, language_code)
            response.hangup()
        elif turn.wait is Wait.PERSON:
            self.say(response, turn.says, language_code)
            response.enqueue(
                turn.queue,
                action=action,
                method="POST",
                wait_url=f"{self._base_url}/voice/waiting",
                wait_url_method="POST",
            )
        else:
            gather = _gather(turn, action)
            self.say(gather, turn.says, language_code, pause=turn.slow)
            response.append(gather)
            # A provider that posts nothing on silence goes on here, which is the same.
            response.redirect(action, method="POST")
        return str(response)

    def waiting(self, says: tuple[Say, ...], language_code: str) -> str:
        """What a caller in line hears. The provider asks for it again when it has been heard."""
        response = VoiceResponse()
        gather = Gather(
            input="dtmf",
            action=f"{self._base_url}/voice/waiting/key",
            method="POST",
            timeout=WAITING_SECONDS,
            num_digits=1,
            finish_on_key="",
        )
        self.say(gather, says, language_code)
        response.append(gather)
        return str(response)

    def leave(self) -> str:
        """The caller leaves the line; the next step says what comes instead."""
        response = VoiceResponse()
        response.leave()
        return str(response)

    def hang_up(self) -> str:
        """The end of a call to an officer."""
        response = VoiceResponse()
        response.hangup()
        return str(response)

    def lost(self) -> str:
        """The call's place is not known any more: begin again."""
        response = VoiceResponse()
        response.redirect(f"{self._base_url}/voice/start", method="POST")
        return str(response)

    def trouble(self, again: str = "", language_code: str = "") -> str:
        """What is heard when nothing else works. It needs no database.

        In `language_code`; if that is not known, in every language. `again` is the address of the step
        that failed: who stays on the line comes back to it.
        """
        says = (*unavailable_said(self._configuration.office), Say(prompt=Prompt.TROUBLE_STAY))
        response = VoiceResponse()
        every = [language.code for language in self._languages.on_the_phone()]
        for code in [language_code] if language_code else every:
            self.say(response, says, code)
        response.pause(length=RETRY_SECONDS)
        response.redirect(again or f"{self._base_url}/voice/start", method="POST")
        return str(response)

    def say(
        self, parent: VoiceResponse | Gather, says: tuple[Say, ...], code: str, *, pause: bool = False
    ) -> None:
        """Put prompts into a document, in their own language or that of `code`, by its voice or recorded."""
        for say in says:
            language = self._languages[say.language or code]
            recorded = self._recordings.of(say, language)
            if recorded is None:
                self._speak(parent, spoken(say, language, self._configuration), language)
            else:
                self._play(parent, recorded, language)
            if pause:
                parent.pause(length=SLOW_PAUSE_SECONDS)

    def _speak(self, parent: VoiceResponse | Gather, text: str, language: Language) -> None:
        assert language.phone is not None
        for part in split(text):
            parent.say(part, voice=language.phone.voice, language=language.phone.language)

    def _play(self, parent: VoiceResponse | Gather, recorded: list[str | Value], language: Language) -> None:
        """Recordings, and names by a voice: the language's own, or where it has none, the source's."""
        assert language.phone is not None
        speaker = language if language.phone.voice else self._languages[SOURCE]
        for part in recorded:
            if isinstance(part, str):
                parent.play(f"{self._base_url}/voice/recordings/{language.code}/{part}.wav")
            else:
                self._speak(parent, in_words(part, language, self._configuration.codes), speaker)


def texted(words: str) -> str:
    """The answer to a text message; empty: none."""
    response = MessagingResponse()
    if words:
        response.message(words)
    return str(response)


def split(text: str) -> list[str]:
    """A text in parts that every voice can say, cut at the ends of sentences where it must be."""
    parts = [""]
    for sentence in [text] if _can_be_said(text) else _SENTENCE_END.split(text):
        if _can_be_said(parts[-1] + sentence):
            parts[-1] += sentence
        else:
            parts.extend(_cut(sentence))
    return [part.strip() for part in parts if part.strip()]


def _cut(sentence: str) -> list[str]:
    """A sentence that is too long for one Say, in pieces."""
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


def _gather(turn: Turn, action: str) -> Gather:
    """Keys only: speech recognition fails on spoken letters and digits."""
    seconds = {Wait.ENTRY: ENTRY_SECONDS, Wait.MOMENT: HOLD_SECONDS}.get(turn.wait, MENU_SECONDS)
    if turn.slow and turn.wait is not Wait.MOMENT:
        seconds *= SLOWER
    how = {"finish_on_key": "#"} if turn.wait is Wait.ENTRY else {"num_digits": 1, "finish_on_key": ""}
    return Gather(
        input="dtmf", action=action, method="POST", timeout=seconds, action_on_empty_result=True, **how
    )
