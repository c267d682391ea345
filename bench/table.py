"""The table, for the terminal and for the page."""

import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import date

from rich.table import Table

from bench.row import Row
from resident_app.register.sealing.plan import cores

_COLUMNS = ("What", "Measured", "Reach", "Reached", "Ours", "Against", "Spread", "Other work")
_NUMBERS = ("Measured", "Reach", "Spread", "Other work")


def machine() -> str:
    """The machine in one line, without its name."""
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
        table.add_row(*_cells(row), style="bold red" if row.is_reached is False else None)
    return table


def for_page(rows: Sequence[Row], measured_on: date) -> str:
    """The measured part of the page, in Markdown."""
    lines = [f"Measured on {measured_on.isoformat()}: {machine()}.", ""]
    lines += ["| " + " | ".join(_COLUMNS) + " |", "|---|--:|--:|--:|---|---|--:|--:|"]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    number = f"{row.measured:,.0f} {row.unit}" if row.unit else f"{row.measured:.3f}"
    reach = ""
    if row.reach is not None:
        value = f"{row.reach.value:,.0f} {row.unit}" if row.unit else f"{row.reach.value}"
        reach = f"{row.reach.side.value} {value}"
    reached = {True: "yes", False: "no", None: ""}[row.is_reached]
    spread = f"{row.spread[0]:.2f}–{row.spread[1]:.2f}" if row.spread else ""
    others = f"{row.others:.0%}" if row.others is not None else ""
    return row.name, number, reach, reached, row.ours, row.against, spread, others
