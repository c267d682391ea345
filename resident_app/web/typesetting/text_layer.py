"""Give a PDF of Typst a text that every program reads right, where the glyphs alone do not tell it.

In Arabic, Khmer or Punjabi a glyph is seldom one letter: Typst gives each the text of its whole syllable, so
programs that search, copy or read aloud repeat and swap letters. In a table some read column by column. There
the glyphs become a drawing without letters (an artifact, each glyph of which reads as a space), and an
invisible text lies over them, as in a scanned book: one code for each character, under Typst's own tags.

The invisible text stands so that programs that order a line by its place on the page find the order of
reading: words go from left to right. Right-to-left letters go from right to left within their word, with a
left-to-right mark (U+200E) after it, so that no program turns several words around at once. A row of a table
is one line.
"""

import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
    PdfObject,
    StreamObject,
)

from resident_app.web.typesetting.drawn_text import IDENTITY, DrawnPage, Part, Run, tagged_parts

_LEFT_TO_RIGHT_MARK = "\u200e"
_RIGHT_TO_LEFT = ("R", "AL")
# Thousandths of the type size. A mark has little width, as in print, but never none: pdfium would drop it.
_WIDTH, _MARK_WIDTH, _DIRECTION_WIDTH = 500, 75, 60
_CODES_OF_A_FONT = 255


class TextDiffers(Exception):
    """The PDF does not have the parts whose text was given."""


def with_text_layer(file: bytes, parts: Sequence[str]) -> bytes:
    """Return a PDF that looks the same, whose text is `parts`: one for each paragraph, heading and cell.

    Raises TextDiffers if the PDF has another number of them.
    """
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(file)))
    # Typst takes the direction of the document from its language, and Punjabi for one from right to left.
    # pdfium would read every line from the right.
    writer.root_object.get("/ViewerPreferences", DictionaryObject()).get_object().pop("/Direction", None)
    writer.pdf_header = "%PDF-1.7"
    pages = [DrawnPage(page) for page in writer.pages]
    tagged = [(part, runs) for part in tagged_parts(writer) if (runs := _runs(part, pages))]
    texts = _texts(tagged, parts)
    is_shaped = any(map(_is_shaped, parts))
    wanted = [
        (part, runs, text) for (part, runs), text in zip(tagged, texts, strict=True) if is_shaped or part.row
    ]
    layer = _Layer(_Fonts(writer, "".join(text for *_, text in wanted)))
    for row, members in groupby(wanted, key=lambda member: member[0].row):
        if row:
            layer.write_row(list(members))
        else:
            for part, runs, text in members:
                layer.write(part, runs, text)
    for at, page in enumerate(writer.pages):
        layer.finish(writer, page, at, pages[at], is_whole=is_shaped)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


_Placed = tuple[int, Run]
"""A run of glyphs, and on which page it is."""


def _runs(part: Part, pages: Sequence[DrawnPage]) -> list[_Placed]:
    return [(page, run) for page, mark in part.marks for run in pages[page].marks[mark].runs]


def _texts(tagged: Sequence[tuple[Part, list[_Placed]]], parts: Sequence[str]) -> list[str]:
    """Return the text of each tagged part. Typst itself wrote the dot before an item of a list."""
    dots = ["".join(run.text for _, run in runs) if "/Lbl" in part.kinds else "" for part, runs in tagged]
    given = [" ".join(text.split()) for text in parts]
    if dots.count("") != len(given):
        raise TextDiffers
    rest = iter(given)
    return [dot or next(rest) for dot in dots]


def _is_shaped(text: str) -> bool:
    """Return whether a text has letters that change their shape or stand from right to left."""
    return any(
        unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT or unicodedata.category(sign) in ("Mn", "Mc")
        for sign in unicodedata.normalize("NFC", text)
    )


@dataclass(frozen=True)
class _Line:
    left: float
    right: float
    baseline: float
    size: float
    page: int


