"""What a voice is given to say, where the written words are not what a caller should hear."""

import re
from string import ascii_uppercase

from resident_app.languages import Pronunciation

_CAPITALS = re.compile(r"(?<![A-Za-z])[A-Z]+(?![A-Za-z])")


def pronounce(text: str, pronunciation: Pronunciation) -> str:
    """Return a text in which each word of Latin capitals is written as the language says it.

    A voice of another script may say DOL as a word, letter by letter, or not at all. Names, such as
    Tacoma, stay as they are.
    """
    names = dict(zip(ascii_uppercase, pronunciation.letters.split(), strict=False))
    if not names:
        return text

    def spell(found: re.Match[str]) -> str:
        return pronunciation.words.get(found[0]) or " ".join(names[letter] for letter in found[0])

    return _CAPITALS.sub(spell, text)
