"""What Typst drew on a page of a PDF: its tagged parts, and where the glyphs of each are.

Only what Typst writes is understood: fonts with two-byte codes, text that is upright.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import DictionaryObject

# What stands in a line with other text and has no line of its own (ISO 32000-1, 14.8.4.4).
_INLINE = frozenset({"/Span", "/Strong", "/Em", "/Link", "/Code", "/Quote", "/Reference"})
# A string may hold pairs of parentheses. Glyph numbers make few of them, and none is deep.
_INNER = rb"\\.|[^\\()]"
for _ in range(4):
    _INNER = rb"\\.|[^\\()]|\((?:" + _INNER + rb")*\)"
_TOKEN = re.compile(
    rb"\((?:" + _INNER + rb")*\)|<<|>>|<[0-9A-Fa-f\s]*>|/[^\s/\[\]()<>]+|[-+.\d]+|[\[\]]|[A-Za-z*'\"]+",
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_NAMED_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_NUMERIC = b"+-.0123456789"

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)


@dataclass(frozen=True)
class Run:
    """Glyphs that were drawn together: where they begin and end, on which baseline, and how large."""

    left: float
    right: float
    baseline: float
    size: float
    text: str


@dataclass
class Mark:
    """A marked content sequence of a page (ISO 32000-1, 14.6): its glyphs, and its place in the contents."""

    start: int
    """Where its tag begins."""
    inner: int
    """Where what it marks begins."""
    matrix: Matrix
    """Where the page's origin lies for it."""
    runs: list[Run] = field(default_factory=list)
    inner_end: int = 0
    end: int = 0


@dataclass
class Part:
    """What has a text of its own, such as a paragraph: its marks (page, number), in order."""

    marks: list[tuple[int, int]]
    kinds: frozenset[str]
    """Its type and those of what it is in, such as `/TD`."""
    row: int | None
    """Which row of a table it is in, counted through the document."""


class DrawnPage:
    """A page: its contents, its fonts, and its marks by number."""

    def __init__(self, page: Any):
        self.contents: bytes = page.get_contents().get_data()
        found = page["/Resources"].get_object().get("/Font", DictionaryObject()).get_object()
        self.fonts: dict[str, Any] = {name: font.get_object() for name, font in found.items()}
        self.glyphs = {name: Glyphs(font) for name, font in self.fonts.items()}
        self.marks = _Reader(self.contents, self.glyphs).marks


