"""A letter as programs read it: its text in four of them, and its tags in order."""

import io
import re
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pymupdf
import pypdfium2
from pypdf import PdfReader


def _poppler(file: bytes) -> str:
    command = ["pdftotext", "-enc", "UTF-8", "-", "-"]
    return subprocess.run(command, input=file, stdout=subprocess.PIPE, check=True).stdout.decode()


def _pdfium(file: bytes) -> str:
    document = pypdfium2.PdfDocument(file)
    return "\n".join(document[at].get_textpage().get_text_range() for at in range(len(document)))


def _mupdf(file: bytes) -> str:
    return "\n".join(page.get_text() for page in pymupdf.open(stream=file, filetype="pdf"))  # type: ignore[no-untyped-call, attr-defined]


def _pypdf(file: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages)


ENGINES: dict[str, Callable[[bytes], str]] = {
    "poppler": _poppler,
    "pdfium": _pdfium,
    "mupdf": _mupdf,
    "pypdf": _pypdf,
}
# Where a line may end inside a word, so that the end of a line is no space.
_WITHOUT_SPACES = ("ja", "ko", "zh-Hans", "zh-Hant")


def compared(text: str, language: str) -> str:
    """Return a text as texts are compared: NFKC, without marks of direction, each white space one space.

    The numbers of pages and the dots before the items of a list are not part of what a letter says. In
    Chinese, Japanese and Korean white space does not count at all.
    """
    text = re.sub(r"(?<!\d)\d\s*/\s*\d(?!\d)", "", text).replace("•", "")
    text = unicodedata.normalize("NFKC", text)
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return ("" if language in _WITHOUT_SPACES else " ").join(text.split())


class TaggedLetter:
    """A file's metadata, its tags, and its text."""

    def __init__(self, file: bytes):
        self.file = file
        self._reader = PdfReader(io.BytesIO(file))
        root: Any = self._reader.trailer["/Root"]
        self.pages = len(self._reader.pages)
        self.language = str(root["/Lang"])
        self.title = self._reader.metadata.title if self._reader.metadata else None
        self.is_tagged = bool(root["/MarkInfo"]["/Marked"])
        xmp = self._reader.xmp_metadata
        self.is_pdf_ua = xmp is not None and b"<pdfuaid:part>1<" in xmp.stream.get_data()
        self.tags = list(_kinds(root["/StructTreeRoot"]))
        self.text = _poppler(file)

    def says(self, sentence: str) -> bool:
        """Return whether the letter contains the sentence, wherever its lines break."""
        return compared(sentence, "ja") in compared(self.text, "ja")


def _kinds(node: Any) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    if "/S" in node:
        yield str(node["/S"])
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        yield from _kinds(kid.get_object())
