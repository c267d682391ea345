"""Whether the provider knows a voice for a language. A bad pair says nothing at all to a caller.

Source: https://www.twilio.com/docs/voice/twiml/say/text-speech. The name of a Google voice holds its
language. A Polly voice has a person's name, so those that this line may use are listed.
"""

import re

from resident_app.languages import PhoneVoice

_GOOGLE = re.compile(
    r"Google\.([a-z]{2,3}-[A-Z]{2})-(?:(?:Standard|Wavenet|Neural2)-[A-Z]|Chirp3-HD-[A-Z][a-z]+)"
)
_POLLY = {
    "Polly.Joanna-Neural": "en-US",
    "Polly.Lupe-Neural": "es-US",
    "Polly.Zhiyu-Neural": "cmn-CN",
    "Polly.Tomoko-Neural": "ja-JP",
    "Polly.Seoyeon-Neural": "ko-KR",
}


def is_known(voice: PhoneVoice) -> bool:
    """Return whether `voice` and `language` are a pair."""
    google = _GOOGLE.fullmatch(voice.voice)
    return (google[1] if google else _POLLY.get(voice.voice)) == voice.language
