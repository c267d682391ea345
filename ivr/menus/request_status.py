"""Asking for the status of a request, by its reference: keyed at once, or group by group."""

from dataclasses import replace

from ivr.call import Call, Node, Topic
from ivr.keypad_input import after_clearing, parse_digit_group, parse_first_digits, parse_next_digits
from ivr.menus.menu import (
    BACK_KEY,
    HAS_MENUS,
    LAST_KEY,
    PERSON_KEY,
    Action,
    Announcement,
    Condition,
    EffectRequest,
    Entry,
    LineConfiguration,
    Menu,
    Option,
    Route,
    Transition,
    ValuesOf,
    repeat,
    with_outcome,
)
from ivr.steps import AskStatus, InputMode, Refusal
from ivr.words.descriptions import describe_system_error
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, Value, ValueKind, Values, day_value, with_value
from resident_app.configuration.office import Office
from resident_app.intake.reference import DIGITS, GROUP, GROUPS, NotAReference, parse_reference, split_groups
from resident_app.intake.request_state import RequestStatus
from resident_app.intake.request_tables import RequestState

_PROMPTS = {
    RequestState.RECEIVED: Prompt.STATUS_RECEIVED,
    RequestState.IN_HAND: Prompt.STATUS_IN_PROGRESS,
    RequestState.TRIED: Prompt.STATUS_TRIED,
    RequestState.CLOSED: Prompt.STATUS_CLOSED,
}


def _is_reference(call: Call) -> bool:
    try:
        parse_reference(call.keyed_reference.digits)
    except NotAReference:
        return False
    return True


def _missing(call: Call) -> int:
    return DIGITS - len(call.keyed_reference.digits)


BETWEEN_GROUPS = Condition(
    "four, eight or twelve digits", lambda call, _line: _missing(call) > 0 and _missing(call) % GROUP == 0
)
WITHIN_GROUP = Condition("part of a group", lambda call, _line: _missing(call) % GROUP != 0)
DIGITS_MISSING = Condition("digits are missing", lambda call, _line: _missing(call) > 0)
CHECK_DIGIT_WRONG = Condition("the check digit is wrong", lambda call, _line: not _is_reference(call))
OLD_REFERENCE = Condition(
    "the digits are an old reference", lambda call, _line: _missing(call) > 0 and _is_reference(call)
)


def _take_reference(call: Call, _line: LineConfiguration) -> Call:
    return replace(call, reference=call.keyed_reference.digits)


def _without_read_back(call: Call, _line: LineConfiguration) -> Call:
    """Leave it to the options to read the digits, group by group."""
    return replace(call, outcome=())


def _key_group_again(group: int) -> Action:
    return lambda call, _line: replace(call, keyed_reference=replace(call.keyed_reference, group=group))


def _keyed_group(group: int) -> ValuesOf:
    def values(call: Call, _line: LineConfiguration) -> Values:
        return {"reference": Value(ValueKind.DIGITS, split_groups(call.keyed_reference.digits)[group])}

    return values


def _wrong_group(call: Call, line: LineConfiguration) -> Values:
    return _keyed_group(call.keyed_reference.group)(call, line)


def _ask_status(call: Call, _line: LineConfiguration) -> AskStatus:
    assert call.reference is not None
    return AskStatus(call.reference)


def after_status(call: Call, outcome: RequestStatus | Refusal, line: LineConfiguration) -> Transition:
    """Give the status, or say why it cannot be given. After too many tries offer a call back."""
    if outcome is Refusal.TOO_MANY:
        why = (Utterance(Prompt.TOO_MANY), Utterance(Prompt.CAN_CALL_BACK))
        return Transition(with_outcome(call, ()), Node.CALL_BACK, why)
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
        case Refusal.SHUT:
            return (with_value(Prompt.REQUESTS_SHUT, "key", ValueKind.KEY, PERSON_KEY),)
    return describe_system_error(office)


ASK_STATUS = Route(
    action=_take_reference, request=EffectRequest(_ask_status, (Node.REQUEST_STATUS, Node.CALL_BACK))
)
_AFTER_ALL_DIGITS = (Route(Node.REFERENCE_READ, CHECK_DIGIT_WRONG, _without_read_back), ASK_STATUS)
_AFTER_DIGITS = (Route(Node.REFERENCE_NEXT, DIGITS_MISSING), *_AFTER_ALL_DIGITS)

MENUS = (
    Menu(
        Node.ASK_REFERENCE,
        back=(Route(Node.MAIN),),
        announcements=(Announcement(Prompt.ASK_REFERENCE),),
        input=InputMode.ENTRY,
        entry=Entry(parse_first_digits, after_clearing, most_keys=lambda _call: DIGITS),
        then=_AFTER_DIGITS,
        topic=Topic.REQUEST,
    ),
    Menu(
        Node.REFERENCE_NEXT,
        back=(Route(Node.ASK_REFERENCE),),
        announcements=(
            Announcement(Prompt.NEXT_FOUR, when=BETWEEN_GROUPS),
            Announcement(Prompt.NEXT_DIGITS, when=WITHIN_GROUP),
            Announcement(Prompt.NO_MORE_DIGITS, when=OLD_REFERENCE),
        ),
        input=InputMode.ENTRY,
        entry=Entry(parse_next_digits, after_clearing, error_suffices=False, most_keys=_missing),
        then=_AFTER_DIGITS,
        on_no_input=(replace(ASK_STATUS, when=OLD_REFERENCE),),
        topic=Topic.REQUEST,
    ),
    Menu(
        Node.REFERENCE_READ,
        back=(Route(Node.ASK_REFERENCE),),
        announcements=(Announcement(Prompt.REFERENCE_SLIP),),
        options=(
            *(
                Option(
                    Prompt.GROUP_WRONG,
                    Route(Node.REFERENCE_GROUP, action=_key_group_again(group)),
                    values=_keyed_group(group),
                )
                for group in range(GROUPS)
            ),
            Option(Prompt.ALL_AGAIN, key=BACK_KEY),
        ),
        topic=Topic.REQUEST,
    ),
    Menu(
        Node.REFERENCE_GROUP,
        back=(Route(Node.REFERENCE_READ),),
        announcements=(Announcement(Prompt.GROUP_AGAIN, _wrong_group),),
        input=InputMode.ENTRY,
        entry=Entry(parse_digit_group, after_clearing, most_keys=lambda _call: GROUP),
        then=_AFTER_ALL_DIGITS,
        topic=Topic.REQUEST,
    ),
    Menu(
        Node.REQUEST_STATUS,
        back=(Route(Node.MAIN),),
        options=(
            Option(Prompt.AFTER_REPEAT, repeat(Node.REQUEST_STATUS)),
            Option(Prompt.MAIN_HELP, Route(Node.CALL_BACK)),
            Option(Prompt.AFTER_MENU, Route(Node.MAIN, HAS_MENUS)),
            Option(Prompt.AFTER_END, Route(Node.GOODBYE), key=LAST_KEY),
        ),
        topic=Topic.REQUEST,
    ),
)
