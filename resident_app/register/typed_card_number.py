"""Read a card number as people type it: after its label, in look-alike letters, without its stars.

What is clear is accepted; else the mistake is named. Which mistake it is depends on what was typed alone.
"""

import re
import unicodedata
from enum import Enum, auto

from confusable_homoglyphs.categories import alias
from confusable_homoglyphs.confusables import confusables_data

from resident_app.characters import LONGEST_ENTRY, plain
from resident_app.register.facts import CARD_NUMBER, NotACardNumber, fold

CHARACTERS = 12
"""A card number has so many, its stars included."""
EXAMPLES = ("WDLXXXXXXXXX", "XXXXX*X000XX")
"""The numbers in the drawing of the cards: nobody's."""

_STARS = frozenset("*∗⁎٭✱✲✳✴✵✶✷✸✹✺✻✼✽❇❈❉❊❋★☆⋆⭐×✕✖╳⨯•∙⋅·●")
_STROKES = re.compile(r"[\u0300-\u036f]")
_OTHER_SIGN = re.compile(r"[#/\\_?@$%&+=!<>]")
# What stands before the number on the card, or in an answer to "number?".
_LABEL = r"(?:4D|LIC(?:ENSE|ENCE)?|DL|ID|CARD|NUMBER|NUM|NO)+"
_LABEL_BEFORE_NEW = re.compile(_LABEL + r"(WDL.*)")
_LABEL_AT_START = re.compile("^" + _LABEL)
_LABEL_WITH_DOT = re.compile(rf"^\s*(?:{_LABEL}\s*\.\s*)+", re.IGNORECASE)
_NEW_AT_END = re.compile(r".*(WDL[A-Z0-9]{9})")
# Letters of the names, two digits of the year, check digit, letter of the month, sign of the day.
_OLD_WITHOUT_STARS = re.compile(r"[A-Z]{1,7}[0-9]{3}[A-Z][A-Z0-9]")
_SOCIAL_SECURITY = re.compile(r"[0-9]{9}")
_PHONE = re.compile(r"1?[0-9]{10}")
# An A-number, or the receipt number of an application to USCIS.
_IMMIGRATION = re.compile(r"A[0-9]{7,9}|[A-Z]{3}[0-9]{10}")


class CardNumberMistake(Enum):
    """Why a text is no card number."""

    EMPTY = auto()
    NOT_LATIN = auto()
    SOCIAL_SECURITY = auto()
    PHONE = auto()
    IMMIGRATION = auto()
    ONLY_NUMBERS = auto()
    NO_DIGITS = auto()
    OTHER_SIGN = auto()
    EXAMPLE = auto()
    TOO_SHORT = auto()
    TOO_LONG = auto()


class MistypedCardNumber(NotACardNumber):
    """A text that is no card number; `mistake` says why, and `entered` how many characters it has."""

    def __init__(self, mistake: CardNumberMistake, entered: int):
        super().__init__()
        self.mistake = mistake
        self.entered = entered


def typed_card_number(text: str) -> str:
    """Fold a card number as a person types it. Raises MistypedCardNumber.

    A number of 12 characters is refused only if it is surely on no card: an example from our drawing, an
    email address, digits or stars alone, or words, since an old number has three digits and a new one begins
    with WDL. A stricter rule that is wrong for one real card would exclude its holder. A shorter one is
    accepted if it is an old number whose stars were left out, as on a phone.
    """
    if len(text) > LONGEST_ENTRY:
        raise MistypedCardNumber(CardNumberMistake.TOO_LONG, len(text))
    text = plain(text.replace("№", "#"))
    number = _without_label(text)
    if number in EXAMPLES:
        raise MistypedCardNumber(CardNumberMistake.EXAMPLE, len(number))
    if not _is_whole(number) or not _may_be_on_a_card(number) or "@" in text:
        raise MistypedCardNumber(_mistake_in(number, text), len(number))
    return fold(number)


def _without_label(text: str) -> str:
    """Return the characters of the number, without what is printed before it."""
    after = _after_mark(text)
    if after != text:
        return _characters(after)
    text = text.rpartition(":")[2]
    whole, after_dot = _characters(text), _characters(_LABEL_WITH_DOT.sub("", text))
    if match := _LABEL_BEFORE_NEW.fullmatch(whole):
        return match[1]
    after_words = _LABEL_AT_START.sub("", whole)
    for is_one, readings in (
        (CARD_NUMBER.fullmatch, (whole, after_dot, after_words)),
        (_is_whole, (after_dot, whole, after_words)),
    ):
        if found := next(filter(is_one, readings), None):
            return found
    match = _NEW_AT_END.fullmatch(whole)
    return match[1] if match else after_dot


def _after_mark(text: str) -> str:
    """Return what follows a label that ends with #, or the whole text."""
    before, mark, after = text.rpartition("#")
    return after if mark and re.fullmatch(f"(?:{_LABEL})?", _characters(before)) else text


def _characters(text: str) -> str:
    """Return the letters, digits and stars of a text, each as its plain capital where it looks like one."""
    return "".join(_character(one) for one in unicodedata.normalize("NFKD", text.upper()))


def _character(one: str) -> str:
    if one in _STARS:
        return "*"
    if one in _LOOK_ALIKES:
        return _LOOK_ALIKES[one]
    return one if unicodedata.category(one)[0] in "LN" else ""


def _is_whole(number: str) -> bool:
    if CARD_NUMBER.fullmatch(number):
        return True
    without_stars = number.replace("*", "")
    if number.startswith("WDL"):
        return len(without_stars) == CHARACTERS
    return bool(_OLD_WITHOUT_STARS.fullmatch(without_stars))


def _may_be_on_a_card(number: str) -> bool:
    return bool(re.search("[A-Z]", number)) and (number.startswith("WDL") or bool(re.search("[0-9]", number)))


def _mistake_in(number: str, text: str) -> CardNumberMistake:
    if not number.strip("*"):
        return CardNumberMistake.EMPTY
    if not number.isascii():
        return CardNumberMistake.NOT_LATIN
    for pattern, mistake in (
        (_SOCIAL_SECURITY, CardNumberMistake.SOCIAL_SECURITY),
        (_PHONE, CardNumberMistake.PHONE),
        (_IMMIGRATION, CardNumberMistake.IMMIGRATION),
    ):
        if pattern.fullmatch(number):
            return mistake
    if number.replace("*", "").isdigit():
        return CardNumberMistake.ONLY_NUMBERS
    if _OTHER_SIGN.search(_after_mark(text)):
        return CardNumberMistake.OTHER_SIGN
    if len(number) == CHARACTERS:
        return CardNumberMistake.NO_DIGITS
    return CardNumberMistake.TOO_SHORT if len(number) < CHARACTERS else CardNumberMistake.TOO_LONG


def _look_alikes() -> dict[str, str]:
    """Return the capitals of other alphabets that look like one of ours (Unicode Technical Standard 39).

    Its table writes `l` for everything that looks like a line; a capital that does is an I. A Latin letter
    may have a stroke.
    """
    found = {}
    for character, looks in confusables_data.items():
        if len(character) != 1 or character.isascii() or unicodedata.category(character) != "Lu":
            continue
        script = alias(character)
        if script not in ("CYRILLIC", "GREEK", "LATIN"):
            continue
        for look in looks:
            without_stroke = _STROKES.sub("", look["c"]) if script == "LATIN" else look["c"]
            if re.fullmatch("[A-Zl0-9]", without_stroke):
                found[character] = without_stroke.replace("l", "I")
    return found


_LOOK_ALIKES = _look_alikes()
