"""What a caller hears of an answer of the register, a reference, and an error on our side."""

from datetime import date

from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, Value, ValueKind, day_value, with_value
from resident_app.configuration.office import Office
from resident_app.intake.reference import Reference
from resident_app.register.check import Answer, AnswerKind
from resident_app.register.disclosure import Disclosure
from resident_app.register.edition import Edition

Utterances = tuple[Utterance, ...]


def describe_answer(answer: Answer, office: Office) -> Utterances:
    """Describe an answer of the register. `busy` is not one: the engine waits and asks again."""
    if answer.kind is AnswerKind.PAUSED:
        return (Utterance(Prompt.PAUSED),)
    if answer.kind is AnswerKind.NO_MATCH:
        return (Utterance(Prompt.NO_MATCH),)
    cut_off = {"date": day_value(office.cut_off)}
    assert answer.edition
    coverage = _describe_coverage(answer.edition, office.log_incomplete_before)
    if answer.kind is AnswerKind.NOT_SHARED:
        return (Utterance(Prompt.NOT_SHARED, cut_off), *coverage)
    utterances = [Utterance(Prompt.SHARED, cut_off)]
    for disclosure in answer.disclosures:
        utterances.extend(_describe_disclosure(disclosure))
    if answer.more:
        utterances.append(with_value(Prompt.SHARED_MORE, "count", ValueKind.NUMBER, answer.more))
    return (*utterances, *coverage)


def describe_reference(reference: Reference) -> Utterances:
    """Give a reference, group by group, twice."""
    digits = {"reference": Value(ValueKind.DIGITS, reference.digits)}
    return (Utterance(Prompt.REFERENCE, digits), Utterance(Prompt.REFERENCE_AGAIN, digits))


def describe_system_error(office: Office) -> Utterances:
    """Say that something did not work, with the line's number."""
    return (with_value(Prompt.SYSTEM_ERROR, "number", ValueKind.PHONE, office.line),)


def _describe_disclosure(disclosure: Disclosure) -> list[Utterance]:
    values = {
        "date": day_value(disclosure.answered_on),
        "what": Value(ValueKind.RELEASED, "+".join(disclosure.released)),
        "agency": Value(ValueKind.AGENCY, disclosure.agency),
    }
    utterances = [Utterance(Prompt.SHARED_ONE, values)]
    if disclosure.office:
        utterances.append(with_value(Prompt.SHARED_OFFICE, "office", ValueKind.TEXT, disclosure.office))
    utterances.append(with_value(Prompt.SHARED_GROUND, "ground", ValueKind.GROUND, disclosure.ground))
    return utterances


def _describe_coverage(edition: Edition, log_incomplete_before: date) -> Utterances:
    period = {"start": day_value(edition.period_from), "end": day_value(edition.period_to)}
    return (
        Utterance(Prompt.COVERAGE, period),
        with_value(Prompt.NOT_COMPLETE, "month", ValueKind.MONTH, log_incomplete_before),
    )
