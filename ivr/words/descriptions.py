"""What a caller hears of an answer of the register, a reference, and an error on our side."""

from collections.abc import Iterable
from datetime import date

from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, Value, ValueKind, day_value, with_value
from resident_app.configuration.codes import Codes
from resident_app.configuration.office import Office
from resident_app.intake.reference import Reference
from resident_app.register.check import Answer, AnswerKind
from resident_app.register.disclosure import Disclosure
from resident_app.register.edition import Edition
from resident_app.register.recipients import IceReceived, Recipients, find_recipients, other_agencies

Utterances = tuple[Utterance, ...]


def describe_answer(answer: Answer, office: Office, codes: Codes) -> Utterances:
    """Describe an answer of the register. `busy` is not one: the engine waits and asks again."""
    if answer.kind is AnswerKind.PAUSED:
        return (Utterance(Prompt.PAUSED),)
    if answer.kind is AnswerKind.NO_MATCH:
        return (Utterance(Prompt.NO_MATCH),)
    assert answer.edition
    coverage = _describe_coverage(answer.edition, office.log_incomplete_before)
    if answer.kind is AnswerKind.NOT_SHARED:
        values = {"agencies": _agencies(other_agencies(codes)), "date": day_value(office.cut_off)}
        return (Utterance(Prompt.NOT_SHARED), Utterance(Prompt.NOT_SHARED_WITH, values), *coverage)
    utterances = _describe_recipients(find_recipients(answer.found, codes))
    for disclosure in answer.disclosures:
        utterances.extend(_describe_disclosure(disclosure, codes))
    if answer.more:
        utterances.append(with_value(Prompt.SHARED_MORE, "count", ValueKind.NUMBER, answer.more))
    return (*utterances, *coverage)


def describe_reference(reference: Reference) -> Utterances:
    """Give a reference, group by group, twice."""
    digits = {"reference": Value(ValueKind.DIGITS, reference.digits)}
    return (Utterance(Prompt.REFERENCE, digits), Utterance(Prompt.REFERENCE_AGAIN, digits))


def describe_reference_slowly(reference: Reference) -> Utterances:
    """Give a reference once, with time to write down each group."""
    digits = {"reference": Value(ValueKind.DIGITS, reference.digits)}
    return (Utterance(Prompt.REFERENCE, digits, slowly=True),)


def describe_system_error(office: Office) -> Utterances:
    """Say that something did not work, with the line's number."""
    return (with_value(Prompt.SYSTEM_ERROR, "number", ValueKind.PHONE, office.line),)


def _describe_recipients(to: Recipients) -> list[Utterance]:
    """Say who received the record, in the sentences of the site."""
    others, above_ice = _agencies(to.others), _agencies(to.above_ice)
    match to.ice:
        case IceReceived.YES:
            also = [Utterance(Prompt.SHARED_ALSO, {"agencies": others})] if to.others else []
            return [Utterance(Prompt.SHARED_ICE), *also]
        case IceReceived.NOT_SHOWN if len(to.others) == 1:
            return [Utterance(Prompt.SHARED_OTHER, {"agency": others}), Utterance(Prompt.ICE_NOT_SHOWN)]
        case IceReceived.NOT_SHOWN:
            return [Utterance(Prompt.SHARED_OTHERS, {"agencies": others}), Utterance(Prompt.ICE_NOT_SHOWN)]
    utterances = [Utterance(Prompt.SHARED_OPEN, {"agencies": others})]
    if to.above_ice:
        is_only = to.ice is IceReceived.ONLY_ABOVE
        prompt = Prompt.ICE_ONLY_ABOVE if is_only else Prompt.ICE_PERHAPS
        utterances.append(Utterance(prompt, {"agency": above_ice}))
    if to.ice is IceReceived.NOT_ALL_LISTED:
        utterances.append(Utterance(Prompt.ICE_NOT_ALL_LISTED))
    return utterances


def _agencies(codes: Iterable[str]) -> Value:
    return Value(ValueKind.SHORT_AGENCIES, "+".join(codes))


def _describe_disclosure(disclosure: Disclosure, codes: Codes) -> list[Utterance]:
    values = {
        "date": day_value(disclosure.answered_on),
        "what": Value(ValueKind.RELEASED, "+".join(disclosure.released)),
        "agency": Value(ValueKind.AGENCY, disclosure.agency),
    }
    utterances = [Utterance(Prompt.SHARED_ONE, values)]
    if disclosure.office:
        utterances.append(with_value(Prompt.SHARED_OFFICE, "office", ValueKind.TEXT, disclosure.office))
    if disclosure.ground in codes.unstated_grounds:
        utterances.append(Utterance(Prompt.SHARED_NO_GROUND))
    else:
        utterances.append(with_value(Prompt.SHARED_GROUND, "ground", ValueKind.GROUND, disclosure.ground))
    return utterances


def _describe_coverage(edition: Edition, log_incomplete_before: date) -> Utterances:
    period = {"start": day_value(edition.period_from), "end": day_value(edition.period_to)}
    return (
        Utterance(Prompt.COVERAGE, period),
        with_value(Prompt.NOT_COMPLETE, "month", ValueKind.MONTH, log_incomplete_before),
    )
