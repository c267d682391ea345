"""Asking to be called back: the number, the best time, and whether a voice message is safe."""

from dataclasses import replace

from ivr.call import Call, Node, Topic
from ivr.keypad_input import after_clearing, parse_call_back_number
from ivr.menus.menu import (
    CALL_BACK_ALONE,
    CAN_TEXT,
    HAS_MENUS,
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
    line_number,
    with_outcome,
)
from ivr.menus.text_message import want_reference
from ivr.steps import InputMode, LeaveRequest
from ivr.words.descriptions import describe_reference, describe_reference_slowly
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, ValueKind, with_value
from resident_app.contact_points import can_be_called_back
from resident_app.intake.reference import Reference

PEN_SECONDS = 8
"""Silence in which a caller gets a pen."""
_REFERENCE_KEY = "1"
_TOPIC, _LANGUAGE_TOPIC = "question", "language"
"""The topics of a caller who heard no answer, and of one who needs an interpreter."""

CANNOT_BE_CALLED = Condition(
    "the number cannot be called", lambda call, _line: not can_be_called_back(call.caller or "")
)
HAS_TOPIC = Condition(
    "an answer was heard, and the office may know it", lambda call, _line: call.call_back.topic is not None
)
NEEDS_INTERPRETER = Condition("an interpreter is needed", lambda call, _line: call.language.needs_interpreter)


def call_the_caller(call: Call, _line: LineConfiguration) -> Call:
    """Take the calling number as the one to call back."""
    return replace(call, call_back=replace(call.call_back, number=call.caller))


def _best_time(code: str) -> Action:
    return lambda call, _line: replace(call, call_back=replace(call.call_back, best_time=code))


def _voicemail(*, is_ok: bool) -> Action:
    return lambda call, _line: replace(call, call_back=replace(call.call_back, voicemail_ok=is_ok))


def _do_not_tell(call: Call, _line: LineConfiguration) -> Call:
    """Keep what the caller was told from the office."""
    return replace(call, call_back=replace(call.call_back, topic=None))


def _leave_request(call: Call, _line: LineConfiguration) -> LeaveRequest:
    wanted = call.call_back
    assert wanted.number is not None
    topic = _LANGUAGE_TOPIC if call.language.needs_interpreter else wanted.topic or _TOPIC
    return LeaveRequest(
        wanted.number, call.language.code, wanted.best_time, wanted.voicemail_ok, topic, call.token
    )


def after_request(call: Call, reference: Reference, line: LineConfiguration) -> Transition:
    """Say that the request is stored and how the call back begins, and give the reference.

    There is time to get a pen. The first choice, the reference, is open at once. Before a language is
    chosen there is no such time, because the next language would begin in it.
    """
    received = Utterance(Prompt.RECEIVED)
    comes_from = Utterance(Prompt.CALL_COMES_FROM, dict(line_number(call, line)))
    if call.language.code is None:
        # A caller who understands nothing else may know their own number when they hear it.
        read_back = with_value(Prompt.NUMBER_READ, "number", ValueKind.PHONE, call.call_back.number)
        own = (read_back,) if call.language.needs_interpreter else ()
        outcome = (received, *own, comes_from, describe_reference(reference)[0])
        return Transition(with_outcome(replace(call, reference=reference.digits), outcome), Node.RECEIVED)
    will_hear = Prompt.WILL_HEAR_CALL_BACK if call.call_back.voicemail_ok else Prompt.WILL_HEAR_NEUTRAL
    pen = with_value(Prompt.GET_PEN, "key", ValueKind.KEY, _REFERENCE_KEY)
    outcome = (
        received,
        comes_from,
        Utterance(will_hear),
        replace(pen, pause=PEN_SECONDS),
        *describe_reference(reference),
    )
    return Transition(with_outcome(replace(call, reference=reference.digits), outcome), Node.RECEIVED)


def _reference_slowly(call: Call, _line: LineConfiguration) -> Call:
    return replace(call, outcome=describe_reference_slowly(Reference(call.reference or "")))


LEAVE_REQUEST = EffectRequest(_leave_request, (Node.RECEIVED, Node.REQUEST_STATUS))

MENUS = (
    Menu(
        Node.CALL_BACK,
        back=(Route(Node.MAIN),),
        instead=Route(Node.CALL_BACK_NUMBER, CANNOT_BE_CALLED),
        options=(
            Option(
                Prompt.CALL_BACK_HERE,
                Route(when=CALL_BACK_ALONE, action=call_the_caller, request=LEAVE_REQUEST),
                Route(Node.BEST_TIME, action=call_the_caller),
                values=caller_number,
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
            Option(
                Prompt.IS_RIGHT,
                Route(when=CALL_BACK_ALONE, request=LEAVE_REQUEST),
                Route(Node.BEST_TIME),
            ),
            Option(Prompt.KEY_AGAIN, Route(Node.CALL_BACK_NUMBER)),
        ),
        topic=Topic.REQUEST,
    ),
    Menu(
        Node.BEST_TIME,
        back=(Route(Node.CALL_BACK),),
        announcements=(Announcement(Prompt.ANSWER_TOLD, when=HAS_TOPIC), Announcement(Prompt.BEST_TIME)),
        options=(
            Option(Prompt.BEST_TIME_MORNING, Route(Node.MESSAGE_OK, action=_best_time("morning"))),
            Option(Prompt.BEST_TIME_AFTERNOON, Route(Node.MESSAGE_OK, action=_best_time("afternoon"))),
            Option(Prompt.BEST_TIME_ANY, Route(Node.MESSAGE_OK, action=_best_time("any"))),
            Option(
                Prompt.ANSWER_NOT_TOLD,
                Route(Node.BEST_TIME, HAS_TOPIC, _do_not_tell, says=(Prompt.WILL_NOT_BE_TOLD,)),
            ),
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
            Option(Prompt.REFERENCE_SLOWLY, Route(Node.RECEIVED, action=_reference_slowly)),
            Option(Prompt.AFTER_MENU, Route(Node.MAIN, HAS_MENUS)),
            Option(Prompt.AFTER_TEXT_REFERENCE, Route(Node.TEXT, CAN_TEXT, want_reference)),
            Option(Prompt.AFTER_END, Route(Node.GOODBYE), key=LAST_KEY),
        ),
        topic=Topic.REQUEST,
        # The call back that silence leads to is already on its way.
        after_no_input=Node.GOODBYE,
    ),
)
