"""Characters: plain ones for what people type, and which may be in what people read."""

import re
import unicodedata

LONGEST_ENTRY = 300
"""Characters; an email address has at most 254."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# Controls but tabs and line ends, surrogates, and the noncharacters of every plane.
_UNREADABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_DASHES = frozenset("-‐‑‒–—―−ー")


def plain(text: str) -> str:
    """Return the text with the digits of any script as 0-9, any dash as `-`, and no invisible characters.

    Full-width characters become their usual form (Unicode Normalization Form KC). A text that is longer than
    any entry is returned as it is, and is then refused: to normalize a long one can take minutes.
    """
    if len(text) > LONGEST_ENTRY:
        return text
    return "".join(
        _plain_character(character)
        for character in unicodedata.normalize("NFKC", text)
        if unicodedata.category(character) != "Cf"
    )


def readable(text: str) -> str:
    """Return the text without controls (but tabs and line ends), surrogates and noncharacters.

    No keyboard writes them, and no page and no TwiML may contain them (WHATWG HTML, 13.2.3.5; XML 1.0, 2.2).
    """
    return _UNREADABLE.sub("", text)


def neutralize_formula(text: str) -> str:
    """Return the text so that a spreadsheet does not run it as a formula (OWASP, CSV Injection)."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _plain_character(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return "-" if character in _DASHES else character
