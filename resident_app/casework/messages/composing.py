"""Checks a message to a resident: it is whole, in their language, and safe for others to see."""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

from resident_app.casework.messages.language_detection import is_in_another_language, is_in_another_script
from resident_app.casework.messages.sensitive_terms import contains_sensitive_terms
from resident_app.casework.messages.templates import TEXT_END
from resident_app.contact_points import Channel
from resident_app.languages import SOURCE, Language, Languages

LONGEST_TEXT = 1_600
LONGEST_EMAIL = 10_000

# Left over from a template or another program: %(name)s, %s, {name}, [NAME], <name>, ___, XXX, TODO.
_PLACEHOLDER = re.compile(
    r"%\(\w*\)?s?|(?<!\d)%[sd]\b|\{[^{}]*\}|\[[A-Z_ ]{2,}\]|<\w[\w ]*>|_{2,}|\bX{3,}\b|\bTODO\b"
)
_IN_SPANISH_A_WORD = "TODO"


class DraftProblem(Enum):
    """Why a message cannot be sent as it is."""

    EMPTY = "empty"
    TOO_LONG = "too long"
    PLACEHOLDER_LEFT = "placeholder left"
    WRONG_SCRIPT = "wrong script"
    WRONG_LANGUAGE = "wrong language"
    REVEALING = "revealing"


@dataclass(frozen=True, repr=False)
class MessageDraft:
    """A message that an officer writes. `language` is a code; one that is not ours is not checked."""

    words: str
    language: str
    channel: str


def draft_problems(draft: MessageDraft, languages: Languages) -> tuple[DraftProblem, ...]:
    """Return why a message cannot be sent, or nothing. One that is too long is not checked any further."""
    language = languages.get(draft.language)
    if len(draft.words) > _longest(draft.channel, language or languages[SOURCE]):
        return (DraftProblem.TOO_LONG,)
    words, placeholders = _without_placeholders(draft)
    wrong_script = language is not None and is_in_another_script(words, language)
    wrong_language = (
        language is not None and not wrong_script and is_in_another_language(words, language, languages)
    )
    found = {
        DraftProblem.EMPTY: not draft.words.strip(),
        DraftProblem.PLACEHOLDER_LEFT: placeholders > 0,
        DraftProblem.WRONG_SCRIPT: wrong_script,
        DraftProblem.WRONG_LANGUAGE: wrong_language,
        DraftProblem.REVEALING: draft.channel == Channel.TEXT
        and contains_sensitive_terms(draft.words, languages),
    }
    return tuple(problem for problem, is_there in found.items() if is_there)


def _longest(channel: str, language: Language) -> int:
    return LONGEST_TEXT - len(language.text(TEXT_END)) - 1 if channel == Channel.TEXT else LONGEST_EMAIL


def _without_placeholders(draft: MessageDraft) -> tuple[str, int]:
    """The words, and how many placeholders were in them, also in full-width characters."""
    words = unicodedata.normalize("NFKC", draft.words)
    if draft.language == "es":
        words = re.sub(rf"\b{_IN_SPANISH_A_WORD}\b", _IN_SPANISH_A_WORD.lower(), words)
    return _PLACEHOLDER.subn(" ", words)
