"""What a letter says, as XML for its sheet: in the person's language, with English beside it.

The same template is rendered in both languages, and each paragraph is followed by the same in English.
"""

import copy
import io
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

import segno
from flask import url_for

from resident_app.i18n import choose_language, current_language
from resident_app.languages import SOURCE
from resident_app.public_context import current_context
from resident_app.register.letter_token import Letter
from resident_app.site.rendering import page

_TEXTS = ("h1", "h2", "p")
_CONTAINERS = ("li", "td", "th")
# Before "AM" in some languages. pdfium does not take the narrow one for a space.
_NARROW_SPACE, _SPACE = "\u202f", "\u00a0"
_QUIET_ZONE = 4
# Large enough for the camera of an old phone.
_MODULE_MILLIMETERS = 0.5
_LEAST_MILLIMETERS = 30


@dataclass(frozen=True)
class LetterCodes:
    """The two codes of a letter, as its sheet needs them."""

    short: str
    picture: str
    """The square code as SVG."""
    width: str
    """The width of the square code, in millimeters."""


@dataclass(frozen=True)
class LetterText:
    """A letter before it is typeset."""

    xml: str
    parts: tuple[str, ...]
    """The text of each paragraph, heading and cell, in the order of reading."""


def letter_text(letter: Letter) -> LetterText:
    """Return what a letter says in the request's language and, if that is another one, in English."""
    codes, language = _codes(letter), current_language()
    root = _rendered(letter, codes)
    if language.code != SOURCE:
        choose_language(current_context().languages[SOURCE])
        try:
            english = _rendered(letter, codes)
        finally:
            choose_language(language)
        _put_beside(root, english)
    parts = tuple(_words(node) for node in _texts(root))
    return LetterText(ElementTree.tostring(root, encoding="unicode"), parts)


def _codes(letter: Letter) -> LetterCodes:
    context = current_context()
    short, everything = context.letters.codes(letter)
    # After the #, so that no server and no proxy on the way sees it.
    address = f"{context.settings.base_url}{url_for('site.letter_form')}#{everything.characters}"
    square, picture = segno.make_qr(address, error="l"), io.BytesIO()
    square.save(picture, kind="svg", xmldecl=False, border=_QUIET_ZONE)
    modules = square.symbol_size(border=_QUIET_ZONE)[0]
    width = max(_LEAST_MILLIMETERS, modules * _MODULE_MILLIMETERS)
    return LetterCodes(str(short), picture.getvalue().decode().strip(), f"{width:.1f}")


def _rendered(letter: Letter, codes: LetterCodes) -> ElementTree.Element:
    # Not from outside: our template, which escapes what an edition contains.
    text = page("letter_file.html", letter=letter, codes=codes).replace(_NARROW_SPACE, _SPACE)
    root = ElementTree.fromstring(text)  # noqa: S314
    for node in root.iter():
        if node.tag in _CONTAINERS and next(iter(node), None) is None:
            words = ElementTree.SubElement(node, "p")
            words.text, node.text = node.text, None
    return root


def _put_beside(root: ElementTree.Element, english: ElementTree.Element) -> None:
    """Put each English text after the same in another language, unless it is for the person alone."""
    parents = {child: parent for parent in root.iter() for child in parent}
    for ours, theirs in zip(list(_texts(root)), list(_texts(english)), strict=True):
        if ours.get("class") != "own" and _words(theirs) != _words(ours):
            beside = copy.deepcopy(theirs)
            beside.tag = "p"
            beside.set("class", "beside")
            parent = parents[ours]
            parent.insert(list(parent).index(ours) + 1, beside)


def _texts(root: ElementTree.Element) -> Iterator[ElementTree.Element]:
    return (node for node in root.iter() if node.tag in _TEXTS)


def _words(node: ElementTree.Element) -> str:
    return " ".join("".join(node.itertext()).split())
