"""Colleagues whom a note names: @Ana, @Ana Ruiz, or @ana for ana@office.example."""

import re
import unicodedata
from collections.abc import Mapping

_AT = re.compile(r"(?<!\w)@(?=\w)")


def mentioned(words: str, names: Mapping[int, tuple[str, ...]]) -> frozenset[int]:
    """Return the accounts that a note names. `names` are the names by which each can be called.

    A name that two people have names nobody, unless more of it is written.
    """
    found: set[int] = set()
    folded = _folded(words)
    for match in _AT.finditer(folded):
        rest = folded[match.end() :]
        fitting = [
            (len(name), account)
            for account, known in names.items()
            for name in map(_folded, known)
            if name and rest.startswith(name) and not rest[len(name) : len(name) + 1].isalnum()
        ]
        longest = max(fitting, default=(0, 0))[0]
        accounts = {account for length, account in fitting if length == longest}
        if len(accounts) == 1:
            found |= accounts
    return frozenset(found)


def callable_by(name: str, email: str) -> tuple[str, ...]:
    """Return the names by which a person can be called: the whole one, the first, and the address's."""
    words = name.split()
    return tuple(dict.fromkeys([name, *words[:1], email.partition("@")[0]]))


def _folded(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
