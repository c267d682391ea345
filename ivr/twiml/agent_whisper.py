"""What the officer who is rung hears before being connected: so that no answering machine takes a caller.

The officer hears the caller's language and topic, nothing else, and must press 1. In English:
these words are for the office.
"""

from babel import Locale
from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.call import Topic

ACCEPT_KEY = "1"
VOICE = {"voice": "Polly.Joanna-Neural", "language": "en-US"}
SECONDS_TO_ACCEPT = 12
SECONDS_TO_CONNECT = 5

_TOPICS = {
    Topic.CHECK: "checking a record",
    Topic.REQUEST: "a request for help",
    Topic.INFORMATION: "information",
    Topic.QUESTION: "a question",
}


def whisper(language: Locale | None, topic: Topic, accepted_url: str) -> str:
    """Asks the officer to press 1, and hangs up if that does not happen."""
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
        "A caller of the record line asks for a person. "
        f"Language: {language_in_words(language)}. Topic: {_TOPICS[topic]}. "
        "To take the call, press 1.",
        **VOICE,
    )
    response.append(gather)
    response.hangup()
    return str(response)


def language_in_words(language: Locale | None) -> str:
    """A language's name in English, without its script, or that it is not known."""
    name = language and Locale(language.language).get_display_name("en")
    return name or "not known; an interpreter is needed"


def join_caller(keys: str, queue: str | None) -> str:
    """Connects the officer to who waits longest in the queue; without the key, ends the officer's call."""
    response = VoiceResponse()
    if keys == ACCEPT_KEY and queue:
        dial = response.dial(timeout=SECONDS_TO_CONNECT)
        dial.queue(queue)
        response.say("The caller is no longer waiting.", **VOICE)
    response.hangup()
    return str(response)
