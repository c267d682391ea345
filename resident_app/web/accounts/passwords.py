"""Which passwords staff may choose: long ones that are not guessed first (NIST SP 800-63B, 3.1.1.2)."""

import re
import unicodedata
from pathlib import Path

SHORTEST = 12
LONGEST = 256

_COMMON = frozenset((Path(__file__).parent / "common_passwords.txt").read_text(encoding="ascii").split())
"""The most common passwords, without their digits and signs."""

_SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn",
)
_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")


def normal(password: str) -> str:
    """Return the password in NFKC, so that it is the same however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password)


def password_problem(password: str, email: str) -> str:
    """Return why a password cannot be used, in words for the person; "" if it can."""
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
    if len(set(plain)) < 5 or _is_repeated(plain) or _is_sequence(plain):
        return True
    plain = re.sub(r"^[\d\W_]+|[\d\W_]+$", "", plain.rstrip("!?."))
    return any(re.sub(r"[\W\d_]+", "", each) in _COMMON for each in (plain, plain.translate(_LOOKALIKES)))


def _is_repeated(plain: str) -> bool:
    """Return whether it repeats one piece of up to four characters."""
    return any((plain[:size] * len(plain))[: len(plain)] == plain for size in range(1, 5))


def _is_sequence(plain: str) -> bool:
    """Return whether it is a run of the alphabet or of a keyboard, forwards or backwards."""
    return any(plain in row or plain in row[::-1] for row in (each * 2 for each in _SEQUENCES))
