"""How much each officer has, and who gets the requests that nobody has."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from resident_app.casework.cases.queue_query import DueState, QueueClock, QueueRow, QueueView, matching
from resident_app.intake.request_tables import OPEN, HelpRequestRow, RequestState


@dataclass(frozen=True)
class Workload:
    """How many requests an officer has; `overdue` and `wrote` are open, too."""

    open: int = 0
    overdue: int = 0
    wrote: int = 0
    closed: int = 0
    """Closed since the time that was asked for."""


@dataclass(frozen=True)
class Distribution:
    """Which request goes to whom."""

    given: Mapping[int, Sequence[QueueRow]]
    """By account; the most urgent first."""
    unspoken: Mapping[str, int]
    """How many stay unassigned because nobody speaks or writes their language, by spoken language."""


def workloads(
    connection: Connection, clocks: QueueClock, closed_since: datetime
) -> dict[int | None, Workload]:
    """Return what each officer has, by account; None is what nobody has. One statement."""
    every = QueueView()
    counts = (
        func.count().filter(*matching(every, clocks)),
        func.count().filter(*matching(QueueView(due=DueState.OVERDUE.value), clocks)),
        func.count().filter(*matching(QueueView(wrote=True), clocks)),
        func.count().filter(
            HelpRequestRow.state == RequestState.CLOSED, HelpRequestRow.closed_at >= closed_since
        ),
    )
    counted = (
        select(HelpRequestRow.assigned_to, *counts)
        .where(
            HelpRequestRow.merged_into.is_(None),
            or_(HelpRequestRow.state.in_(OPEN), HelpRequestRow.closed_at >= closed_since),
        )
        .group_by(HelpRequestRow.assigned_to)
    )
    return {officer: Workload(*found) for officer, *found in connection.execute(counted)}


def distribute(
    requests: Sequence[QueueRow], languages: Mapping[int, Sequence[str]], open_now: Mapping[int, int]
) -> Distribution:
    """Give each request to whoever speaks its language and has the fewest, counting what they get.

    `languages` are those of each officer who takes part, `open_now` how many open requests each has. If
    nobody speaks a language, an officer who knows the one that the person reads gets the request.
    """
    load = Counter({officer: open_now.get(officer, 0) for officer in languages})
    given: dict[int, list[QueueRow]] = {officer: [] for officer in languages}
    unspoken: Counter[str] = Counter()
    for request in requests:
        able = [one for one, spoken in languages.items() if request.spoken_language in spoken] or [
            one for one, spoken in languages.items() if request.written_language in spoken
        ]
        if not able:
            unspoken[request.spoken_language] += 1
            continue
        chosen = min(able, key=lambda one: (load[one], one))
        given[chosen].append(request)
        load[chosen] += 1
    return Distribution(given, unspoken)
