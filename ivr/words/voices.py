"""Whether a carrier knows a voice for a language. A bad pair says nothing at all to a caller.

Sources: https://www.twilio.com/docs/voice/twiml/say/text-speech,
https://signalwire.com/docs/compatibility-api/cxml/reference/voice/say and
https://signalwire.com/docs/platform/voice/tts/gcloud. The name of a Google voice holds its language. A Polly
voice has a person's name, so those that this line may use are listed.
"""

import re

from resident_app.carrier_settings import Carrier
from resident_app.languages import PhoneVoice

_GOOGLE = {
    Carrier.TWILIO: re.compile(
        r"Google\.([a-z]{2,3}-[A-Z]{2})-(?:(?:Standard|Wavenet|Neural2)-[A-Z]|Chirp3-HD-[A-Z][a-z]+)"
    ),
    Carrier.SIGNALWIRE: re.compile(r"gcloud\.([a-z]{2,3}-[A-Z]{2})-(?:Standard|Wavenet|Neural2)-[A-Z]"),
}
_POLLY = {
    "Polly.Joanna-Neural": "en-US",
    "Polly.Lupe-Neural": "es-US",
    "Polly.Zhiyu-Neural": "cmn-CN",
    "Polly.Tomoko-Neural": "ja-JP",
    "Polly.Seoyeon-Neural": "ko-KR",
}
"""Both carriers name them so."""


def is_known(voice: PhoneVoice, carrier: Carrier = Carrier.TWILIO) -> bool:
    """Return whether `voice` and `language` are a pair that a carrier documents."""
    google = _GOOGLE[carrier].fullmatch(voice.voice)
    return (google[1] if google else _POLLY.get(voice.voice)) == voice.language
