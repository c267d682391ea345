"""Typesetting: a letter's text becomes a PDF of one page, in memory, tagged for screen readers.

The text comes as XML, so that what an edition or a catalogue holds is data and never Typst code.
Fonts are the machine's own, Noto's for each script; whether they are there `can_typeset` tells.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import typst
from babel import Locale

from resident_app.languages import Language

PACKAGES = ("fonts-noto-core", "fonts-noto-cjk")
"""Debian's packages with a font for every script."""

_PRESS = Path(__file__).parent / "press.py"
_SHEET = (Path(__file__).parent / "letter.typ").read_text(encoding="utf-8")
_MOST_SECONDS = 15
_WHERE_FONTS_MAY_BE = ("HOME", "XDG_DATA_HOME")
# These letters have a font that comes with Typst.
_SCRIPTS_ALWAYS_THERE = ("Latn", "Cyrl")
_FONT_ALWAYS_THERE = "Libertinus Serif"
_EAST_ASIAN = {"Hans": "SC", "Hant": "TC", "Jpan": "JP", "Kore": "KR"}
# PDF names a language with its region where HTML names its script.
_REGIONS = {"Hans": "CN", "Hant": "TW"}


class NotPrinted(Exception):
    """The press gave nothing: it was stopped by one of its limits, or it broke."""


def can_typeset(language: Language) -> bool:
    """Whether this machine has a font for the language's script."""
    return language.script in _SCRIPTS_ALWAYS_THERE or _family(language.script) in _families()


def typeset(text: str, title: str, language: Language) -> bytes:
    """A PDF of `text`, the XML of letter_file.html. Raises NotPrinted."""
    inputs = {
        "text": text,
        "title": title,
        "language": language.locale.language,
        "region": _REGIONS.get(language.script, ""),
        "direction": language.direction,
        "fonts": ",".join((_family(language.script), _family("Latn"), _FONT_ALWAYS_THERE)),
    }
    try:
        press = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(_PRESS)],
            input=json.dumps({"sheet": _SHEET, "inputs": inputs}).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            timeout=_MOST_SECONDS,
            check=True,
        )
    except subprocess.SubprocessError:
        # Not its own words: an error of the press may repeat the text.
        raise NotPrinted from None
    return press.stdout


def _environment() -> dict[str, str]:
    """No secret of ours, and one thread: the other cores are for those who check."""
    known = {name: os.environ[name] for name in _WHERE_FONTS_MAY_BE if name in os.environ}
    return {**known, "RAYON_NUM_THREADS": "1"}


@cache
def _families() -> frozenset[str]:
    """The machine's families of fonts, looked for once a process: it takes up to half a second."""
    return frozenset(typst.Fonts().families())


def _family(script: str) -> str:
    """Noto's family for a script (ISO 15924)."""
    if script in _EAST_ASIAN:
        return f"Noto Sans CJK {_EAST_ASIAN[script]}"
    if script in _SCRIPTS_ALWAYS_THERE:
        return "Noto Sans"
    return f"Noto Sans {Locale('en').scripts[script]}"
