"""`make bench`: measure everything in one run, print the table, keep it in docs/performance.md."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import click
from rich.console import Console

from bench.checks import check_rows
from bench.child_process import exit_on_signals
from bench.instance import Instance, made_up_instance
from bench.latency import latency_rows
from bench.look_ups import look_up_rows
from bench.memory import memory_rows
from bench.pages import page_rows
from bench.queue import queue_rows
from bench.report import for_page, for_terminal, write_measured
from bench.result_row import Row
from bench.scale import FULL, QUICK, Scale
from bench.sealing import sealing_rows

_WIDE = 160
"""Columns, where there is no terminal."""

Measuring = Callable[[Instance, Scale], list[Row]]

MEASUREMENTS: dict[str, Measuring] = {
    "checks": check_rows,
    "sealing": lambda _instance, scale: sealing_rows(scale),
    "queue": lambda _instance, scale: queue_rows(scale),
    "look-ups": lambda _instance, scale: look_up_rows(scale),
    "requests": page_rows,
    "latency": latency_rows,
    "memory": memory_rows,
}


@click.command()
@click.option(
    "--quick", is_flag=True, help="A little of everything, to see that it runs; the page stays as it is."
)
@click.option(
    "--only",
    type=click.Choice(list(MEASUREMENTS)),
    multiple=True,
    help="Only these; the page stays as it is.",
)
def bench(quick: bool, only: tuple[str, ...]) -> None:
    """Measure ratios on this machine."""
    exit_on_signals()
    console = Console()
    if not console.is_terminal:
        console.width = _WIDE
    rows: list[Row] = []
    try:
        with console.status("") as status:
            for found in _measured(QUICK if quick else FULL, only or tuple(MEASUREMENTS), status.update):
                rows += found
    finally:
        console.print(for_terminal(rows))
    if not quick and not only:
        write_measured(for_page(rows, datetime.now(UTC).date()))


def _measured(scale: Scale, names: tuple[str, ...], say: Callable[[str], None]) -> Iterator[list[Row]]:
    say("Making a register of made-up people …")
    with made_up_instance(scale.cards) as instance:
        for name in names:
            say(f"Measuring {name} …")
            yield MEASUREMENTS[name](instance, scale)


if __name__ == "__main__":
    bench()
