"""Asking for the status of a request, by its reference."""

from ivr.call import Call, Node, Topic
from ivr.keypad_input import after_clearing, parse_request_reference
from ivr.menus.menu import (
    LAST_KEY,
    PERSON_KEY,
    Announcement,
    EffectRequest,
    Entry,
    LineConfiguration,
    Menu,
    Option,
    Route,
    Transition,
    repeat,
    with_outcome,
)
from ivr.steps import AskStatus, InputMode, Refusal
from ivr.words.descriptions import describe_system_error
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, ValueKind, day_value, with_value
from resident_app.configuration.office import Office
from resident_app.intake.request_state import RequestStatus
from resident_app.intake.request_tables import RequestState

_PROMPTS = {
    RequestState.RECEIVED: Prompt.STATUS_RECEIVED,
    RequestState.IN_HAND: Prompt.STATUS_IN_PROGRESS,
    RequestState.TRIED: Prompt.STATUS_TRIED,
    RequestState.CLOSED: Prompt.STATUS_CLOSED,
}


def _ask_status(call: Call, _line: LineConfiguration) -> AskStatus:
    assert call.reference is not None
    return AskStatus(call.reference)


def after_status(call: Call, outcome: RequestStatus | Refusal, line: LineConfiguration) -> Transition:
    """Give the status, or say why it cannot be given."""
    described = describe_status(outcome, line.configuration.office)
    return Transition(with_outcome(call, described), Node.REQUEST_STATUS)


def describe_status(outcome: RequestStatus | Refusal, office: Office) -> tuple[Utterance, ...]:
    """Describe a request's status, or a refusal of whatever was asked."""
    match outcome:
        case RequestStatus(RequestState.TRIED, tried_on) if tried_on:
            return (Utterance(Prompt.STATUS_TRIED, {"date": day_value(tried_on)}),)
        case RequestStatus(state) if state in _PROMPTS:
            return (Utterance(_PROMPTS[state]),)
        case Refusal.NOT_FOUND:
            return (Utterance(Prompt.STATUS_UNKNOWN),)
        case Refusal.TOO_MANY:
            return (with_value(Prompt.TOO_MANY, "key", ValueKind.KEY, PERSON_KEY),)
    return describe_system_error(office)


MENUS = (
    Menu(
        Node.ASK_REFERENCE,
        back=(Route(Node.MAIN),),
        announcements=(Announcement(Prompt.ASK_REFERENCE),),
        input=InputMode.ENTRY,
        entry=Entry(parse_request_reference, after_clearing),
        then=(Route(request=EffectRequest(_ask_status, (Node.REQUEST_STATUS,))),),
        topic=Topic.REQUEST,
    ),
    Menu(
        Node.REQUEST_STATUS,
        back=(Route(Node.MAIN),),
        options=(
            Option(Prompt.AFTER_REPEAT, repeat(Node.REQUEST_STATUS)),
            Option(Prompt.MAIN_HELP, Route(Node.CALL_BACK)),
            Option(Prompt.AFTER_MENU, Route(Node.MAIN)),
            Option(Prompt.AFTER_END, Route(Node.GOODBYE), key=LAST_KEY),
        ),
        topic=Topic.REQUEST,
    ),
)
