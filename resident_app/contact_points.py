"""Contact points: phone numbers and e-mail addresses of residents, staff and the sender.

One rule for all: what a form accepts, the office and the phone line can call, text or write to.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any, NewType

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import (
    Leniency,
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    PhoneNumberType,
)

from resident_app.characters import LONGEST_ENTRY, plain


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

# The United States with its territories, and Canada.
_TEXTED = ("US", "PR", "VI", "GU", "AS", "MP", "CA")
# "ext. 7" after a number and a few words.
_EXTENSION = re.compile(r"(?:(?<!\w)(?:ext|extension|x)[.:]?|#) ?([0-9]{1,7})(?!\w)", re.IGNORECASE)
_PREMIUM_EXCHANGES = ("976",)
# How carriers write that a number is withheld: the word on a keypad, with or without a + or a country code.
_WITHHELD_ON_KEYS = frozenset(
    {
        "266696687",  # ANONYMOUS
        "7378742833",  # RESTRICTED, as most carriers spell it
        "7378742883",  # the same with a slip that carriers send too
        "2562533",  # BLOCKED
        "86282452253",  # UNAVAILABLE
        "8656696",  # UNKNOWN
        "464",  # no number
    }
)
_NEARBY: Any = phonenumbers.PhoneMetadata.metadata_for_region("US")
_USUAL_CALLER = re.compile(rf"\+1(?:{_NEARBY.fixed_line.national_number_pattern})", re.ASCII)
_NOT_FOR_CALLS = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        # Forwarded to anywhere at a price that the caller does not see: +44 70, +1 500.
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.UAN,
        PhoneNumberType.PAGER,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.UNKNOWN,
    }
)
_CAN_RECEIVE_TEXTS = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_AREA_AND_NUMBER = 10
_NUMBER_ALONE = 7


class PhoneMistake(StrEnum):
    """Why something is not a phone number that we can use."""

    MISSING = "missing"
    NO_AREA_CODE = "no-area-code"
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    NOT_IN_USE = "not-in-use"
    """It has the right length, but no phone can have it."""
    NO_NUMBER = "no-number"
    COSTS_MORE = "costs-more"
    """A call to it has a special price."""
    TEXT_ABROAD = "text-abroad"
    EXTENSION = "extension"
    TEXT_NO_MOBILE = "text-no-mobile"


class EmailMistake(StrEnum):
    """Why something is not an e-mail address."""

    MISSING = "missing"
    NO_AT = "no-at"
    NO_DOT = "no-dot"
    """The part after the @ has no dot."""
    TWO_DOTS = "two-dots"
    SPACE = "space"
    OTHER = "other"


class NotAPhoneNumber(ValueError):
    """This is not a phone number that we can use. `digits` is how many were typed."""

    def __init__(self, mistake: PhoneMistake, digits: int = 0):
        super().__init__(mistake.value)
        self.mistake = mistake
        self.digits = digits


class NotAnEmail(ValueError):
    """This is not an e-mail address."""

    def __init__(self, mistake: EmailMistake):
        super().__init__(mistake.value)
        self.mistake = mistake


@dataclass(frozen=True, repr=False)
class FoundPhone:
    """The phone number in what a person typed, and all of it if they typed more than one number."""

    number: PhoneNumber
    more: str = ""


@dataclass(frozen=True, repr=False)
class FoundEmail:
    """The address in what a person typed, and all of it if they typed more than one address."""

    address: str
    more: str = ""


def find_phone_number(typed: str, *, for_text: bool = False) -> FoundPhone:
    """Return the first number in `typed` that can be called, or texted. Raises NotAPhoneNumber.

    Without a country code it is a North American number, and needs its area code. Words around it, such as
    "(mom)", and other numbers are returned with it.
    """
    text = _plain_number(typed)
    matches, rest = _numbers_in(text)
    if not matches:
        text = re.sub(r"[,_]", "-", text)
        matches, rest = _numbers_in(text)
    if not matches or _has_stray_digits(rest):
        raise _no_number(text)
    mistakes = [_mistake(number, for_text=for_text) for number in matches]
    if None not in mistakes:
        raise NotAPhoneNumber(mistakes[0] or PhoneMistake.NOT_IN_USE)
    more = typed.strip() if len(matches) > 1 or re.search(r"\w", rest) else ""
    return FoundPhone(_written(matches[mistakes.index(None)]), more)


def parse_phone_number(typed: str) -> PhoneNumber:
    """Parse a phone number that can be called, as people type it. Raises NotAPhoneNumber."""
    return find_phone_number(typed).number


def printed_number(number: str) -> str:
    """Return an E.164 number as people write it: 206-555-0100 ext. 77, or +52 55 1234 5678."""
    parsed = _parsed(number)
    if parsed is None:
        return number
    is_near = parsed.country_code == 1
    kind = PhoneNumberFormat.NATIONAL if is_near else PhoneNumberFormat.INTERNATIONAL
    written = phonenumbers.format_number(parsed, kind)
    return re.sub(r"^\((\d{3})\) ", r"\1-", written) if is_near else written


def keyed_phone_number(keys: str) -> PhoneNumber | None:
    """Return the North American number that was keyed, or None if it is incomplete or cannot be called."""
    try:
        number = phonenumbers.parse(keys, "US")
    except NumberParseException:
        return None
    if number.country_code != 1 or number.extension or _mistake(number) is not None:
        return None
    return _written(number)


def number_of_caller(sent: str) -> PhoneNumber | None:
    """Return the number that a call or a text message comes from, of what a carrier sends; None if withheld.

    A withheld number is a word, the word on a keypad, an address (`client:`, `sip:`), or digits that no phone
    can have. Nobody is called back there, and it is nobody's: two such calls are not one caller's.
    """
    # Most calls: the library's own pattern alone, which takes a twentieth of the time.
    if _USUAL_CALLER.fullmatch(sent):
        return None if _is_withheld_on_keys(sent[1:]) else PhoneNumber(sent)
    number = _parsed(sent)
    if number is None or number.extension or not _is_real(number):
        return None
    return _written(number)


def can_be_called_back(caller: str) -> bool:
    """Return whether the office can call an E.164 number: one of any country without a special price."""
    number = _parsed(caller)
    return number is not None and _mistake(number) is None


def can_be_texted(number: str) -> bool:
    """Return whether we text an E.164 number: one of `_TEXTED` that may be mobile."""
    parsed = _parsed(number)
    return parsed is not None and _mistake(parsed, for_text=True) is None


def parse_email_address(typed: str, *, ascii_only: bool = False) -> str:
    """Return an e-mail address (RFC 5322) with its domain in lower case. Raises NotAnEmail.

    `ascii_only` also refuses a name that only mail servers with SMTPUTF8 (RFC 6531) accept. No server is
    asked whether the address exists.
    """
    text = plain(typed).strip()
    try:
        address = validate_email(text, allow_smtputf8=not ascii_only, check_deliverability=False)
    except EmailNotValidError:
        raise NotAnEmail(_mistake_of_address(text)) from None
    return address.normalized


def find_email_address(typed: str) -> FoundEmail:
    """Return the first e-mail address in what a person typed. Raises NotAnEmail.

    What is clear is understood: `mailto:`, spaces around the @, a dot at the end, a name before <…>, words in
    brackets, and a second address. Another word before or after it may be a part of it, so that is a mistake.
    """
    text = _without_prefix(plain(typed).strip(), "mailto:")
    if len(text) > LONGEST_ENTRY:
        raise NotAnEmail(EmailMistake.OTHER)
    text = re.sub(r"\s*@\s*", "@", text).strip(" .,;<>()[]\"'")
    found = re.search(r"[^\s,;<>()\[\]|]+@[^\s,;<>()\[\]|]+", text)
    if found is None:
        raise NotAnEmail(_mistake_of_address(text))
    before, after = text[: found.start()], text[found.end() :]
    is_clear = re.search(r"(^|[<(:,;])\s*$", before) and re.search(r"^\s*([,;|>()\[]|$)|@", after)
    if not is_clear:
        raise NotAnEmail(_mistake_of_address(text))
    address = parse_email_address(found[0].rstrip(".,:"))
    return FoundEmail(address, typed.strip() if re.search(r"\w", before + after) else "")


def _mistake(number: phonenumbers.PhoneNumber, *, for_text: bool = False) -> PhoneMistake | None:
    """Return why the office cannot call this number, or text it; None if it can."""
    national = str(number.national_number)
    if number.country_code == 1 and len(national) != _AREA_AND_NUMBER:
        return PhoneMistake.NO_AREA_CODE if len(national) == _NUMBER_ALONE else PhoneMistake.TOO_SHORT
    if not _is_real(number):
        return PhoneMistake.NOT_IN_USE
    kind = phonenumbers.number_type(number)
    # Satellite phones and international premium services have codes that belong to no country.
    has_country = phonenumbers.region_code_for_country_code(number.country_code or 0) != "001"
    is_premium = number.country_code == 1 and national[3:6] in _PREMIUM_EXCHANGES
    if kind in _NOT_FOR_CALLS or is_premium or not has_country:
        return PhoneMistake.COSTS_MORE
    if for_text:
        if phonenumbers.region_code_for_number(number) not in _TEXTED:
            return PhoneMistake.TEXT_ABROAD
        if number.extension:
            return PhoneMistake.EXTENSION
        if kind not in _CAN_RECEIVE_TEXTS:
            return PhoneMistake.TEXT_NO_MOBILE
    return None


def _is_real(number: phonenumbers.PhoneNumber) -> bool:
    """Return whether a phone can have this number. RESTRICTED on a keypad has the form of a Texan one."""
    if _is_withheld_on_keys(f"{number.country_code}{number.national_number}"):
        return False
    return phonenumbers.is_valid_number(number)


def _is_withheld_on_keys(digits: str) -> bool:
    return not _WITHHELD_ON_KEYS.isdisjoint((digits, digits.removeprefix("1")))


def _plain_number(typed: str) -> str:
    """Return what was typed with what is clearly a phone number written as one."""
    text = _without_prefix(plain(typed).strip(), "tel:", "sms:")
    text = re.sub(r"^00(?=[1-9])", "+", text)
    # Mexican mobile numbers had a 1 after the country code until 2019.
    text = re.sub(r"^\+52[ -]?1(?=[ -]?(?:[0-9][ -]?){10}$)", "+52", text)
    # A letter O among digits is a 0.
    return re.sub(r"(?<=[0-9 -])[oO]+(?=[0-9 -]|$)", lambda found: "0" * len(found[0]), text)


def _numbers_in(text: str) -> tuple[list[phonenumbers.PhoneNumber], str]:
    """Return the phone numbers in a text, and what is left of it."""
    if len(text) > LONGEST_ENTRY:
        return [], text
    matches = list(PhoneNumberMatcher(text, "US", leniency=Leniency.VALID))
    for match, after in zip_longest(matches, matches[1:]):
        extension = _EXTENSION.search(text, match.end, after.start if after else len(text))
        if extension and not match.number.extension:
            match.number.extension = extension[1]
    for match in matches:
        text = text.replace(match.raw_string, " ", 1)
    return [match.number for match in matches], text


def _no_number(text: str) -> NotAPhoneNumber:
    """Return what is wrong with something in which no phone number was found."""
    digits = re.sub(r"[^0-9]", "", text)
    if not digits:
        return NotAPhoneNumber(PhoneMistake.NO_NUMBER if text else PhoneMistake.MISSING)
    if text.startswith("+") and not text.startswith("+1"):
        return NotAPhoneNumber(PhoneMistake.NOT_IN_USE)
    if len(digits) in (_NUMBER_ALONE + 1, _AREA_AND_NUMBER + 1):
        digits = digits.removeprefix("1")
    if len(digits) == _NUMBER_ALONE:
        return NotAPhoneNumber(PhoneMistake.NO_AREA_CODE)
    if len(digits) < _AREA_AND_NUMBER:
        return NotAPhoneNumber(PhoneMistake.TOO_SHORT, len(digits))
    is_long = len(digits) > _AREA_AND_NUMBER
    return NotAPhoneNumber(PhoneMistake.TOO_LONG if is_long else PhoneMistake.NOT_IN_USE)


def _mistake_of_address(text: str) -> EmailMistake:
    """Return what is wrong with something that is not an e-mail address."""
    if not text:
        return EmailMistake.MISSING
    if "@" not in text:
        return EmailMistake.NO_AT
    if re.search(r"\s", text):
        return EmailMistake.SPACE
    if ".." in text:
        return EmailMistake.TWO_DOTS
    return EmailMistake.OTHER if "." in text.rpartition("@")[2].strip(".") else EmailMistake.NO_DOT


def _has_stray_digits(rest: str) -> bool:
    """Return whether digits are left without a word that explains them: one too many, or half a number."""
    return re.search(r"[0-9]", rest) is not None and re.search(r"[^\W0-9_]", rest) is None


def _without_prefix(text: str, *prefixes: str) -> str:
    for prefix in prefixes:
        if text.lower().startswith(prefix):
            return text[len(prefix) :].strip()
    return text


def _parsed(number: str) -> phonenumbers.PhoneNumber | None:
    """Return a number in E.164, such as `_written` returns; None if it is not one."""
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return None
    return parsed if _written(parsed) == number else None


def _written(number: phonenumbers.PhoneNumber) -> PhoneNumber:
    whole = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return PhoneNumber(f"{whole};ext={number.extension}" if number.extension else whole)
