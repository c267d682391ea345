"""What a caller hears of an outcome: an answer, a reference, how a request stands, information."""

from datetime import date

from ivr.call import Call, Refused, Sending
from ivr.words.prompts import Kind, Prompt, Say, Value, say_with
from ivr.words.text_messages import Text
from resident_app.configuration import Configuration, Office
from resident_app.intake.reference import Reference
from resident_app.intake.request_state import RequestStatus
from resident_app.intake.request_tables import RequestState
from resident_app.register.check import Answer, AnswerKind
from resident_app.register.disclosure import Disclosure
from resident_app.register.edition import Edition

_STATES: dict[RequestState | Refused, Prompt] = {
    RequestState.RECEIVED: Prompt.STATE_RECEIVED,
    RequestState.IN_HAND: Prompt.STATE_IN_HAND,
    RequestState.TRIED: Prompt.STATE_TRIED,
    RequestState.CLOSED: Prompt.STATE_CLOSED,
    Refused.NOT_FOUND: Prompt.STATE_UNKNOWN,
}


QUESTIONS = (
    Prompt.TELL_POLICE,
    Prompt.TELL_IMMIGRATION,
    Prompt.TELL_REVIEW,
    Prompt.TELL_BEFORE,
    Prompt.TELL_SINCE,
    Prompt.TELL_OFFICE,
)
"""The answers, in the order of their keys."""


def answer_said(answer: Answer, office: Office) -> tuple[Say, ...]:
    """An answer of the register. `busy` is not one: the flow waits and asks again."""
    if answer.kind is AnswerKind.PAUSED:
        return (Say(prompt=Prompt.PAUSED),)
    if answer.kind is AnswerKind.NO_MATCH:
        return (Say(prompt=Prompt.NO_MATCH), say_with(Prompt.AFTER_CORRECT, "key", Kind.KEY, "5"))
    cut_off = _day(office.cut_off)
    assert answer.edition
    covered = _coverage(answer.edition, office)
    if answer.kind is AnswerKind.NOT_SHARED:
        return (Say(prompt=Prompt.NOT_SHARED, values={"date": cut_off}), *covered)
    said = [Say(prompt=Prompt.SHARED, values={"date": cut_off})]
    for disclosure in answer.disclosures:
        said.extend(_disclosure(disclosure))
    if answer.more:
        said.append(say_with(Prompt.SHARED_MORE, "count", Kind.NUMBER, answer.more))
    return (*said, *covered)


def reference_said(reference: Reference) -> tuple[Say, ...]:
    """A reference, group by group, twice."""
    digits = {"reference": Value(kind=Kind.DIGITS, raw=reference.digits)}
    return (
        Say(prompt=Prompt.RECEIVED),
        Say(prompt=Prompt.REFERENCE, values=digits),
        Say(prompt=Prompt.REFERENCE_AGAIN, values=digits),
    )


def text_said(sending: Sending, call: Call) -> tuple[Say, ...]:
    """What became of a text message; a reference that was not sent is said instead."""
    if sending is Sending.SENT:
        return (Say(prompt=Prompt.TEXT_SENT),)
    failed = Say(prompt=Prompt.TEXT_NOT_SENT)
    if call.text is not Text.REFERENCE:
        return (failed,)
    return (failed, *reference_said(Reference(call.reference))[1:])


def outcome_said(outcome: object, office: Office) -> tuple[Say, ...]:
    """How a request stands, or why that cannot be said."""
    if isinstance(outcome, RequestStatus) and outcome.state in _STATES:
        tried = (
            {"date": _day(outcome.tried_on)}
            if outcome.tried_on and outcome.state is RequestState.TRIED
            else {}
        )
        return (Say(prompt=_STATES[outcome.state], values=tried),)
    if outcome is Refused.TOO_MANY:
        return (say_with(Prompt.TOO_MANY, "key", Kind.KEY, "0"),)
    if isinstance(outcome, Refused) and outcome in _STATES:
        return (Say(prompt=_STATES[outcome]),)
    return unavailable_said(office)


def unavailable_said(office: Office) -> tuple[Say, ...]:
    return (say_with(Prompt.TROUBLE, "number", Kind.PHONE, office.line),)


def question_said(number: int, configuration: Configuration) -> tuple[Say, ...]:
    """The short answer to one of the questions."""
    before, after = configuration.figures.before, configuration.figures.after
    values = {
        Prompt.TELL_BEFORE: {
            "start": Value(kind=Kind.MONTH, raw=before.since.isoformat()),
            "end": _day(before.until),
            "requests": Value(kind=Kind.NUMBER, raw=str(before.requests)),
        },
        Prompt.TELL_SINCE: {
            "requests": Value(kind=Kind.NUMBER, raw=str(after.sent_to_governor)),
            "percent": Value(kind=Kind.PERCENT, raw=str(after.approved_percent)),
        },
        Prompt.TELL_OFFICE: {"name": Value(kind=Kind.TEXT, raw=configuration.office.led_by)},
    }
    prompt = QUESTIONS[number]
    return (Say(prompt=prompt, values=values.get(prompt, {})),)


def _disclosure(disclosure: Disclosure) -> list[Say]:
    values = {
        "date": _day(disclosure.answered_on),
        "what": Value(kind=Kind.RELEASED, raw="+".join(disclosure.released)),
        "agency": Value(kind=Kind.AGENCY, raw=disclosure.agency),
    }
    said = [Say(prompt=Prompt.SHARED_ONE, values=values)]
    if disclosure.office:
        said.append(say_with(Prompt.SHARED_OFFICE, "office", Kind.TEXT, disclosure.office))
    said.append(say_with(Prompt.SHARED_GROUND, "ground", Kind.GROUND, disclosure.ground))
    return said


def _coverage(edition: Edition, office: Office) -> tuple[Say, ...]:
    period = {"start": _day(edition.period_from), "end": _day(edition.period_to)}
    return (
        Say(prompt=Prompt.COVERAGE, values=period),
        say_with(Prompt.NOT_COMPLETE, "month", Kind.MONTH, office.log_incomplete_before),
    )


def _day(day: date) -> Value:
    return Value(kind=Kind.DAY, raw=day.isoformat())
