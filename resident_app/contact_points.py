"""Contact points: phone numbers and e-mail addresses, as they are typed, keyed, called and written to."""

import re
from enum import Enum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from resident_app.characters import plain


class Channel(Enum):
    """How the office and a resident reach each other."""

    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"


NEAR = ("US", "CA")
"""Where calls and text messages of ours may go."""
_PREMIUM_AREAS = ("900",)
_PREMIUM_EXCHANGES = ("976",)


def keyed_phone_number(keys: str) -> str | None:
    """A North American number in E.164; None if it is not whole, or costs whoever calls it."""
    try:
        number = phonenumbers.parse(keys, "US")
    except NumberParseException:
        return None
    national = str(number.national_number)
    if number.country_code != 1 or len(national) != 10 or not phonenumbers.is_possible_number(number):
        return None
    if national[:3] in _PREMIUM_AREAS or national[3:6] in _PREMIUM_EXCHANGES:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def can_be_called_back(caller: str) -> bool:
    """Whether the calling number can be called: any country's, but no number that costs the caller."""
    if caller.startswith("+1"):
        return keyed_phone_number(caller[2:]) == caller
    if not re.fullmatch(r"\+[2-9][0-9]{7,14}", caller):
        return False
    try:
        number = phonenumbers.parse(caller)
    except NumberParseException:
        return False
    # Of no country are satellites and premium services.
    is_of_a_country = phonenumbers.region_code_for_country_code(number.country_code or 0) != "001"
    return is_of_a_country and phonenumbers.number_type(number) != PhoneNumberType.PREMIUM_RATE


def can_be_texted(number: str) -> bool:
    """Whether a text message may go to a number: of the United States or Canada, and not a premium one."""
    if not number.startswith("+1") or keyed_phone_number(number[2:]) != number:
        return False
    return phonenumbers.region_code_for_number(phonenumbers.parse(number)) in NEAR


_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")
_LONGEST_EMAIL = 254


class NotAPhoneNumber(ValueError):
    """What was typed is no phone number, or lacks its area code."""


class NotAnEmail(ValueError):
    """What was typed is no e-mail address."""


def parse_phone_number(typed: str) -> str:
    """A phone number as +12065550100, with its extension as `;ext=77` (RFC 3966). Raises NotAPhoneNumber.

    Without a country code it is a North American one, and then needs its area code.
    """
    try:
        number = phonenumbers.parse(plain(typed), "US")
    except NumberParseException:
        raise NotAPhoneNumber from None
    is_local = number.country_code == 1 and len(str(number.national_number)) != 10
    if is_local or not phonenumbers.is_possible_number(number):
        raise NotAPhoneNumber
    whole = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{whole};ext={number.extension}" if number.extension else whole


def parse_email_address(typed: str) -> str:
    """An e-mail address without what surrounds it. Raises NotAnEmail."""
    address = plain(typed).strip()
    if len(address) > _LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        raise NotAnEmail
    return address
