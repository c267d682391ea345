"""Parses what a caller keyed. Each parser returns the call with the value, and how the value is read back."""

from dataclasses import replace
from datetime import date

from ivr.call import Call, TextRequest
from ivr.words.prompts import Prompt
from ivr.words.text_messages import Text
from ivr.words.utterances import Utterance, ValueKind, day_value, with_value
from resident_app.contact_points import can_be_texted, keyed_phone_number
from resident_app.intake.reference import NotAReference, parse_reference
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


def parse_request_reference(call: Call, keys: str, _today: date) -> Parsed:
    """Parse a request's reference. Raises InvalidInput."""
    try:
        reference = parse_reference(keys)
    except NotAReference:
        raise InvalidInput(Prompt.REFERENCE_WRONG) from None
    read_back = with_value(Prompt.REFERENCE, "reference", ValueKind.DIGITS, reference.digits)
    return replace(call, reference=reference.digits), read_back


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
    if len(keys) != 8 or not (keys.isascii() and keys.isdigit()):
        raise NotADate
    return int(keys[4:]), int(keys[:2]), int(keys[2:4])
