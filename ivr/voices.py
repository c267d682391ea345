"""Whether the provider knows a voice for a language: a bad pair says nothing at all to a caller.

Source: https://www.twilio.com/docs/voice/twiml/say/text-speech. A Google voice bears its language in its
name; of Amazon Polly's voices those are listed that fit the languages of this line.
"""

import re

from resident_app.languages import PhoneVoice

_POLLY = {
    "Joanna": "en-US",
    "Matthew": "en-US",
    "Lupe": "es-US",
    "Pedro": "es-US",
    "Zhiyu": "cmn-CN",
    "Hiujin": "yue-CN",
    "Tomoko": "ja-JP",
    "Kazuha": "ja-JP",
    "Takumi": "ja-JP",
    "Seoyeon": "ko-KR",
    "Tatyana": "ru-RU",
    "Maxim": "ru-RU",
    "Zeina": "arb",
    "Hala": "ar-AE",
}


def is_known(voice: PhoneVoice) -> bool:
    """Whether `voice` and `language` are a pair."""
    polly = re.fullmatch(r"Polly\.([A-Z][a-z]+)(-Neural|-Generative)?", voice.voice)
    if polly:
        return _POLLY.get(polly[1]) == voice.language
    return re.fullmatch(rf"Google\.{re.escape(voice.language)}-[\w-]+", voice.voice) is not None
