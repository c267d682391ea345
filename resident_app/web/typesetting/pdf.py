"""Make a PDF with Typst, in a process of its own for each letter."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from resident_app.languages import Language
from resident_app.web.typesetting.fonts import families_for
from resident_app.web.typesetting.text_layer import TextDiffers, with_text_layer

_PROCESS = Path(__file__).parent / "typst_process.py"
_MOST_SECONDS = 15
# Typst looks for fonts in folders that these name.
_FONT_FOLDERS = ("HOME", "XDG_DATA_HOME")
# PDF names a language with its region where HTML names its script.
_REGIONS = {"Hans": "CN", "Hant": "TW"}


_PADDING_LINE = b"%".ljust(127) + b"\n"


class TypesettingFailed(Exception):
    """No PDF was made: the process broke, or a limit on its time or memory stopped it."""


class PdfTooLong(Exception):
    """A PDF is longer than it may be."""


def typeset(sheet: str, text: str, parts: Sequence[str], title: str, language: Language) -> bytes:
    """Return a PDF of `text` (XML) in the layout of `sheet` (Typst code). Raises TypesettingFailed.

    `parts` is what each paragraph, heading and cell of the sheet says, in the order of reading.

    The sheet finds these in `sys.inputs`: text, title, language (ISO 639), region (ISO 3166, may be empty),
    direction (`ltr` or `rtl`) and fonts (families, joined by commas).
    """
    inputs = {
        "text": text,
        "title": title,
        "language": language.locale.language,
        "region": _REGIONS.get(language.script, ""),
        "direction": language.direction,
        "fonts": ",".join(families_for(language)),
    }
    try:
        finished = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(_PROCESS)],
            input=json.dumps({"sheet": sheet, "inputs": inputs}).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            timeout=_MOST_SECONDS,
            check=True,
        )
    except subprocess.SubprocessError:
        # Without the cause: its message may quote the text.
        raise TypesettingFailed from None
    try:
        return with_text_layer(finished.stdout, parts)
    except TextDiffers:
        raise TypesettingFailed from None


def pad_pdf(file: bytes, length: int) -> bytes:
    """Return a PDF of `length` bytes that reads the same. Raises PdfTooLong.

    Lines of comment (ISO 32000-1, 7.2.4) stand before `startxref`. Nothing that is found by its offset moves,
    and `startxref` stays within the last kilobyte, where readers look for it (Annex H, note 18).
    """
    missing = length - len(file)
    if missing < 0:
        raise PdfTooLong
    before, start, after = file.rpartition(b"startxref")
    lines, rest = divmod(missing, len(_PADDING_LINE))
    return before + b"\n" * rest + _PADDING_LINE * lines + start + after


def _environment() -> dict[str, str]:
    """Return an environment without our secrets. One thread leaves the other cores to checks."""
    known = {name: os.environ[name] for name in _FONT_FOLDERS if name in os.environ}
    return {**known, "RAYON_NUM_THREADS": "1"}
