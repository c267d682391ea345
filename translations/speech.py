"""What a voice cannot say: marks that are for the eye. A voice skips them, or says their names."""

import re
import unicodedata

# Ends and pauses in the scripts of the phone's languages, marks inside words, and writing direction.
_SPOKEN_MARKS = frozenset(".,?!¿¡:;-–—'’%。，、？！：；「」・،؛؟٪።፣፤፥፡।\u200c\u200d\u200e\u200f")
_SECTION = re.compile(r"\b[A-Z]\.\s?[A-Z]\.\s?[A-Z]\b")
"""An abbreviation of law, such as U.S.C."""


def unspeakable(text: str) -> list[str]:
    """Return what is in a text for the eye alone: brackets, #, /, §, U.S.C."""
    return sorted({mark for mark in text if not _can_be_said(mark)}) + _SECTION.findall(text)


def _can_be_said(character: str) -> bool:
    """Return whether a character is a letter, a digit, a space or a mark of the list."""
    category = unicodedata.category(character)
    return category[0] in "LMZ" or category == "Nd" or character in _SPOKEN_MARKS
