"""Phone numbers within words of config/: each becomes a link that does not break at a line's end."""

import re
from collections.abc import Iterator

from markupsafe import Markup, escape
from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher, format_number

_COUNTRY = "US"
# Numbers of three digits that are the same everywhere in the United States: N11, and 988 for a crisis.
# Letters of a script without spaces may touch them, but no part of a longer number.
_SHORT = re.compile(r"(?<![0-9A-Za-z#$-])(?<![0-9][.,])(?:[2-9]-?1-?1|9-?8-?8)(?![0-9A-Za-z%-]|[.,][0-9])")
_LINK = Markup('<a class="phone" href="tel:{}" dir="ltr">{}</a>')


def with_phone_links(text: str) -> Markup:
    """Return the text as HTML, with each phone number in it as a link."""
    parts, end = [], 0
    for start, stop, number in sorted(_numbers(text)):
        parts += [escape(text[end:start]), _LINK.format(number, text[start:stop])]
        end = stop
    return Markup().join([*parts, escape(text[end:])])


def _numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where each number begins and ends, and what to dial."""
    rest = text
    for match in PhoneNumberMatcher(text, _COUNTRY):
        rest = rest[: match.start] + "-" * (match.end - match.start) + rest[match.end :]
        yield match.start, match.end, format_number(match.number, PhoneNumberFormat.E164)
    for short in _SHORT.finditer(rest):
        yield short.start(), short.end(), short[0].replace("-", "")
