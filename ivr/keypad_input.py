"""Parses what a caller keyed. Each parser returns the call with the value, and how the value is read back."""

from dataclasses import replace
from datetime import date

from ivr.call import Call, KeyedReference, TextRequest
from ivr.words.prompts import Prompt
from ivr.words.text_messages import Text
from ivr.words.utterances import Utterance, ValueKind, day_value, with_value
from resident_app.contact_points import can_be_texted, keyed_phone_number
from resident_app.intake.reference import DIGITS, GROUP, split_groups
from resident_app.register.facts import NotACardNumber, NotADate, birth_date, issue_date, keyed_card_number

CARD_KEYS = 12

Parsed = tuple[Call, Utterance]


class InvalidInput(Exception):
    """What was keyed cannot be used. `prompt` says why."""

    def __init__(self, prompt: Prompt):
        super().__init__()
        self.prompt = prompt


def parse_card_number(call: Call, keys: str, _today: date) -> Parsed:
    """Parse a card number. It is never read back: only how many keys there were. Raises InvalidInput."""
    try:
        card = keyed_card_number(keys)
    except NotACardNumber:
        raise InvalidInput(Prompt.CARD_WRONG) from None
    read_back = with_value(Prompt.CARD_KEYED, "count", ValueKind.NUMBER, len(keys))
    return replace(call, facts=replace(call.facts, card=card)), read_back


def parse_birth_date(call: Call, keys: str, today: date) -> Parsed:
    """Parse a birth date, MMDDYYYY. Raises InvalidInput."""
    try:
        born_on = birth_date(*_year_month_day(keys), today=today)
    except NotADate:
        raise InvalidInput(Prompt.DATE_WRONG) from None
    read_back = Utterance(Prompt.BIRTH_READ, {"date": day_value(born_on)})
    return replace(call, facts=replace(call.facts, born_on=born_on)), read_back


def parse_issue_date(call: Call, keys: str, today: date) -> Parsed:
    """Parse an issue date, MMDDYYYY, not before the birth date. Raises InvalidInput."""
    try:
        issued_on = issue_date(*_year_month_day(keys), born=call.facts.born_on, today=today)
    except NotADate:
        raise InvalidInput(Prompt.DATE_WRONG) from None
    read_back = Utterance(Prompt.ISSUE_READ, {"date": day_value(issued_on)})
    return replace(call, facts=replace(call.facts, issued_on=issued_on)), read_back


def parse_call_back_number(call: Call, keys: str, _today: date) -> Parsed:
    """Parse a North American number that the office may call. Raises InvalidInput."""
    number = keyed_phone_number(keys)
    if number is None:
        raise InvalidInput(Prompt.NUMBER_WRONG)
    read_back = with_value(Prompt.NUMBER_READ, "number", ValueKind.PHONE, number)
    return replace(call, call_back=replace(call.call_back, number=number)), read_back


def parse_text_number(call: Call, keys: str, _today: date) -> Parsed:
    """Parse a number that a text message may go to. Raises InvalidInput."""
    number = keyed_phone_number(keys)
    if number is None or not can_be_texted(number):
        raise InvalidInput(Prompt.NUMBER_WRONG)
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
        raise InvalidInput(Prompt.REFERENCE_WRONG)
    if len(digits) == DIGITS - 1:
        digits = digits[: DIGITS - GROUP]
    return replace(call, keyed_reference=KeyedReference(digits)), _read_back(digits)


def parse_digit_group(call: Call, keys: str, _today: date) -> Parsed:
    """Parse the digits that take the place of a wrong group of a reference. Raises InvalidInput."""
    if not _are_digits(keys) or len(keys) != GROUP:
        raise InvalidInput(Prompt.GROUP_NOT_FOUR)
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

    On old cards `*` is part of the number: twelve keys are a whole number as it is printed.
    """
    return keys if len(keys) == CARD_KEYS else keys.rpartition("**")[2]


def _year_month_day(keys: str) -> tuple[int, int, int]:
    """Split MMDDYYYY. Raises NotADate."""
    if len(keys) != 8 or not _are_digits(keys):
        raise NotADate
    return int(keys[4:]), int(keys[:2]), int(keys[2:4])


def _are_digits(keys: str) -> bool:
    return keys.isascii() and keys.isdigit()
