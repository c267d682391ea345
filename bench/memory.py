"""Memory of the whole server while many people ask at once, and after them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import http_requests
from bench.checks import WrongAnswers
from bench.instance import Instance
from bench.load import Load, LoadResult, run_load
from bench.result_row import Row, Side, Target
from bench.scale import Scale
from bench.servers import Server, public_server

TARGET = Target(Side.AT_MOST, 1000.0)
_MEGABYTE = 1_000_000
_SAMPLE_EVERY_SECONDS = 0.05
_CALM_SECONDS = 3.0
_LONGEST_SECONDS = 120.0


@dataclass
class Peak:
    """The most memory that was seen, in bytes."""

    pss_bytes: int = 0


def memory_rows(instance: Instance, scale: Scale) -> list[Row]:
    with public_server(instance.environment, instance.log("memory")) as server:
        before = server.pss_bytes()
        with _watched(server) as peak:
            answered = _ask_at_once(server, instance, scale)
        time.sleep(_CALM_SECONDS)
        after = server.pss_bytes()
    if answered.wrong or not set(answered.statuses) <= {"200", "503"}:
        raise WrongAnswers(f"{answered.statuses}, {answered.wrong} wrong")
    answers = ", ".join(f"{count} × {status}" for status, count in sorted(answered.statuses.items()))
    return [
        Row(
            name=f"Memory with {scale.at_once} checks at once",
            measured=peak.pss_bytes / _MEGABYTE,
            ours=f"answers: {answers}",
            baseline="",
            target=TARGET,
            unit="MB",
        ),
        Row(
            name="Memory after them",
            measured=after / _MEGABYTE,
            ours=f"before them {before / _MEGABYTE:,.0f} MB",
            baseline="",
            unit="MB",
        ),
    ]


def _ask_at_once(server: Server, instance: Instance, scale: Scale) -> LoadResult:
    load = Load(
        port=server.port,
        requests=http_requests.checks(instance.cards, scale.at_once * scale.rounds),
        connections=scale.at_once,
        warm_seconds=0,
        seconds=_LONGEST_SECONDS,
        each_once=True,
    )
    return run_load(load)


@contextmanager
def _watched(server: Server) -> Iterator[Peak]:
    peak, over = Peak(), threading.Event()

    def watch() -> None:
        while not over.wait(_SAMPLE_EVERY_SECONDS):
            peak.pss_bytes = max(peak.pss_bytes, server.pss_bytes())

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield peak
    finally:
        over.set()
        watching.join()