class _Layer:
    """The invisible text of each mark, by page."""

    def __init__(self, fonts: "_Fonts"):
        self._fonts = fonts
        self._written: defaultdict[int, dict[int, bytes]] = defaultdict(dict)
        self._to_the_right: defaultdict[int, int] = defaultdict(int)

    def write(self, part: Part, runs: Sequence[_Placed], text: str) -> None:
        """Write the text of a part over its lines."""
        lines = _lines(runs)
        shown: defaultdict[int, bytes] = defaultdict(bytes)
        for line, words in zip(
            lines, _divided(text, [line.right - line.left for line in lines]), strict=True
        ):
            shown[line.page] += self._shown(words + " ", line)
        self._put(part, shown)

    def write_row(self, cells: Sequence[tuple[Part, Sequence[_Placed], str]]) -> None:
        """Write the texts of a row's cells one after the other, in the upper half of its first line.

        On the line itself pdfium would put the spaces, as which the glyphs read, into the text.
        """
        runs = [run for _, its, _ in cells for run in its]
        page, first = runs[0]
        left, right = min(run.left for _, run in runs), max(run.right for _, run in runs)
        pieces = [_pieces(text + " ") for *_, text in cells]
        natural = sum(_width(sign) for line in pieces for piece in line for sign in piece) / 1000
        size, x = min(first.size, (right - left) / natural), left
        baseline = first.baseline + first.size / 2
        for (part, *_, text), line in zip(cells, pieces, strict=True):
            end = x + sum(_width(sign) for piece in line for sign in piece) * size / 1000
            self._put(part, {page: self._shown(text + " ", _Line(x, end, baseline, size, page))})
            x = end

    def _shown(self, text: str, line: _Line) -> bytes:
        pieces = _pieces(text)
        self._to_the_right[line.page] += sum(map(_bidi_weight, "".join(pieces)))
        return self._fonts.written(pieces, line)

    def _put(self, part: Part, shown: dict[int, bytes]) -> None:
        """Put what is shown on each page under the part's first mark there; the other marks become empty."""
        for page, mark in part.marks:
            contents = (
                shown.get(page, b"")
                if mark == next(number for at, number in part.marks if at == page)
                else b""
            )
            self._written[page][mark] = b"/Span<</MCID %d>>BDC\n%sEMC\n" % (mark, contents)

    def finish(self, writer: PdfWriter, page: Any, at: int, drawn: DrawnPage, *, is_whole: bool) -> None:
        """Make what lies under the text an artifact without letters. The text follows it, or the page."""
        contents, done, later = b"", 0, b""
        for number, mark in sorted(drawn.marks.items(), key=lambda entry: entry[1].start):
            if number in self._written[at]:
                if mark.matrix != IDENTITY:
                    raise TextDiffers
                glyphs = _without_letters(drawn.contents[mark.inner : mark.inner_end])
                contents += drawn.contents[done : mark.start] + b"/Artifact BMC" + glyphs + b"EMC\n"
                later += self._written[at][number]
                done = mark.end
                if not is_whole:
                    contents, later = contents + later, b""
        contents += drawn.contents[done:] + b"\n" + later
        # poppler reads all lines of a page in the direction of most of its letters.
        many = self._to_the_right[at] + 50 if self._to_the_right[at] > -50 else 0
        marks = b"/Artifact BMC\n%sEMC\n" % self._fonts.marks(many) if many else b""
        stream = StreamObject()
        stream.set_data(contents + marks)
        page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
        known = page["/Resources"].get_object()
        known[NameObject("/Font")] = DictionaryObject(
            {
                **known.get("/Font", DictionaryObject()).get_object(),
                **self._fonts.resources,
                **{
                    NameObject(name + "WithoutLetters"): self._fonts.without_letters(
                        font, drawn.glyphs[name].texts
                    )
                    for name, font in drawn.fonts.items()
                },
            }
        )


