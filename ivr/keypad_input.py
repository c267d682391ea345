"""Parses what a caller keyed. Each parser returns the call with the value, and how the value is read back."""

from dataclasses import replace
from datetime import date

from ivr.call import Call, KeyedReference, TextRequest
from ivr.words.prompts import Prompt
from ivr.words.text_messages import Text
from ivr.words.utterances import Utterance, ValueKind, day_value, with_value
from resident_app.contact_points import can_be_texted, keyed_phone_number
from resident_app.intake.reference import DIGITS, GROUP, split_groups
from resident_app.register.facts import (
    CARD_LENGTH,
    DateMistake,
    KeyedMistake,
    NotACardNumber,
    NotADate,
    birth_date,
    issue_date,
    keyed_card_number,
)

Parsed = tuple[Call, Utterance | None]
"""The call with the value, and how it is read back, if it is."""

_DATE_MISTAKES = {
    DateMistake.NO_SUCH_DAY: Prompt.DATE_NO_SUCH_DAY,
    DateMistake.TOO_LONG_AGO: Prompt.DATE_TOO_LONG_AGO,
    DateMistake.FUTURE: Prompt.DATE_FUTURE,
    DateMistake.BEFORE_BIRTH: Prompt.DATE_BEFORE_BIRTH,
}


class InvalidInput(Exception):
    """What was keyed cannot be used. `why` names the mistake."""

    def __init__(self, *why: Utterance):
        super().__init__()
        self.why = why


def parse_card_number(call: Call, keys: str, _today: date) -> Parsed:
    """Parse a card number. It is never read back, but a short one's count of keys. Raises InvalidInput."""
    try:
        card = keyed_card_number(keys)
    except NotACardNumber as mistake:
        if mistake.keyed is KeyedMistake.TOO_LONG:
            why = Utterance(Prompt.CARD_TOO_LONG)
        else:
            why = with_value(Prompt.CARD_TOO_SHORT, "count", ValueKind.NUMBER, len(keys))
        raise InvalidInput(why, Utterance(Prompt.CARD_LETTERS)) from None
    keyed = replace(call, facts=replace(call.facts, card=card))
    if len(keys) == CARD_LENGTH:
        return keyed, None
    return keyed, with_value(Prompt.CARD_KEYED, "count", ValueKind.NUMBER, len(keys))


def parse_birth_date(call: Call, keys: str, today: date) -> Parsed:
    """Parse a birth date, MMDDYYYY. Raises InvalidInput."""
    try:
        born_on = birth_date(*_year_month_day(keys), today=today)
    except NotADate as error:
        raise InvalidInput(Utterance(_DATE_MISTAKES[error.mistake])) from None
    read_back = Utterance(Prompt.BIRTH_READ, {"date": day_value(born_on)})
    return replace(call, facts=replace(call.facts, born_on=born_on)), read_back


def parse_issue_date(call: Call, keys: str, today: date) -> Parsed:
    """Parse an issue date, MMDDYYYY, not before the birth date. Raises InvalidInput."""
    try:
        issued_on = issue_date(*_year_month_day(keys), born=call.facts.born_on, today=today)
    except NotADate as error:
        raise InvalidInput(Utterance(_DATE_MISTAKES[error.mistake])) from None
    read_back = Utterance(Prompt.ISSUE_READ, {"date": day_value(issued_on)})
    return replace(call, facts=replace(call.facts, issued_on=issued_on)), read_back


def parse_call_back_number(call: Call, keys: str, _today: date) -> Parsed:
    """Parse a North American number that the office may call. Raises InvalidInput."""
    number = keyed_phone_number(keys)
    if number is None:
        raise InvalidInput(Utterance(Prompt.NUMBER_WRONG))
    read_back = with_value(Prompt.NUMBER_READ, "number", ValueKind.PHONE, number)
    return replace(call, call_back=replace(call.call_back, number=number)), read_back


def parse_text_number(call: Call, keys: str, _today: date) -> Parsed:
    """Parse a number that a text message may go to. Raises InvalidInput."""
    number = keyed_phone_number(keys)
    if number is None or not can_be_texted(number):
        raise InvalidInput(Utterance(Prompt.NUMBER_WRONG))
    read_back = with_value(Prompt.TEXT_NUMBER_READ, "number", ValueKind.PHONE, number)
    wanted = call.text or TextRequest(Text.ADDRESS)
    return replace(call, text=replace(wanted, number=number)), read_back


def parse_first_digits(call: Call, keys: str, today: date) -> Parsed:
    """Parse the first digits of a reference, or all of them. Raises InvalidInput."""
    return parse_next_digits(replace(call, keyed_reference=KeyedReference()), keys, today)


def parse_next_digits(call: Call, keys: str, _today: date) -> Parsed:
    """Parse digits that follow those that were keyed of a reference. Raises InvalidInput.

    If one digit is missing, its group is keyed again: a `0` or `8` alone means something else.
    """
    digits = call.keyed_reference.digits + keys
    if not _are_digits(keys) or len(digits) > DIGITS:
        raise InvalidInput(Utterance(Prompt.REFERENCE_WRONG))
    if len(digits) == DIGITS - 1:
        digits = digits[: DIGITS - GROUP]
    return replace(call, keyed_reference=KeyedReference(digits)), _read_back(digits)


def parse_digit_group(call: Call, keys: str, _today: date) -> Parsed:
    """Parse the digits that take the place of a wrong group of a reference. Raises InvalidInput."""
    if not _are_digits(keys) or len(keys) != GROUP:
        raise InvalidInput(Utterance(Prompt.GROUP_NOT_FOUR))
    groups = list(split_groups(call.keyed_reference.digits))
    groups[call.keyed_reference.group] = keys
    return replace(call, keyed_reference=KeyedReference("".join(groups))), _read_back(keys)


def _read_back(digits: str) -> Utterance:
    return with_value(Prompt.REFERENCE_KEYED, "reference", ValueKind.DIGITS, digits)


def after_clearing(keys: str) -> str:
    """Return the keys of an entry in which `*` clears what came before."""
    return keys.rpartition("*")[2]


def after_card_clearing(keys: str) -> str:
    """Return the keys of a card number, in which `**` clears what came before.

    On old cards `*` is part of the number: up to twelve keys are a number as it is printed, or a part of one.
    """
    return keys if len(keys) <= CARD_LENGTH else keys.rpartition("**")[2]


def _year_month_day(keys: str) -> tuple[int, int, int]:
    """Split MMDDYYYY. Raises NotADate, or InvalidInput if there are not eight digits."""
    if len(keys) != 8 or not _are_digits(keys):
        raise InvalidInput(Utterance(Prompt.DATE_DIGITS))
    return int(keys[4:]), int(keys[:2]), int(keys[2:4])


def _are_digits(keys: str) -> bool:
    return keys.isascii() and keys.isdigit()
