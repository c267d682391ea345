"""Turns as TwiML: the only module that knows it. It never speaks a name or a card number."""

import re
from urllib.parse import quote

from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.call import Turn, Wait
from ivr.prompts import Kind, Prompt, Say, Value, spoken
from resident_app.configuration import Configuration
from resident_app.languages import Languages

# Amazon Polly's limit is 3,000 characters, and 4,500 after URL-encoding hold for every voice.
LONGEST_SAY = 3_000
LONGEST_SAY_ENCODED = 4_500
MENU_SECONDS = 8
ENTRY_SECONDS = 15
HOLD_SECONDS = 5
SLOWER = 2
"""Time-outs are so many times as long when the caller wants more time."""
SLOW_PAUSE_SECONDS = 1
RING_SECONDS = 30
LONGEST_TALK_SECONDS = 3600

_SENTENCE_END = re.compile(r"(?<=[.!?;,。！？；，、])")


class Renderer:
    """Renders turns for one deployment. `base_url` is the public address."""

    def __init__(self, base_url: str, languages: Languages, configuration: Configuration):
        self._base_url = base_url
        self._languages = languages
        self._configuration = configuration

    def turn(self, turn: Turn, language_code: str, nonce: str) -> str:
        """A TwiML document. The next step comes to /voice/<place>/<nonce>.

        `language_code` is empty when each prompt names its own language.
        """
        action = f"{self._base_url}/voice/{turn.place.value}/{nonce}"
        response = VoiceResponse()
        if turn.wait is Wait.NOTHING:
            self._say(response, turn.says, language_code)
            response.hangup()
        elif turn.wait is Wait.PERSON:
            self._say(response, turn.says, language_code)
            self._dial(response, action)
        else:
            gather = _gather(turn, action)
            self._say(gather, turn.says, language_code, pause=turn.slow)
            response.append(gather)
            # A provider that posts nothing on silence goes on here, which is the same.
            response.redirect(action, method="POST")
        return str(response)

    def lost(self) -> str:
        """The call's place is not known any more: begin again."""
        response = VoiceResponse()
        response.redirect(f"{self._base_url}/voice/start", method="POST")
        return str(response)

    def trouble(self) -> str:
        """What is heard when nothing else works, in every language. It needs no database."""
        office = self._configuration.office
        number = Value(kind=Kind.PHONE, raw=office.line)
        response = VoiceResponse()
        for language in self._languages.on_the_phone():
            says = (Say(prompt=Prompt.TROUBLE, values={"number": number}),)
            self._say(response, says, language.code)
        if office.transfer_to:
            self._dial(response, f"{self._base_url}/voice/start")
        response.hangup()
        return str(response)

    def _say(
        self, parent: VoiceResponse | Gather, says: tuple[Say, ...], code: str, *, pause: bool = False
    ) -> None:
        for say in says:
            speaker = self._languages[say.language or code]
            assert speaker.phone is not None
            for part in split(spoken(say, speaker, self._configuration)):
                parent.say(part, voice=speaker.phone.voice, language=speaker.phone.language)
                if pause:
                    parent.pause(length=SLOW_PAUSE_SECONDS)

    def _dial(self, response: VoiceResponse, action: str) -> None:
        dial = response.dial(
            action=action, method="POST", timeout=RING_SECONDS, time_limit=LONGEST_TALK_SECONDS
        )
        dial.number(
            self._configuration.office.transfer_to, url=f"{self._base_url}/voice/accept", method="POST"
        )


def split(text: str) -> list[str]:
    """A text in parts that every voice can say, cut at the ends of sentences where it must be."""
    parts = [""]
    for sentence in _SENTENCE_END.split(text):
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
    return len(text) <= LONGEST_SAY and len(quote(text)) <= LONGEST_SAY_ENCODED


def _gather(turn: Turn, action: str) -> Gather:
    """Keys only: speech recognition fails on spoken letters and digits."""
    seconds = {Wait.ENTRY: ENTRY_SECONDS, Wait.MOMENT: HOLD_SECONDS}.get(turn.wait, MENU_SECONDS)
    if turn.slow and turn.wait is not Wait.MOMENT:
        seconds *= SLOWER
    how = {"finish_on_key": "#"} if turn.wait is Wait.ENTRY else {"num_digits": 1, "finish_on_key": ""}
    return Gather(
        input="dtmf", action=action, method="POST", timeout=seconds, action_on_empty_result=True, **how
    )
