"""What the page shows of calls and text messages, as JSON."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from ivr.simulator import Handset, Heard, LiveCall, Phone
from ivr.simulator.virtual_clock import seconds_to_say
from ivr.words.prompts import Prompt
from resident_app.configuration import Configuration
from resident_app.contact_points import printed_number
from resident_app.demonstration.phones.phone_company import PhoneCompany
from resident_app.languages import SOURCE, Language, Languages

_MOST_RUNG_PHONES = 4
_VOICE_TAGS = {"cmn": ["zh-CN", "zh-Hans", "cmn"], "yue": ["zh-HK", "yue"], "fil": ["fil", "tl"]}
"""How browsers name the voices of a language, where it is not the carrier's name of it."""
_WHOSE = {
    "accept": "The office’s phone",
    "officer": "The officer’s phone",
    "resident": "The resident’s phone",
    "interpreter": "The interpreter’s phone",
}
"""By the last part of the address whose document is heard first."""


class CallNews:
    """Describes the calls of one phone company."""

    def __init__(self, company: PhoneCompany, languages: Languages, configuration: Configuration):
        self._company = company
        self._languages = languages
        self._line = configuration.office.line
        self._by_voice = {
            language.phone.language: language for language in languages.on_the_phone() if language.phone
        }

    def give(self, call: str) -> dict[str, object]:
        """Return the page's own call, the phones that the line rang lately, and all text messages."""
        own = self._company.find(call) if call else None
        return {
            "call": self._described(own) if own else None,
            "phones": [self._rung(one) for one in self._company.rung()[:_MOST_RUNG_PHONES]],
            "texts": [
                {
                    "from": "" if text.sender == self._line else _printed(text.sender),
                    "to": "" if text.to == self._line else _printed(text.to),
                    "body": text.body,
                }
                for text in self._company.texts()
            ],
        }

    def sid(self, call: LiveCall) -> str:
        """Return the carrier's id of a call."""
        return call.side.leg.sid if isinstance(call.side, Handset) else call.side.call_sid

    def voice_tags(self, language: Language) -> list[str]:
        """Return how a browser's voices of a language may be named, the best one first (BCP 47)."""
        assert language.phone
        primary = language.phone.language.partition("-")[0]
        return [language.phone.language, *_VOICE_TAGS.get(primary, [primary])]

    def _described(self, call: LiveCall) -> dict[str, object]:
        now = call.look()
        gathering = now.gathering
        return {
            "sid": self.sid(call),
            "document": now.document,
            "lines": [self._line_of(heard) for heard in now.heard],
            "listens": {"seconds": gathering.timeout, "keyed": now.keyed} if gathering else None,
            "goesOn": now.goes_on,
            "isTalking": now.is_talking,
            "isOver": now.is_over,
            "menu": call.side.node if isinstance(call.side, Phone) else "",
        }

    def _rung(self, call: LiveCall) -> dict[str, object]:
        assert isinstance(call.side, Handset)
        leg = call.side.leg
        who = PurePosixPath(urlsplit(leg.form["Url"]).path).name
        return {
            **self._described(call),
            "whose": _WHOSE.get(who, "A phone"),
            "number": _printed(leg.form["To"]),
            "status": leg.status,
            "detectsMachines": call.side.detects_machines,
        }

    def _line_of(self, heard: Heard) -> dict[str, object]:
        words, language = heard.text, self._by_voice.get(heard.language, self._languages[SOURCE])
        if not heard.language:
            words, language = self._recorded(heard.text)
        return {
            "words": words,
            "lang": language.code,
            "dir": language.direction,
            "native": language.native,
            "voices": self.voice_tags(language) if language.phone else [language.code],
            "seconds": round(seconds_to_say(words), 1),
            "pause": heard.pause,
        }

    def _recorded(self, address: str) -> tuple[str, Language]:
        """Return the words of a recording, by its address, and their language."""
        path = PurePosixPath(urlsplit(address).path)
        language = self._languages.get(path.parent.name, self._languages[SOURCE])
        prompt = Prompt.__members__.get(path.stem.upper().replace("-", "_"))
        return f"[{language.spoken(prompt.value) if prompt else path.stem}]", language


def _printed(number: str) -> str:
    return printed_number(number) if number.startswith("+") else number
