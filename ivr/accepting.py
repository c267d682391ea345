"""What the officer who is rung hears before being connected: so that no answering machine takes a caller.

The officer hears the caller's language and topic, nothing else, and must press 1. In English:
these words are for the office.
"""

from babel import Locale
from twilio.twiml.voice_response import Gather, VoiceResponse

ACCEPT_KEY = "1"
VOICE = {"voice": "Polly.Joanna-Neural", "language": "en-US"}
SECONDS_TO_ACCEPT = 15


def asked_to_accept(language: Locale | None, accepted_url: str) -> str:
    """Asks the officer to press 1, and hangs up if that does not happen."""
    spoken = language.get_display_name("en") if language else "not known; an interpreter is needed"
    response = VoiceResponse()
    gather = Gather(
        input="dtmf",
        action=accepted_url,
        method="POST",
        num_digits=1,
        timeout=SECONDS_TO_ACCEPT,
        action_on_empty_result=True,
    )
    gather.say(
        f"A caller of the record line asks for a person. Language: {spoken}. Topic: question. "
        "To take the call, press 1.",
        **VOICE,
    )
    response.append(gather)
    response.hangup()
    return str(response)


def accepted(keys: str) -> str:
    """An empty document connects the two; any other ends the officer's side."""
    response = VoiceResponse()
    if keys != ACCEPT_KEY:
        response.hangup()
    return str(response)
