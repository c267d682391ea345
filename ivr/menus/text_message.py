"""Sending a text message: the site's address or a reference, never an answer."""

from dataclasses import replace

from ivr.call import Call, Node, TextRequest
from ivr.keypad_input import after_clearing, parse_text_number
from ivr.menus.menu import (
    LAST_KEY,
    Announcement,
    Condition,
    EffectRequest,
    Entry,
    LineConfiguration,
    Menu,
    Option,
    Route,
    Transition,
    caller_number,
    repeat,
    with_outcome,
)
from ivr.steps import InputMode, SendText, TextOutcome
from ivr.words.descriptions import describe_reference
from ivr.words.prompts import Prompt
from ivr.words.text_messages import Text
from ivr.words.utterances import Utterance
from resident_app.contact_points import can_be_texted
from resident_app.intake.reference import Reference

CANNOT_BE_TEXTED = Condition(
    "the number cannot be texted", lambda call, _line: not can_be_texted(call.caller or "")
)
TEXTING_REFERENCE = Condition(
    "the text is a reference", lambda call, _line: call.text is not None and call.text.text is Text.REFERENCE
)


def want_address(call: Call, _line: LineConfiguration) -> Call:
    """Begin a text message with the site's address."""
    return replace(call, text=TextRequest(Text.ADDRESS))


def want_reference(call: Call, _line: LineConfiguration) -> Call:
    """Begin a text message with the reference that was just given."""
    return replace(call, text=TextRequest(Text.REFERENCE))


def _to_the_caller(call: Call, _line: LineConfiguration) -> Call:
    return replace(call, text=call.text and replace(call.text, number=call.caller))


def _give_reference(call: Call, _line: LineConfiguration) -> Call:
    received = Utterance(Prompt.RECEIVED)
    return replace(call, outcome=(received, *describe_reference(Reference(call.reference or ""))))


def _send_text(call: Call, line: LineConfiguration) -> SendText:
    assert call.text is not None
    assert call.text.number is not None
    return SendText(call.text.number, call.text.text, line.languages_of(call.language), call.reference)


def after_text(call: Call, outcome: TextOutcome, _line: LineConfiguration) -> Transition:
    """Say whether it was sent; give a reference that was not sent."""
    if outcome is TextOutcome.SENT:
        utterances: tuple[Utterance, ...] = (Utterance(Prompt.TEXT_SENT),)
    else:
        utterances = (Utterance(Prompt.TEXT_NOT_SENT),)
        if call.text is not None and call.text.text is Text.REFERENCE and call.reference:
            utterances = (*utterances, *describe_reference(Reference(call.reference)))
    return Transition(with_outcome(call, utterances), Node.TEXT_SENT)


SEND_TEXT = EffectRequest(_send_text, (Node.TEXT_SENT,))


def _back(to: Node) -> tuple[Route, ...]:
    return (Route(Node.RECEIVED, TEXTING_REFERENCE, _give_reference), Route(to))


MENUS = (
    Menu(
        Node.TEXT,
        back=_back(Node.MAIN),
        instead=Route(Node.TEXT_NUMBER, CANNOT_BE_TEXTED),
        announcements=(Announcement(Prompt.TEXT_HERE, caller_number),),
        options=(
            Option(Prompt.SEND_TEXT, Route(action=_to_the_caller, request=SEND_TEXT)),
            Option(Prompt.ANOTHER_NUMBER, Route(Node.TEXT_NUMBER)),
        ),
    ),
    Menu(
        Node.TEXT_NUMBER,
        back=_back(Node.MAIN),
        announcements=(Announcement(Prompt.TEXT_NUMBER),),
        input=InputMode.ENTRY,
        entry=Entry(parse_text_number, after_clearing),
        then=(Route(Node.TEXT_NUMBER_READ),),
    ),
    Menu(
        Node.TEXT_NUMBER_READ,
        back=_back(Node.TEXT_NUMBER),
        options=(
            Option(Prompt.IS_RIGHT, Route(request=SEND_TEXT)),
            Option(Prompt.KEY_AGAIN, Route(Node.TEXT_NUMBER)),
        ),
    ),
    Menu(
        Node.TEXT_SENT,
        back=_back(Node.MAIN),
        options=(
            Option(Prompt.AFTER_REPEAT, repeat(Node.TEXT_SENT)),
            Option(Prompt.MAIN_HELP, Route(Node.CALL_BACK)),
            Option(Prompt.AFTER_MENU, Route(Node.MAIN)),
            Option(Prompt.AFTER_END, Route(Node.GOODBYE), key=LAST_KEY),
        ),
    ),
)
