"""What a voice cannot say: marks that are for the eye. A voice skips them, or says their names."""

import re
import unicodedata

# Letters and what belongs to them, digits, spaces, dashes, ends and pauses in every script, direction.
_SPOKEN = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd", "Zs", "Pd", "Po", "Cf"))
_APOSTROPHE = "’"
_FOR_THE_EYE = frozenset('#/\\&*@"§¶•†‡※')
_SECTION = re.compile(r"\b[A-Z]\.\s?[A-Z]\.\s?[A-Z]\b")
"""An abbreviation of law, such as U.S.C."""


def unspeakable(text: str) -> list[str]:
    """Return what is in a text for the eye alone: brackets, #, /, §, U.S.C."""
    return sorted({mark for mark in text if not _can_be_said(mark)}) + _SECTION.findall(text)


def _can_be_said(character: str) -> bool:
    if unicodedata.normalize("NFKC", character) in _FOR_THE_EYE:
        return False
    return character == _APOSTROPHE or unicodedata.category(character) in _SPOKEN
