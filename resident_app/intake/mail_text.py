"""Read the text of an e-mail's part: in its character encoding, and what a reader sees of HTML."""

import re
from dataclasses import dataclass
from html import unescape
from itertools import accumulate
from xml.etree.ElementTree import Element

import html5lib
import webencodings

_SUPERSETS = {
    "gbk": "gb18030",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "euc-jp": "euc_jis_2004",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-8-i": "iso8859_8",
}
"""Python's codec for what browsers read under a label, where it is not the one of that name."""
_BEYOND_BROWSERS = {
    "iso-2022-kr": "iso2022_kr",
    "hz-gb-2312": "hz",
    "utf-7": "utf-7",
    "cp932": "cp932",
    "ms932": "cp932",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "cp949": "cp949",
    "ms949": "cp949",
    "cp950": "cp950",
    "ms950": "cp950",
}
"""Python's codec for labels that programs for mail write and browsers do not read."""
_SEVEN_BIT = frozenset({"iso2022_jp_ext", "iso2022_kr", "hz", "utf-7"})
"""Codecs whose bytes are ASCII and mean something else."""
_NOT_CODECS = frozenset({"replacement", "x-user-defined"})
"""What browsers read under some labels in their own way, and Python cannot."""
_TWO_BYTES = frozenset({"utf-16-be", "utf-16-le"})
"""Their bytes can be valid UTF-8 and mean something else."""
_UNREADABLE = "\ufffd"
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_ESCAPE = re.compile(rb"\x1b(\$[@B]|\([BIJ])")
_KANA = bytes((code + 0x80) if 0x21 <= code <= 0x5F else code for code in range(256))
"""From ESC ( I (JIS X 0201 katakana in seven bits) to Shift JIS."""
_FLOWED = re.compile(r"(>*) ?(.*)", re.DOTALL)
_NESTING = re.compile(r"<(/?)(?!(?:br|img|meta|link|hr|input|col|wbr)\b)[a-z]", re.IGNORECASE)
_DEEPEST = 500
_LINE_TAG = re.compile(r"<(?:br|p|div|li|tr)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z!][^>]*>", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = frozenset({"script", "style", "head", "template", "noscript"})
_BLOCKS = frozenset(
    {"p", "div", "li", "tr", "ul", "ol", "table", "pre", "hr", "h1", "h2", "h3", "h4", "h5", "h6"}
)
"""Programs for mail write each line as a paragraph, and an empty line as a paragraph with a space."""


@dataclass(frozen=True)
class DecodedText:
    """A text. If a character could not be read, also its bytes and the encoding that they claim."""

    text: str
    unread: bytes | None = None
    label: str = ""


def decode(raw: bytes, label: str) -> DecodedText:
    """Decode bytes as browsers do, but as UTF-8 wherever they are UTF-8, whatever their label says.

    Programs write UTF-8 under every label, and valid UTF-8 is hardly ever anything else. Source: the WHATWG
    Encoding Standard, by `webencodings`.
    """
    text, is_sure = _decoded(raw, label)
    return DecodedText(text) if is_sure and _UNREADABLE not in text else DecodedText(text, raw, label)


def decode_as(raw: bytes, label: str) -> str:
    """Decode bytes in the encoding that a person chose, whatever else they may be. Raises LookupError."""
    codec = _codec(label)
    if codec is None:
        raise LookupError(label)
    return _clean(raw.decode(codec, "replace"))


def _codec(label: str) -> str | None:
    """Return Python's codec for a label, or None if it has none."""
    beyond = _BEYOND_BROWSERS.get(label.strip().lower())
    encoding = webencodings.lookup(label) if label and not beyond else None
    codec = _SUPERSETS.get(encoding.name, encoding.codec_info.name) if encoding else beyond
    return None if codec in _NOT_CODECS else codec


def _decoded(raw: bytes, label: str) -> tuple[str, bool]:
    """Return the text, and whether the bytes are valid in an encoding that they name, or in UTF-8."""
    codec = _codec(label)
    if raw.isascii() and codec not in _SEVEN_BIT | _TWO_BYTES and _ESCAPE.search(raw):
        codec = "iso2022_jp_ext"
    is_other = codec in _TWO_BYTES or (codec in _SEVEN_BIT and raw.isascii())
    candidates = [] if is_other else ["utf-8"]
    if codec:
        candidates.append(codec)
    for candidate in candidates:
        try:
            text = _clean(raw.decode(candidate))
        except UnicodeError:
            continue
        return text, "\x1b" not in text
    if codec == "iso2022_jp_ext" and raw.isascii():
        return _lenient_japanese(raw)
    return _clean(raw.decode(codec or "cp1252", "replace")), False


def decode_html(raw: bytes, label: str) -> DecodedText:
    """Decode HTML, by the label in it if it came with none."""
    found = None if label else _META.search(raw[:4096])
    return decode(raw, found[1].decode("ascii") if found else label)


def unflowed(text: str, *, without_space: bool) -> str:
    """Join the lines that a program broke (format=flowed, RFC 3676). `without_space`: DelSp=yes.

    A line of their own that begins with `>` keeps the space that tells it from a quoted one.
    """
    joined: list[str] = []
    depth, is_open = "", False
    for line in text.split("\n"):
        found = _FLOWED.fullmatch(line)
        quoted, words = found.groups() if found else ("", line)
        if words.startswith(">"):
            words = f" {words}"
        if is_open and quoted == depth and words not in ("", "-- "):
            joined[-1] += words
        else:
            joined.append(f"{quoted} {words}" if quoted and words else quoted + words)
        depth, is_open = quoted, words.endswith(" ") and words != "-- "
        if is_open and without_space:
            joined[-1] = joined[-1][:-1]
    return "\n".join(joined)


def visible_text(html: str) -> str:
    """Return what a reader sees of HTML, a line each, with `> ` before what is marked as quoted.

    HTML in which nothing is visible, because an element was never closed, gives all its text. So does HTML
    that opens very many elements: a parser would be busy with it for minutes.
    """
    if _depth(html) > _DEEPEST:
        return unescape(_TAG.sub(" ", _LINE_TAG.sub("\n", html))).strip()
    root = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
    return _text_of(root, _HIDDEN) or _text_of(root, frozenset({"script"}))


def _depth(html: str) -> int:
    """Return how many elements are open at once, at most, if each is closed by an end tag of its own."""
    open_now = accumulate(-1 if found[1] else 1 for found in _NESTING.finditer(html))
    return max(open_now, default=0)


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").removeprefix("\ufeff")
    return text.encode("utf-8", "replace").decode("utf-8")


def _lenient_japanese(raw: bytes) -> tuple[str, bool]:
    """Read ISO-2022-JP with characters that its tables lack, such as a circled 1: those of cp932."""
    shifted, *others = _ESCAPE.split(raw)
    try:
        for escape, text in zip(others[::2], others[1::2], strict=True):
            if escape.startswith(b"$"):
                shifted += _shift(text)
            else:
                shifted += text.translate(_KANA) if escape == b"(I" else text
        if b"\x1b" in shifted:
            raise UnicodeError("another character set")
        return _clean(shifted.decode("cp932")), True
    except UnicodeError:
        return _clean(raw.decode("iso2022_jp_ext", "replace")), False


def _shift(cells: bytes) -> bytes:
    """Return pairs of JIS X 0208 (row, cell) as Shift JIS. A line may end between them."""
    shifted = bytearray()
    for line in cells.splitlines(keepends=True):
        codes = line.rstrip(b"\r\n")
        if len(codes) % 2 or not all(0x21 <= code <= 0x7E for code in codes):
            raise UnicodeError("not pairs of JIS X 0208")
        for row, cell in zip(codes[::2], codes[1::2], strict=True):
            lead = (row - 0x21) // 2 + 0x81
            trail = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
            shifted += bytes((lead if lead < 0xA0 else lead + 0x40, trail))
        shifted += line[len(codes) :]
    return bytes(shifted)


def _text_of(root: Element, hidden: frozenset[str]) -> str:
    lines = _Lines()
    steps: list[tuple[Element, bool]] = [(root, False)]
    while steps:
        element, is_end = steps.pop()
        if is_end:
            lines.leave(element)
        elif isinstance(element.tag, str) and element.tag not in hidden:
            lines.enter(element)
            steps.append((element, True))
            steps.extend((child, False) for child in reversed(element))
            continue
        lines.add(element.tail or "")
    return lines.text()


class _Lines:
    """The lines of a text, as they are added."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quoted = 0
        self._as_written = 0

    def enter(self, element: Element) -> None:
        tag = str(element.tag)
        is_quotation = _is_quotation(element)
        if tag == "br":
            self._end_line(even_empty=True)
        elif tag in _BLOCKS or is_quotation:
            self._end_line()
        if tag in ("td", "th"):
            self.add(" ")
        self._quoted += is_quotation
        self._as_written += tag == "pre"
        if tag == "img":
            self.add(element.get("alt", ""))
        self.add(element.text or "")

    def leave(self, element: Element) -> None:
        tag = str(element.tag)
        address = element.get("href", "")
        if tag == "a" and address.startswith(("http:", "https:")) and address not in "".join(self._line):
            self.add(f" ({address})")
        if tag in _BLOCKS or _is_quotation(element):
            self._end_line()
        self._quoted -= _is_quotation(element)
        self._as_written -= tag == "pre"

    def add(self, text: str) -> None:
        if not self._as_written:
            self._line.append(_SPACES.sub(" ", text))
            return
        first, *others = text.split("\n")
        self._line.append(first)
        for other in others:
            self._end_line(even_empty=True)
            self._line.append(other)

    def text(self) -> str:
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip()

    def _end_line(self, *, even_empty: bool = False) -> None:
        written = "".join(self._line)
        line = re.sub(r"[ \xa0]+", " ", written).strip()
        self._line.clear()
        if line or even_empty or "\xa0" in written:
            self._lines.append(f"{'> ' * self._quoted}{line}".rstrip())


def _is_quotation(element: Element) -> bool:
    return element.tag == "blockquote" or "yahoo_quoted" in element.get("class", "")
