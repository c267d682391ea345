"""How many text messages a phone company makes of one: its parts (3GPP TS 23.038 and 23.040).

A text in the GSM alphabet has 160 characters in one part, or 153 in each of several. One character outside it
turns all of it into UCS-2: 70 in one part, or 67 in each of several.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = frozenset("^{}\\[~]|€\f")
"""Each takes two places: an escape and the character."""

_GSM_ALONE, _GSM_EACH = 160, 153
_UCS2_ALONE, _UCS2_EACH = 70, 67


@dataclass(frozen=True)
class TextSegments:
    """How many parts a text has. `outside` are its characters that are not in the GSM alphabet."""

    number: int
    outside: str

    @property
    def avoidable(self) -> str:
        """The signs, such as ’, without which it would be GSM; empty if a letter is outside, too."""
        return "" if any(sign.isalpha() for sign in self.outside) else self.outside


def count_segments(words: str) -> TextSegments:
    """Return how many parts a text message has. No character is split between two."""
    outside = "".join(dict.fromkeys(sign for sign in words if sign not in _GSM | _GSM_EXTENSION))
    alone, each = (_UCS2_ALONE, _UCS2_EACH) if outside else (_GSM_ALONE, _GSM_EACH)
    sizes = list(_sizes(words, is_unicode=bool(outside)))
    return TextSegments(1 if sum(sizes) <= alone else _packed(sizes, each), outside)


def _sizes(words: str, *, is_unicode: bool) -> Iterator[int]:
    """Yield the places that each character takes: UTF-16 code units, or septets."""
    for sign in words:
        yield (
            len(sign.encode("utf-16-le", "surrogatepass")) // 2
            if is_unicode
            else 1 + (sign in _GSM_EXTENSION)
        )


def _packed(sizes: list[int], each: int) -> int:
    parts, used = 1, 0
    for size in sizes:
        if used + size > each:
            parts, used = parts + 1, 0
        used += size
    return parts