def _without_letters(glyphs: bytes) -> bytes:
    """Return the operators that draw glyphs, with the fonts in which every glyph is a space."""
    glyphs = re.sub(
        rb"/Span\s*<<\s*/ActualText\s*(?:<[^<>]*>|\((?:\\.|[^\\)])*\))\s*>>\s*BDC", b"/Artifact BMC", glyphs
    )
    glyphs = glyphs.replace(b"/ReversedChars BMC", b"/Artifact BMC")
    return re.sub(rb"(/[^\s/]+)(\s+[-+.\d]+\s+Tf)", rb"\1WithoutLetters\2", glyphs)


def _lines(runs: Sequence[_Placed]) -> list[_Line]:
    found: list[_Line] = []
    for page, run in runs:
        line = _Line(run.left, run.right, run.baseline, run.size, page)
        last = found[-1] if found else None
        if last and last.page == page and abs(last.baseline - run.baseline) < max(last.size, run.size) * 0.7:
            left, right, size = min(last.left, run.left), max(last.right, run.right), max(last.size, run.size)
            found[-1] = _Line(left, right, last.baseline, size, page)
        else:
            found.append(line)
    return found


def _divided(text: str, widths: Sequence[float]) -> Iterator[str]:
    """Yield the text of each line: as much of it as the line is wide. It breaks only at a space."""
    spaces = [found.end() for found in re.finditer(" ", text)]
    total, done, start = sum(widths) or 1.0, 0.0, 0
    for at, width in enumerate(widths):
        done += width
        end = len(text)
        if at < len(widths) - 1:
            wanted = len(text) * done / total
            later = [space for space in spaces if space > start]
            end = min(later, key=lambda space: abs(space - wanted), default=len(text))
        yield text[start:end].strip()
        start = end


def _pieces(line: str) -> list[str]:
    """Return a line as pieces that are written one after the other, from the left."""
    if not any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in line):
        return [line]
    pieces = [_LEFT_TO_RIGHT_MARK]
    for word in re.findall(r"\s+|\S+", line):
        for direction, signs in groupby(word, key=_direction):
            piece = "".join(signs)
            if direction == "R":
                pieces.append(piece[::-1] + _LEFT_TO_RIGHT_MARK)
            else:
                # pypdf turns signs around, after such a word, unless a letter or a digit is among them.
                own = [piece] if any(sign.isalnum() for sign in piece) else piece
                pieces += [part + _LEFT_TO_RIGHT_MARK for part in own]
    return pieces


def _direction(sign: str) -> str:
    kind = unicodedata.bidirectional(sign)
    return "R" if kind in _RIGHT_TO_LEFT else "mark" if kind == "NSM" else "L"


def _bidi_weight(sign: str) -> int:
    kind = unicodedata.bidirectional(sign)
    return 1 if kind in _RIGHT_TO_LEFT else -1 if kind == "L" else 0


def _width(sign: str) -> int:
    if sign == _LEFT_TO_RIGHT_MARK:
        return _DIRECTION_WIDTH
    return _MARK_WIDTH if unicodedata.category(sign) in ("Mn", "Cf") else _WIDTH


