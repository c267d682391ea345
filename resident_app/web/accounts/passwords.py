"""Which passwords staff may choose: long ones, not the first to be guessed (NIST SP 800-63B, 3.1.1.2)."""

import re
import unicodedata
from pathlib import Path

SHORTEST = 12
LONGEST = 256

_COMMON = frozenset((Path(__file__).parent / "common_passwords.txt").read_text(encoding="ascii").split())
"""What is left of the first passwords to be guessed without their digits and signs."""

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn",
)
_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")


def normal(password: str) -> str:
    """The same password however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password)


def refusal(password: str, email: str) -> str:
    """Why a password is not taken; empty if it is."""
    password = normal(password)
    if len(password) < SHORTEST:
        return f"Choose a password of {SHORTEST} characters or more. Several words in a row are good."
    if len(password) > LONGEST:
        return f"Choose a password of at most {LONGEST} characters."
    plain = password.casefold()
    if any(
        len(part) > 3 and part in plain for part in (email.casefold(), email.casefold().partition("@")[0])
    ):
        return "Choose a password that does not contain your e-mail address."
    if _is_common(plain):
        return "This password is among the first that are guessed. Choose another."
    return ""


def _is_common(plain: str) -> bool:
    if len(set(plain)) < 5 or _is_repeated(plain) or _is_a_row(plain):
        return True
    plain = re.sub(r"^[\d\W_]+|[\d\W_]+$", "", plain.rstrip("!?."))
    return any(re.sub(r"[\W\d_]+", "", each) in _COMMON for each in (plain, plain.translate(_LOOKALIKES)))


def _is_repeated(plain: str) -> bool:
    """One piece of up to four characters, again and again."""
    return any((plain[:size] * len(plain))[: len(plain)] == plain for size in range(1, 5))


def _is_a_row(plain: str) -> bool:
    """Characters as they stand in the alphabet or on a keyboard, forwards or backwards."""
    return any(plain in row or plain in row[::-1] for row in (each * 2 for each in _ROWS))