class Glyphs:
    """The widths (thousandths of the type size) and the texts of a font's glyphs."""

    def __init__(self, font: Any):
        inner = font["/DescendantFonts"][0].get_object()
        self._default = float(inner.get("/DW", 1000))
        self._widths: dict[int, float] = {}
        given = [entry.get_object() for entry in inner.get("/W", [])]
        while given:
            first, second = int(given.pop(0)), given.pop(0)
            if isinstance(second, list):
                self._widths.update({first + at: float(width) for at, width in enumerate(second)})
            else:
                self._widths.update(dict.fromkeys(range(first, int(second) + 1), float(given.pop(0))))
        table = font["/ToUnicode"].get_object().get_data()
        self.texts = {
            int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
            for code, text in re.findall(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>", table)
        }

    def width(self, glyph: int) -> float:
        return self._widths.get(glyph, self._default)


class _Reader:
    """Reads the contents of a page once and collects its marks."""

    def __init__(self, contents: bytes, fonts: dict[str, Glyphs]):
        self.marks: dict[int, Mark] = {}
        self._fonts = fonts
        self._font: Glyphs | None = None
        self._size = 0.0
        self._matrix, self._text = IDENTITY, IDENTITY
        self._saved: list[Matrix] = []
        self._open: list[Mark | None] = []
        self._operands: list[bytes] = []
        self._start = 0
        for token in _TOKEN.finditer(contents):
            if token.group()[:1] in b"(<>[]/" + _NUMERIC:
                self._start = self._start if self._operands else token.start()
                self._operands.append(token.group())
            else:
                self._operate(token.group(), token.start(), token.end())
                self._operands = []

    def _operate(self, operator: bytes, start: int, end: int) -> None:
        if operator in (b"q", b"Q", b"cm", b"BT", b"Tm", b"Tf"):
            self._change_state(operator)
        elif operator in (b"BDC", b"BMC"):
            mark = None
            if b"/MCID" in self._operands:
                number = int(self._operands[self._operands.index(b"/MCID") + 1])
                mark = self.marks[number] = Mark(self._start, end, self._matrix)
            self._open.append(mark)
        elif operator == b"EMC":
            if mark := self._open.pop():
                mark.inner_end, mark.end = start, end
        elif operator in (b"Tj", b"TJ") and (
            mark := next((one for one in reversed(self._open) if one), None)
        ):
            mark.runs.append(self._run())

    def _change_state(self, operator: bytes) -> None:
        if operator == b"q":
            self._saved.append(self._matrix)
        elif operator == b"Q":
            self._matrix = self._saved.pop()
        elif operator == b"cm":
            self._matrix = _times(_matrix(self._operands), self._matrix)
        elif operator == b"BT":
            self._text = IDENTITY
        elif operator == b"Tm":
            self._text = _matrix(self._operands)
        else:
            self._font, self._size = self._fonts[self._operands[-2].decode()], float(self._operands[-1])

    def _run(self) -> Run:
        """Return what Tj or TJ draws (ISO 32000-1, 9.4.3): strings, and numbers that move the next glyph."""
        assert self._font
        where = _times(self._text, self._matrix)
        unit = abs(where[0]) * self._size / 1000
        glyphs = [glyph for part in self._operands for glyph in _glyphs(part)]
        moves = [
            -float(part) if part[:1] in _NUMERIC else None for part in self._operands if part not in b"[]"
        ]
        before = moves[0] if moves and moves[0] is not None else 0.0
        all_moves = sum(move for move in moves if move is not None)
        left = where[4] + before * unit
        right = where[4] + (sum(map(self._font.width, glyphs)) + all_moves) * unit
        text = "".join(self._font.texts.get(glyph, "") for glyph in glyphs)
        return Run(left, max(left, right), where[5], self._size * abs(where[0]), text)


def tagged_parts(writer: PdfWriter) -> list[Part]:
    """Return everything with a text or picture of its own, in the order of reading (ISO 32000-1, 14.7)."""
    pages = {
        page.indirect_reference.idnum: at for at, page in enumerate(writer.pages) if page.indirect_reference
    }
    found: list[Part] = []
    rows = 0

    def walk(node: Any, page: int | None, part: Part | None, kinds: frozenset[str]) -> None:
        nonlocal rows
        if isinstance(node, int):
            if page is not None and part is not None:
                part.marks.append((page, int(node)))
            return
        where = pages.get(node.raw_get("/Pg").idnum) if "/Pg" in node else page
        if "/MCID" in node:
            walk(node["/MCID"], where, part, kinds)
            return
        kind = str(node.get("/S", ""))
        rows += kind == "/TR"
        if kind not in _INLINE or part is None:
            kinds |= {kind}
            part = Part([], kinds, rows if "/TR" in kinds else None)
            found.append(part)
        kids = node.get("/K", [])
        for kid in kids if isinstance(kids, list) else [kids]:
            walk(kid.get_object(), where, part, kinds)

    walk(writer.root_object["/StructTreeRoot"].get_object(), None, None, frozenset())
    return [part for part in found if part.marks]


def _matrix(operands: Sequence[bytes]) -> Matrix:
    a, b, c, d, e, f = (float(operand) for operand in operands[-6:])
    return a, b, c, d, e, f


def _times(m: Matrix, n: Matrix) -> Matrix:
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _glyphs(operand: bytes) -> Iterator[int]:
    """Yield the glyphs of a string of two-byte codes."""
    if operand[:1] == b"(":
        raw = _ESCAPE.sub(lambda found: _unescaped(found.group(1)), operand[1:-1])
    elif operand[:1] == b"<" and operand != b"<<":
        raw = bytes.fromhex(operand[1:-1].decode())
    else:
        return
    for at in range(0, len(raw), 2):
        yield int.from_bytes(raw[at : at + 2], "big")


def _unescaped(escape: bytes) -> bytes:
    return bytes([int(escape, 8)]) if escape.isdigit() else _NAMED_ESCAPES.get(escape, escape)
