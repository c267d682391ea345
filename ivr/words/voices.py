"""Whether the provider knows a voice for a language: a bad pair says nothing at all to a caller.

Of https://www.twilio.com/docs/voice/twiml/say/text-speech those that this line may use. A language that
joins brings its voice.
"""

from resident_app.languages import PhoneVoice

KNOWN = {
    "Polly.Joanna-Neural": "en-US",
    "Polly.Lupe-Neural": "es-US",
    "Polly.Zhiyu-Neural": "cmn-CN",
    "Google.yue-HK-Standard-A": "yue-HK",
    "Polly.Tomoko-Neural": "ja-JP",
    "Polly.Seoyeon-Neural": "ko-KR",
    "Google.ru-RU-Chirp3-HD-Kore": "ru-RU",
    "Google.vi-VN-Chirp3-HD-Kore": "vi-VN",
    "Google.uk-UA-Wavenet-A": "uk-UA",
    "Google.fil-PH-Wavenet-A": "fil-PH",
    "Google.ar-XA-Chirp3-HD-Kore": "ar-XA",
    "Google.am-ET-Wavenet-A": "am-ET",
    "Google.pa-IN-Wavenet-A": "pa-IN",
}


def is_known(voice: PhoneVoice) -> bool:
    """Whether `voice` and `language` are a pair."""
    return KNOWN.get(voice.voice) == voice.language
