"""What a caller keyed becomes a part of the call and is read back, or the caller hears why it is refused."""

from collections.abc import Callable
from datetime import date

from ivr.call import Call, Place
from ivr.words.prompts import Kind, Prompt, Say, say_with
from resident_app.contact_points import can_be_texted, keyed_phone_number
from resident_app.intake.reference import NotAReference, parse_reference
from resident_app.register.facts import NotACardNumber, NotADate, birth_date, issue_date, keyed_card_number


class WrongEntry(Exception):
    """What was keyed cannot be used."""

    def __init__(self, prompt: Prompt):
        self.prompt = prompt


def take_entry(call: Call, keyed: str, today: date) -> tuple[Call, Say]:
    """The call with what was keyed at its place, and how that is read back. Raises WrongEntry."""
    try:
        return _TAKERS[call.place](call, keyed, today)
    except NotACardNumber:
        raise WrongEntry(Prompt.CARD_WRONG) from None
    except NotADate:
        raise WrongEntry(Prompt.DATE_WRONG) from None
    except NotAReference:
        raise WrongEntry(Prompt.REFERENCE_WRONG) from None


def _card(call: Call, keyed: str, _: date) -> tuple[Call, Say]:
    """A card number is never said: only how many keys there were."""
    read = say_with(Prompt.CARD_KEYED, "count", Kind.NUMBER, len(keyed))
    return call.but(card=keyed_card_number(keyed)), read


def _birth(call: Call, keyed: str, today: date) -> tuple[Call, Say]:
    born = birth_date(*keyed_date(keyed), today=today)
    return call.but(born=born), say_with(Prompt.BIRTH_READ, "date", Kind.DAY, born)


def _issue(call: Call, keyed: str, today: date) -> tuple[Call, Say]:
    issued = issue_date(*keyed_date(keyed), born=call.born, today=today)
    return call.but(issued=issued), say_with(Prompt.ISSUE_READ, "date", Kind.DAY, issued)


def _call_back_number(call: Call, keyed: str, _: date) -> tuple[Call, Say]:
    number = keyed_phone_number(keyed)
    if number is None:
        raise WrongEntry(Prompt.NUMBER_WRONG)
    return call.but(number=number), say_with(Prompt.NUMBER_READ, "number", Kind.PHONE, number)


def _text_number(call: Call, keyed: str, _: date) -> tuple[Call, Say]:
    number = keyed_phone_number(keyed)
    if number is None or not can_be_texted(number):
        raise WrongEntry(Prompt.NUMBER_WRONG)
    return call.but(number=number), say_with(Prompt.TEXT_NUMBER_READ, "number", Kind.PHONE, number)


def _reference(call: Call, keyed: str, _: date) -> tuple[Call, Say]:
    reference = parse_reference(keyed)
    return call.but(reference=reference.digits), say_with(
        Prompt.REFERENCE, "reference", Kind.DIGITS, reference.digits
    )


_TAKERS: dict[Place, Callable[[Call, str, date], tuple[Call, Say]]] = {
    Place.CARD: _card,
    Place.BIRTH: _birth,
    Place.ISSUE: _issue,
    Place.CALL_BACK_NUMBER: _call_back_number,
    Place.TEXT_NUMBER: _text_number,
    Place.ASK_REFERENCE: _reference,
}

CARD_KEYS = 12


def after_clearing(keys: str) -> str:
    """What counts of an entry in which `*` begins anew."""
    return keys.rpartition("*")[2]


def card_after_clearing(keys: str) -> str:
    """What counts of a card number, in which `**` begins anew.

    On old cards `*` is a sign of the number: twelve keys are a whole number as it is printed.
    """
    return keys if len(keys) == CARD_KEYS else keys.rpartition("**")[2]


def keyed_date(keys: str) -> tuple[int, int, int]:
    """MMDDYYYY as year, month, day. Raises NotADate."""
    if len(keys) != 8 or not (keys.isascii() and keys.isdigit()):
        raise NotADate
    return int(keys[4:]), int(keys[:2]), int(keys[2:4])
