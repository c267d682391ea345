"""Replace the measured part of docs/performance.md, and leave the words around it."""

from pathlib import Path

from resident_app.settings import REPOSITORY

PAGE = REPOSITORY / "docs" / "performance.md"
BEGIN = "<!-- measured: written by `make bench` -->"
END = "<!-- end of what was measured -->"


class MarkersMissing(Exception):
    """The page has no markers around its measured part."""


def write_measured(measured: str, page: Path = PAGE) -> None:
    """Replace the text between the markers. Raises MarkersMissing, OSError."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MarkersMissing(f"{page.name} should have {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}", encoding="utf-8")
