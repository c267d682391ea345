"""Characters: which may stand in what people read, and the plain ones for what people type."""

import unicodedata

LONGEST_ENTRY = 300
"""Characters; an email address has at most 254."""
_DASHES = frozenset("-‐‑‒–—―−ー")


def plain(text: str) -> str:
    """The text with the digits of any script as 0-9, any dash as `-`, and nothing that cannot be seen.

    Full-width characters become their usual form (Unicode Normalization Form KC). A text longer than
    anything that is asked for stays as it is, to be refused: to normalize one can take minutes.
    """
    if len(text) > LONGEST_ENTRY:
        return text
    return "".join(
        _plain_sign(sign)
        for sign in unicodedata.normalize("NFKC", text)
        if unicodedata.category(sign) != "Cf"
    )


def readable(text: str) -> str:
    """The text without controls (but tabs and line ends), surrogates and noncharacters.

    No keyboard writes them, and no page and no TwiML may hold them (WHATWG HTML, 13.2.3.5; XML 1.0, 2.2).
    """
    return "".join(sign for sign in text if _may_be_read(sign))


def _plain_sign(sign: str) -> str:
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    return "-" if sign in _DASHES else sign


def _may_be_read(sign: str) -> bool:
    code = ord(sign)
    if unicodedata.category(sign) in ("Cc", "Cs"):
        return sign in "\t\n\r"
    return not (0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE)
