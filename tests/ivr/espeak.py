"""Speaks with espeak-ng, in this process: how long a text is, how loud, and by which sounds.

It tells whether something is heard, how long it takes, and whether a voice must change to another language.
It sounds like a robot and says nothing of how good a translation is.
"""

import array
import ctypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pykakasi

MISSING = "This test needs espeak-ng, which scripts/install-test-tools installs: apt-get install espeak-ng"

_LIBRARY = "libespeak-ng.so.1"
_SYNCHRONOUS, _DO_NOT_EXIT, _UTF8, _BY_CHARACTER, _IPA = 2, 0x8000, 1, 1, 0x02
_EVERY = 64
"""Loudness is measured on each sample of so many."""


def _as_it_is(text: str) -> str:
    return text


@cache
def _kakasi() -> Any:
    make: Any = pykakasi.Kakasi
    return make()


def _in_kana(text: str) -> str:
    """Write Japanese by its sounds. The voice reads no kanji, and names the middle dot."""
    return "".join(part["hira"] for part in _kakasi().convert(text.replace("・", " ")))


def _with_a_plain_apostrophe(text: str) -> str:
    """Write Ukrainian with the apostrophe that the voice knows: CLDR has another one."""
    return text.replace("\u02bc", "\u2019")


def _spelled_out(text: str) -> str:
    """Write in full what Tagalog abbreviates: the Indonesian voice would spell it."""
    return re.sub(r"\bmga\b", "manga", re.sub(r"\bng\b", "nang", text))


@dataclass(frozen=True)
class Voice:
    """A voice of espeak-ng, and how a text is written for it."""

    name: str
    written: Callable[[str], str] = _as_it_is


VOICES = {
    "en": Voice("en-us"),
    "es": Voice("es-419"),
    # The other Mandarin voice reads the pinyin that it makes of characters as English.
    "zh-Hans": Voice("cmn-latn-pinyin"),
    "yue-Hant": Voice("yue"),
    "vi": Voice("vi"),
    "ru": Voice("ru"),
    "ko": Voice("ko"),
    "ja": Voice("ja", _in_kana),
    "uk": Voice("uk", _with_a_plain_apostrophe),
    # espeak-ng has no Tagalog. Indonesian is written with nearly the same letters for nearly the same sounds.
    "fil": Voice("id", _spelled_out),
    "ar": Voice("ar"),
    "am": Voice("am"),
    "pa": Voice("pa"),
}
"""By language of the phone."""

WITHOUT_A_VOICE = {"fil": "tl", "so": "so", "km": "km"}
"""Languages that espeak-ng does not have, and what it would call them. Somali and Khmer are recordings."""


@dataclass(frozen=True)
class Sound:
    """What is heard of a text."""

    seconds: float
    loudness: float
    """Root mean square of the samples, of 32,767."""


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class _Espeak:
    """The library, which has one voice at a time for the whole process."""

    def __init__(self) -> None:
        try:
            self._library: Any = ctypes.CDLL(_LIBRARY)
        except OSError as error:
            raise AssertionError(MISSING) from error
        self._samples = array.array("h")
        # Kept, because the library calls it.
        self._callback = _CALLBACK(self._receive)
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, _DO_NOT_EXIT)
        assert self._rate > 0, MISSING
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p

    def has_voice(self, name: str) -> bool:
        return bool(self._library.espeak_SetVoiceByName(name.encode()) == 0)

    def speak(self, text: str, voice: str) -> Sound:
        assert self.has_voice(voice), f"espeak-ng has no voice {voice}"
        encoded = text.encode()
        del self._samples[:]
        failed = self._library.espeak_Synth(encoded, len(encoded) + 1, 0, _BY_CHARACTER, 0, _UTF8, None, None)
        assert not failed
        some = self._samples[::_EVERY]
        loudness = (sum(sample * sample for sample in some) / len(some)) ** 0.5 if some else 0.0
        return Sound(len(self._samples) / self._rate, loudness)

    def phonemes(self, text: str, voice: str) -> str:
        assert self.has_voice(voice), f"espeak-ng has no voice {voice}"
        encoded = ctypes.create_string_buffer(text.encode())
        rest = ctypes.c_void_p(ctypes.addressof(encoded))
        clauses = []
        while rest.value:
            clauses.append(self._library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA).decode())
        return " ".join(clauses)

    def _receive(self, samples: Any, count: int, _events: object) -> int:
        if samples and count:
            self._samples.frombytes(ctypes.string_at(samples, 2 * count))
        return 0


@cache
def _espeak() -> _Espeak:
    return _Espeak()


def has_voice(name: str) -> bool:
    """Return whether espeak-ng has a voice by this name."""
    return _espeak().has_voice(name)


@cache
def speak(text: str, code: str) -> Sound:
    """Speak a text in a language of the phone, at espeak-ng's usual 175 words a minute."""
    voice = VOICES[code]
    return _espeak().speak(voice.written(text), voice.name)


def phonemes(text: str, code: str) -> str:
    """Return the sounds (IPA) of a text. `(en)` stands where the voice changes to English."""
    voice = VOICES[code]
    return _espeak().phonemes(voice.written(text), voice.name)
