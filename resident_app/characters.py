"""Which characters may stand in what people read: those that HTML and XML both allow."""

import unicodedata


def readable(text: str) -> str:
    """The text without controls (but tabs and line ends), surrogates and noncharacters.

    No keyboard writes them, and no page and no TwiML may hold them (WHATWG HTML, 13.2.3.5; XML 1.0, 2.2).
    """
    return "".join(sign for sign in text if _may_be_read(sign))


def _may_be_read(sign: str) -> bool:
    code = ord(sign)
    if unicodedata.category(sign) in ("Cc", "Cs"):
        return sign in "\t\n\r"
    return not (0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE)
