"""Ways to reach a person, as they are typed: phone numbers and e-mail addresses."""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from resident_app.characters import plain

_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")
_LONGEST_EMAIL = 254


class NotAPhoneNumber(ValueError):
    """What was typed is no phone number, or lacks its area code."""


class NotAnEmail(ValueError):
    """What was typed is no e-mail address."""


def phone_number(typed: str) -> str:
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


def email_address(typed: str) -> str:
    """An e-mail address without what surrounds it. Raises NotAnEmail."""
    address = plain(typed).strip()
    if len(address) > _LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        raise NotAnEmail
    return address
