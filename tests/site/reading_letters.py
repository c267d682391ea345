"""A PDF as a screen reader reads it: its tags in order, and the text of each."""

import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ContentStream

_MAPPING = re.compile(r"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>")
_SYLLABLE = re.compile(
    "([\u1780-\u17a2](?:\u17d2[\u1780-\u17a2])*[\u17b6-\u17d1\u17dd]*(?:\u17d2[\u1780-\u17a2][\u17b6-\u17d1]*)*)|(.)"
)
_RAISED = re.compile("[\u064b-\u0652]")


class TaggedLetter:
    """A file's metadata, and its text in the order of its tags."""

    def __init__(self, file: bytes):
        self._reader = PdfReader(io.BytesIO(file))
        root: Any = self._reader.trailer["/Root"]
        self.root = root
        self.pages = len(self._reader.pages)
        self.language = str(self.root["/Lang"])
        self.title = self._reader.metadata.title if self._reader.metadata else None
        self.is_tagged = bool(self.root["/MarkInfo"]["/Marked"])
        xmp = self._reader.xmp_metadata
        self.is_pdf_ua = xmp is not None and b"<pdfuaid:part>1<" in xmp.stream.get_data()
        self._marked = _marked_text(self._reader)
        self.tags = [tag for tag, _ in self._walk(self.root["/StructTreeRoot"])]
        self.text = "".join(text for _, text in self._walk(self.root["/StructTreeRoot"]))

    def says(self, sentence: str) -> bool:
        """Return whether the letter contains the sentence, wherever its lines break.

        Typst draws an Arabic word with a raised vowel sign in pieces, so any text matches such a word. The
        words around it must be in order. Typst repeats the text of a Khmer syllable for each of its signs.
        """
        words = (".{2,30}?" if _RAISED.search(word) else _pattern(_close(word)) for word in sentence.split())
        return re.search("".join(words), _close(self.text)) is not None

    def _walk(self, node: Any) -> Iterator[tuple[str, str]]:
        if "/S" in node:
            yield str(node["/S"]), ""
        kids = node.get("/K", [])
        for kid in (given.get_object() for given in (kids if isinstance(kids, list) else [kids])):
            if isinstance(kid, int):
                yield "", self._marked[kid]
            elif "/MCID" in kid:
                yield "", self._marked[int(kid["/MCID"])]
            else:
                yield from self._walk(kid)


def _pattern(word: str) -> str:
    return "".join(
        f"(?:{syllable})+" if syllable else re.escape(other) for syllable, other in _SYLLABLE.findall(word)
    )


def _close(text: str) -> str:
    """Return the text without spaces, line ends and marks of direction."""
    return "".join(sign for sign in text if unicodedata.category(sign) not in ("Zs", "Cc", "Cf"))


@dataclass
class _Marked:
    """A marked content sequence: of a tag, with a text that replaces its glyphs, or right to left."""

    mcid: int | None = None
    actual: str | None = None
    is_reversed: bool = False
    shown: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        if self.actual is not None:
            return self.actual
        return "".join(reversed(self.shown) if self.is_reversed else self.shown)

    def take(self, inner: "_Marked") -> None:
        """Add an inner sequence. Right-to-left text is drawn from the left, so its last part comes first."""
        self.shown.append(inner.text)
        self.is_reversed |= inner.is_reversed


def _marked_text(reader: PdfReader) -> dict[int, str]:
    """Return the text of each MCID of the page (ISO 32000-1, 14.6, 14.8.2.3.3 and 14.9.4)."""
    page = reader.pages[0]
    fonts = {name: _letters_of(font.get_object()) for name, font in page["/Resources"]["/Font"].items()}  # type: ignore[index]
    found: defaultdict[int, str] = defaultdict(str)
    # Content outside of any mark is an artifact, such as a line.
    open_now = [_Marked()]
    letters: dict[int, str] = {}
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator in (b"BDC", b"BMC"):
            open_now.append(_opened(operands))
        elif operator == b"EMC":
            closed = open_now.pop()
            if closed.mcid is None:
                open_now[-1].take(closed)
            else:
                found[int(closed.mcid)] += closed.text
        elif operator == b"Tf":
            letters = fonts[operands[0]]
        elif operator in (b"Tj", b"TJ"):
            open_now[-1].shown += [letters[code] for code in _codes(operands[0])]
    return found


def _opened(operands: list[Any]) -> _Marked:
    properties = operands[1] if len(operands) > 1 else {}
    actual = properties.get("/ActualText")
    is_reversed = operands[0] == "/ReversedChars"
    return _Marked(properties.get("/MCID"), None if actual is None else str(actual), is_reversed)


def _codes(shown: Any) -> list[int]:
    """Return the glyphs of a string, or of an array of strings with the distances between them."""
    if isinstance(shown, list):
        return [code for part in shown if not isinstance(part, int | float) for code in _codes(part)]
    raw = shown.original_bytes if hasattr(shown, "original_bytes") else bytes(shown)
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]


def _letters_of(font: Any) -> dict[int, str]:
    """Return the text of each glyph of a font, by its ToUnicode table."""
    table = font["/ToUnicode"].get_data().decode()
    assert "beginbfrange" not in table
    return {int(code, 16): bytes.fromhex(text).decode("utf-16-be") for code, text in _MAPPING.findall(table)}
