"""Asking to be called back: the number, the best time, and whether a voice message is safe."""

from dataclasses import replace

from ivr.call import Call, Node, Topic
from ivr.keypad_input import after_clearing, parse_call_back_number
from ivr.menus.menu import (
    CAN_REACH_OUT,
    LAST_KEY,
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
    caller_number,
    repeat,
    with_outcome,
)
from ivr.menus.text_message import want_reference
from ivr.steps import InputMode, LeaveRequest
from ivr.words.descriptions import describe_reference
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance
from resident_app.contact_points import can_be_called_back
from resident_app.intake.reference import Reference

CANNOT_BE_CALLED = Condition(
    "the number cannot be called", lambda call, _line: not can_be_called_back(call.caller or "")
)
NEEDS_INTERPRETER = Condition("an interpreter is needed", lambda call, _line: call.language.needs_interpreter)


def call_the_caller(call: Call, _line: LineConfiguration) -> Call:
    """Take the calling number as the one to call back."""
    return replace(call, call_back=replace(call.call_back, number=call.caller))


def _best_time(code: str) -> Action:
    return lambda call, _line: replace(call, call_back=replace(call.call_back, best_time=code))


def _voicemail(*, is_ok: bool) -> Action:
    return lambda call, _line: replace(call, call_back=replace(call.call_back, voicemail_ok=is_ok))


def _leave_request(call: Call, _line: LineConfiguration) -> LeaveRequest:
    wanted = call.call_back
    assert wanted.number is not None
    return LeaveRequest(
        wanted.number, call.language.shared, wanted.best_time, wanted.voicemail_ok, call.token
    )


def after_request(call: Call, reference: Reference, _line: LineConfiguration) -> Transition:
    """Say that the request is stored, and give its reference."""
    outcome = (Utterance(Prompt.RECEIVED), *describe_reference(reference))
    return Transition(with_outcome(replace(call, reference=reference.digits), outcome), Node.RECEIVED)


LEAVE_REQUEST = EffectRequest(_leave_request, (Node.RECEIVED, Node.REQUEST_STATUS))

MENUS = (
    Menu(
        Node.CALL_BACK,
        back=(Route(Node.MAIN),),
        instead=Route(Node.CALL_BACK_NUMBER, CANNOT_BE_CALLED),
        options=(
            Option(
                Prompt.CALL_BACK_HERE, Route(Node.BEST_TIME, action=call_the_caller), values=caller_number
            ),
            Option(Prompt.ANOTHER_NUMBER, Route(Node.CALL_BACK_NUMBER)),
        ),
        topic=Topic.REQUEST,
    ),
    Menu(
        Node.CALL_BACK_NUMBER,
        back=(Route(Node.MAIN),),
        announcements=(Announcement(Prompt.CALL_BACK_NUMBER),),
        input=InputMode.ENTRY,
        entry=Entry(parse_call_back_number, after_clearing),
        # A caller who shares no language with the line is asked for a number and nothing else.
        then=(Route(when=NEEDS_INTERPRETER, request=LEAVE_REQUEST), Route(Node.NUMBER_READ)),
        topic=Topic.REQUEST,
    ),
    Menu(
        Node.NUMBER_READ,
        back=(Route(Node.CALL_BACK_NUMBER),),
        options=(
            Option(Prompt.IS_RIGHT, Route(Node.BEST_TIME)),
            Option(Prompt.KEY_AGAIN, Route(Node.CALL_BACK_NUMBER)),
        ),
        topic=Topic.REQUEST,
    ),
    Menu(
        Node.BEST_TIME,
        back=(Route(Node.CALL_BACK),),
        announcements=(Announcement(Prompt.BEST_TIME),),
        options=(
            Option(Prompt.BEST_TIME_MORNING, Route(Node.MESSAGE_OK, action=_best_time("morning"))),
            Option(Prompt.BEST_TIME_AFTERNOON, Route(Node.MESSAGE_OK, action=_best_time("afternoon"))),
            Option(Prompt.BEST_TIME_ANY, Route(Node.MESSAGE_OK, action=_best_time("any"))),
        ),
        topic=Topic.REQUEST,
    ),
    Menu(
        Node.MESSAGE_OK,
        back=(Route(Node.BEST_TIME),),
        announcements=(Announcement(Prompt.MESSAGE_OK),),
        options=(
            Option(Prompt.MESSAGE_YES, Route(action=_voicemail(is_ok=True), request=LEAVE_REQUEST)),
            Option(Prompt.MESSAGE_NO, Route(action=_voicemail(is_ok=False), request=LEAVE_REQUEST)),
        ),
        topic=Topic.REQUEST,
    ),
    Menu(
        Node.RECEIVED,
        back=(Route(Node.MAIN),),
        options=(
            Option(Prompt.AFTER_REPEAT, repeat(Node.RECEIVED)),
            Option(Prompt.AFTER_MENU, Route(Node.MAIN)),
            Option(Prompt.AFTER_TEXT_REFERENCE, Route(Node.TEXT, CAN_REACH_OUT, want_reference)),
            Option(Prompt.AFTER_END, Route(Node.GOODBYE), key=LAST_KEY),
        ),
        topic=Topic.REQUEST,
        # The call back that silence leads to is already on its way.
        after_no_input=Node.GOODBYE,
    ),
)
