"""Checking a record: the three facts, the answer, and correcting one fact."""

from dataclasses import replace
from typing import Any

from ivr.call import Call, KeyedFacts, Node, Topic
from ivr.keypad_input import (
    after_card_clearing,
    after_clearing,
    parse_birth_date,
    parse_card_number,
    parse_issue_date,
)
from ivr.menus.menu import (
    CAN_TEXT,
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
    repeat,
    with_outcome,
)
from ivr.menus.text_message import want_address
from ivr.steps import CheckRecord, InputMode
from ivr.words.descriptions import describe_answer
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance
from resident_app.register.check import Answer, AnswerKind
from resident_app.register.facts import Facts

BUSY_BEFORE_A_CALL_BACK = 2

CORRECTING = Condition("correcting one fact", lambda call, _line: call.facts.correcting)


def _check_record(call: Call, _line: LineConfiguration) -> CheckRecord:
    facts = call.facts
    assert facts.card is not None
    assert facts.born_on is not None
    assert facts.issued_on is not None
    return CheckRecord(Facts(facts.card, facts.born_on, facts.issued_on))


def _start_correcting(call: Call, _line: LineConfiguration) -> Call:
    return replace(call, facts=replace(call.facts, correcting=True))


def _stop_correcting(call: Call, _line: LineConfiguration) -> Call:
    return replace(call, facts=replace(call.facts, correcting=False))


def _topic_after(call: Call, answer: Answer) -> str:
    """Return what the office may know: a record that was shared, even if another card came after it."""
    shared = AnswerKind.SHARED.value
    return shared if call.call_back.topic == shared else answer.topic


def after_answer(call: Call, answer: Answer, line: LineConfiguration) -> Transition:
    """Give the answer; while the register is busy, wait twice, then offer a call back.

    When checks are paused, a call back is offered at once: others' tries from the same phone may have used
    them up.
    Facts that did not match are kept, so that one can be corrected.
    """
    call = replace(call, call_back=replace(call.call_back, topic=_topic_after(call, answer)))
    if answer.kind is AnswerKind.BUSY:
        if call.errors.busy >= BUSY_BEFORE_A_CALL_BACK:
            return Transition(with_outcome(call, ()), Node.CALL_BACK, (Utterance(Prompt.STILL_BUSY),))
        errors = replace(call.errors, busy=call.errors.busy + 1)
        return Transition(replace(call, errors=errors, outcome=()), Node.HOLD)
    configuration = line.configuration
    outcome = describe_answer(answer, configuration.office, configuration.codes)
    if answer.kind is AnswerKind.NO_MATCH:
        return Transition(with_outcome(call, outcome), Node.CARD_NOT_FOUND)
    call = replace(call, facts=KeyedFacts())
    if answer.kind is AnswerKind.PAUSED:
        why = (*outcome, Utterance(Prompt.CAN_CALL_BACK))
        return Transition(with_outcome(call, ()), Node.CALL_BACK, why)
    return Transition(with_outcome(call, outcome), Node.ANSWER)


CHECK_RECORD = EffectRequest(
    _check_record,
    (Node.ANSWER, Node.CARD_NOT_FOUND, Node.HOLD, Node.CALL_BACK, Node.REQUEST_STATUS),
)
_CHECK_AT_ONCE = Route(when=CORRECTING, action=_stop_correcting, request=CHECK_RECORD)


def _menu(node: Node, back: tuple[Route, ...], **more: Any) -> Menu:
    return Menu(node, back=back, topic=Topic.CHECK, keeps_facts=True, **more)


def _back_from_fact(node: Node) -> tuple[Route, ...]:
    return (Route(Node.CORRECT, CORRECTING, _stop_correcting), Route(node))


MENUS = (
    _menu(
        Node.CARD,
        _back_from_fact(Node.MAIN),
        announcements=(Announcement(Prompt.CARD), Announcement(Prompt.CARD_STARS)),
        input=InputMode.ENTRY,
        entry=Entry(parse_card_number, after_card_clearing, repeats_read_back=False),
        then=(_CHECK_AT_ONCE, Route(Node.BIRTH)),
    ),
    _menu(
        Node.BIRTH,
        _back_from_fact(Node.CARD),
        announcements=(Announcement(Prompt.BIRTH),),
        input=InputMode.ENTRY,
        entry=Entry(parse_birth_date, after_clearing),
        then=(Route(Node.BIRTH_READ),),
    ),
    _menu(
        Node.BIRTH_READ,
        _back_from_fact(Node.BIRTH),
        options=(
            Option(Prompt.IS_RIGHT, _CHECK_AT_ONCE, Route(Node.ISSUE)),
            Option(Prompt.KEY_AGAIN, Route(Node.BIRTH)),
        ),
    ),
    _menu(
        Node.ISSUE,
        _back_from_fact(Node.BIRTH),
        announcements=(Announcement(Prompt.ISSUE),),
        input=InputMode.ENTRY,
        entry=Entry(parse_issue_date, after_clearing),
        then=(Route(Node.ISSUE_READ),),
    ),
    _menu(
        Node.ISSUE_READ,
        _back_from_fact(Node.ISSUE),
        options=(
            Option(Prompt.IS_RIGHT, Route(action=_stop_correcting, request=CHECK_RECORD)),
            Option(Prompt.KEY_AGAIN, Route(Node.ISSUE)),
        ),
    ),
    _menu(
        Node.HOLD,
        (Route(Node.MAIN),),
        announcements=(Announcement(Prompt.PLEASE_WAIT),),
        input=InputMode.PAUSE,
        then=(Route(request=CHECK_RECORD),),
    ),
    _menu(
        Node.ANSWER,
        (Route(Node.MAIN),),
        options=(
            Option(Prompt.AFTER_REPEAT, repeat(Node.ANSWER)),
            Option(Prompt.MAIN_HELP, Route(Node.CALL_BACK)),
            Option(Prompt.AFTER_MENU, Route(Node.MAIN)),
            Option(Prompt.AFTER_TEXT_ADDRESS, Route(Node.TEXT, CAN_TEXT, want_address)),
            Option(Prompt.AFTER_END, Route(Node.GOODBYE), key=LAST_KEY),
        ),
    ),
    _menu(
        Node.CARD_NOT_FOUND,
        (Route(Node.MAIN),),
        options=(
            Option(Prompt.AFTER_CORRECT, Route(Node.CORRECT)),
            Option(Prompt.MAIN_HELP, Route(Node.CALL_BACK)),
            Option(Prompt.AFTER_MENU, Route(Node.MAIN)),
            Option(Prompt.AFTER_TEXT_ADDRESS, Route(Node.TEXT, CAN_TEXT, want_address)),
            Option(Prompt.AFTER_END, Route(Node.GOODBYE), key=LAST_KEY),
        ),
    ),
    _menu(
        Node.CORRECT,
        (Route(Node.MAIN),),
        options=(
            Option(Prompt.CORRECT_CARD, Route(Node.CARD, action=_start_correcting)),
            Option(Prompt.CORRECT_BIRTH, Route(Node.BIRTH, action=_start_correcting)),
            Option(Prompt.CORRECT_ISSUE, Route(Node.ISSUE, action=_start_correcting)),
        ),
    ),
)
