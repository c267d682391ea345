"""The table of results: for the terminal, and for docs/performance.md."""

import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from rich.table import Table

from bench.result_row import Row
from resident_app.register.sealing.plan import cores
from resident_app.settings import REPOSITORY

PAGE = REPOSITORY / "docs" / "performance.md"
BEGIN = "<!-- measured: written by `make bench` -->"
END = "<!-- end of what was measured -->"

_COLUMNS = ("What", "Measured", "Target", "Met", "Ours", "Baseline", "Spread", "Other work")
_NUMBERS = ("Measured", "Target", "Spread", "Other work")


class MarkersMissing(Exception):
    """The page has no markers around its measured part."""


def machine() -> str:
    """Describe the machine in one line, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1_000_000_000
    return (
        f"{cores()} cores ({platform.machine()}), {memory:.0f} GB of memory, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def for_terminal(rows: Sequence[Row]) -> Table:
    """Return the table for the terminal. Rows that miss their target are red."""
    table = Table(title=machine(), title_justify="left")
    for column in _COLUMNS:
        table.add_column(column, justify="right" if column in _NUMBERS else "left")
    for row in rows:
        table.add_row(*_cells(row), style="bold red" if row.is_met is False else None)
    return table


def for_page(rows: Sequence[Row], measured_on: date) -> str:
    """Return the measured part of the page in Markdown."""
    lines = [f"Measured on {measured_on.isoformat()}: {machine()}.", ""]
    lines += ["| " + " | ".join(_COLUMNS) + " |", "|---|--:|--:|--:|---|---|--:|--:|"]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    return "\n".join(lines)


def write_measured(measured: str, page: Path = PAGE) -> None:
    """Replace the text between the markers. Raises MarkersMissing, OSError."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MarkersMissing(f"{page.name} should have {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}", encoding="utf-8")


def _cells(row: Row) -> tuple[str, ...]:
    number = f"{row.measured:,.0f} {row.unit}" if row.unit else f"{row.measured:.3f}"
    target = ""
    if row.target is not None:
        value = f"{row.target.value:,.0f} {row.unit}" if row.unit else f"{row.target.value}"
        target = f"{row.target.side.value} {value}"
    met = {True: "yes", False: "no", None: ""}[row.is_met]
    spread = f"{row.spread[0]:.2f}–{row.spread[1]:.2f}" if row.spread else ""
    others = f"{row.others:.0%}" if row.others is not None else ""
    return row.name, number, target, met, row.ours, row.baseline, spread, others
