"""docs/performance.md: its measured part is written anew, the words around it are kept."""

from pathlib import Path

from resident_app.settings import REPOSITORY

PAGE = REPOSITORY / "docs" / "performance.md"
BEGIN = "<!-- measured: written by `make bench` -->"
END = "<!-- end of what was measured -->"


class NoPlaceForIt(Exception):
    """The page has lost its markers."""


def write_measured(measured: str, page: Path = PAGE) -> None:
    """Replace what stands between the markers. Raises NoPlaceForIt, OSError."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoPlaceForIt(f"{page.name} should have {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}", encoding="utf-8")
