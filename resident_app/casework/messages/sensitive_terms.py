"""Words that tell what a message is about: other people may read a text message on the resident's phone.

The terms of each language are in config/languages.toml: immigration, removal, a license. The names of
agencies are the same in every language.
"""

import re
import unicodedata

from resident_app.languages import Languages

# In capitals only: there is ice on the road too.
_AGENCIES = re.compile(r"(?<![A-Za-z])(?:ICE|DHS|CBP|DOL|I\.C\.E\.)(?![A-Za-z])")


def contains_sensitive_terms(words: str, languages: Languages) -> bool:
    """Return whether the words have a sensitive term of any language, in whichever they are written."""
    words = unicodedata.normalize("NFKC", words)
    terms = (term for language in languages.values() for term in language.hints.sensitive_terms)
    return bool(_AGENCIES.search(words)) or any(
        re.search(_pattern(term), words, re.IGNORECASE) for term in terms
    )


def _pattern(term: str) -> str:
    """A term that begins with a space matches only where a word begins."""
    pattern = re.escape(unicodedata.normalize("NFKC", term).strip())
    return rf"\b{pattern}" if term.startswith(" ") else pattern