class _Fonts:
    """Fonts with an empty glyph for every character of the text."""

    def __init__(self, writer: PdfWriter, text: str):
        self._writer = writer
        signs = sorted({*text, " ", _LEFT_TO_RIGHT_MARK})
        self._codes = {sign: divmod(at, _CODES_OF_A_FONT) for at, sign in enumerate(signs)}
        groups = [signs[at : at + _CODES_OF_A_FONT] for at in range(0, len(signs), _CODES_OF_A_FONT)]
        fonts = [self._add(_font(writer, group)) for group in groups]
        self.resources = {NameObject(f"/TextLayer{at}"): font for at, font in enumerate(fonts)}

    def _add(self, added: PdfObject) -> IndirectObject:
        return self._writer._add_object(added)

    def written(self, pieces: Sequence[str], line: _Line) -> bytes:
        """Return the operators that write the pieces of a line between its left and its right end."""
        natural = sum(map(_width, "".join(pieces))) * line.size / 1000
        stretch = min(1.0, (line.right - line.left) / natural) if natural else 1.0
        x, written = line.left, []
        for piece in pieces:
            place = b"%.5f Tz 1 0 0 1 %.5f %.4f Tm" % (stretch * 100, x, line.baseline)
            shown = self._strings(piece, line.size)
            if _direction(piece[0]) == "R":
                shown = b"/ReversedChars BMC%s EMC" % shown
            written.append(b"BT %s %s ET\n" % (place, shown))
            x += sum(map(_width, piece)) * line.size / 1000 * stretch
        return b"".join(written)

    def marks(self, number: int) -> bytes:
        """Return the operators that write left-to-right marks in a corner of the page.

        poppler takes marks that are closer than a tenth of the type size for one that is drawn twice.
        """
        return b"BT 200 Tz 1 0 0 1 10 5 Tm%s ET\n" % self._strings(_LEFT_TO_RIGHT_MARK * number, 2)

    def _strings(self, text: str, size: float) -> bytes:
        shown = b""
        for font, signs in groupby(text, key=lambda sign: self._codes[sign][0]):
            codes = bytes(self._codes[sign][1] for sign in signs).hex().upper().encode()
            shown += b" /TextLayer%d %.4f Tf<%s>Tj" % (font, size, codes)
        return shown

    def without_letters(self, font: Any, glyphs: Iterable[int]) -> IndirectObject:
        """Return the same font, each glyph of which reads as a space."""
        table = self._add(_table(2, dict.fromkeys(glyphs, " ")))
        return self._add(DictionaryObject({**font, NameObject("/ToUnicode"): table}))


def _font(writer: PdfWriter, signs: Sequence[str]) -> DictionaryObject:
    """Return a font of type 3 (ISO 32000-1, 9.6.5) whose glyphs draw nothing."""
    widths = [_width(sign) for sign in signs]
    empty = {}
    for width in sorted(set(widths)):
        glyph = StreamObject()
        glyph.set_data(b"%d 0 d0" % width)
        empty[width] = writer._add_object(glyph)
    names = [NameObject(f"/c{code}") for code in range(len(signs))]
    given: dict[str, PdfObject] = {
        "/Type": NameObject("/Font"),
        "/Subtype": NameObject("/Type3"),
        "/FontBBox": ArrayObject(map(NumberObject, (0, -250, _WIDTH, 900))),
        "/FontMatrix": ArrayObject(map(FloatObject, (0.001, 0, 0, 0.001, 0, 0))),
        "/FirstChar": NumberObject(0),
        "/LastChar": NumberObject(len(signs) - 1),
        "/Widths": ArrayObject(map(NumberObject, widths)),
        "/Encoding": DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Encoding"),
                NameObject("/Differences"): ArrayObject([NumberObject(0), *names]),
            }
        ),
        "/CharProcs": DictionaryObject(
            {name: empty[width] for name, width in zip(names, widths, strict=True)}
        ),
        "/Resources": DictionaryObject(),
        "/ToUnicode": writer._add_object(_table(1, dict(enumerate(signs)))),
    }
    return DictionaryObject({NameObject(name): value for name, value in given.items()})


def _table(code_bytes: int, signs: dict[int, str]) -> StreamObject:
    """Return a table from codes to characters (ISO 32000-1, 9.10.3)."""
    digits = 2 * code_bytes
    lines = [f"<{code:0{digits}X}> <{sign.encode('utf-16-be').hex()}>" for code, sign in signs.items()]
    # Of a hundred lines each, the most that one piece of a table may have.
    pieces = [lines[at : at + 100] for at in range(0, len(lines), 100)]
    mappings = "\n".join(f"{len(piece)} beginbfchar\n" + "\n".join(piece) + "\nendbfchar" for piece in pieces)
    stream = StreamObject()
    stream.set_data(
        f"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CMapName /Letters def
/CMapType 2 def
1 begincodespacerange
<{"0" * digits}> <{"F" * digits}>
endcodespacerange
{mappings}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
""".encode()
    )
    return stream.flate_encode()
