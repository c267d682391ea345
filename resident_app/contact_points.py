"""Contact points: phone numbers and e-mail addresses of residents, staff and the sender."""

import re
from enum import StrEnum
from typing import NewType

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from resident_app.characters import plain


class Channel(StrEnum):
    """How the office and a resident reach each other."""

    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"


class Origin(StrEnum):
    """Where a help request came from."""

    SITE = "site"
    PHONE = "phone"
    STAFF = "staff"


PhoneNumber = NewType("PhoneNumber", str)
"""A number in E.164, +12065550100, with its extension as `;ext=77` (RFC 3966)."""

NEAR = ("US", "CA")
"""The countries that text messages are sent to."""
_PREMIUM_AREAS = ("900",)
_PREMIUM_EXCHANGES = ("976",)


class NotAPhoneNumber(ValueError):
    """This is not a phone number, or it lacks its area code."""


class NotAnEmail(ValueError):
    """This is not an e-mail address."""


def parse_phone_number(typed: str) -> PhoneNumber:
    """Parse a phone number as people type it. Raises NotAPhoneNumber.

    Without a country code it is a North American number, and needs its area code.
    """
    try:
        number = phonenumbers.parse(plain(typed), "US")
    except NumberParseException:
        raise NotAPhoneNumber from None
    is_local = number.country_code == 1 and len(str(number.national_number)) != 10
    if is_local or not phonenumbers.is_possible_number(number):
        raise NotAPhoneNumber
    whole = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return PhoneNumber(f"{whole};ext={number.extension}" if number.extension else whole)


def keyed_phone_number(keys: str) -> PhoneNumber | None:
    """Return the North American number that was keyed, or None if it is incomplete or charges its callers."""
    try:
        number = phonenumbers.parse(keys, "US")
    except NumberParseException:
        return None
    national = str(number.national_number)
    if number.country_code != 1 or len(national) != 10 or not phonenumbers.is_possible_number(number):
        return None
    if national[:3] in _PREMIUM_AREAS or national[3:6] in _PREMIUM_EXCHANGES:
        return None
    return PhoneNumber(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def can_be_called_back(caller: str) -> bool:
    """Return whether the office can call this number: one of any country that does not charge its callers."""
    if caller.startswith("+1"):
        return keyed_phone_number(caller[2:]) == caller
    if not re.fullmatch(r"\+[2-9][0-9]{7,14}", caller):
        return False
    try:
        number = phonenumbers.parse(caller)
    except NumberParseException:
        return False
    # Satellite phones and international premium services have codes that belong to no country.
    has_country = phonenumbers.region_code_for_country_code(number.country_code or 0) != "001"
    return has_country and phonenumbers.number_type(number) != PhoneNumberType.PREMIUM_RATE


def can_be_texted(number: str) -> bool:
    """Return whether we text this number: one of the United States or Canada that is not a premium number."""
    if not number.startswith("+1") or keyed_phone_number(number[2:]) != number:
        return False
    return phonenumbers.region_code_for_number(phonenumbers.parse(number)) in NEAR


def parse_email_address(typed: str, *, ascii_only: bool = False) -> str:
    """Return an e-mail address (RFC 5322) with its domain in lower case. Raises NotAnEmail.

    `ascii_only` also refuses a name that only mail servers with SMTPUTF8 (RFC 6531) accept. No server is
    asked whether the address exists.
    """
    try:
        address = validate_email(
            plain(typed).strip(), allow_smtputf8=not ascii_only, check_deliverability=False
        )
    except EmailNotValidError:
        raise NotAnEmail from None
    return address.normalized
