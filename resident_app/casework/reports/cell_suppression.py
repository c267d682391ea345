"""Which counts of a table are not shown, so that nobody can compute a small one from those that are.

The counts and their totals are a network in which at each point as much goes out as comes in (Cox, 1995,
"Network models for complementary cell suppression"). A hidden count is safe when it lies on a cycle of
hidden counts around which one can be passed: then what is shown fits more than one table. That is exact for
a table of two sides, and for two tables that share their totals.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from heapq import heappop, heappush

_TOTAL = 1_000_000
"""What it costs to hide a total: only when nothing else helps."""


class Suppression(Enum):
    """Why a count is not shown."""

    FEW = "few"
    """It is small, and not zero."""
    WITHHELD = "withheld"
    """With it a small one could be computed."""


@dataclass(frozen=True)
class TableFlow:
    """A count between two points of the network. `most`: it is known to be no more than that."""

    key: Hashable
    source: Hashable
    target: Hashable
    count: int
    most: int | None = None
    is_total: bool = False


@dataclass(frozen=True)
class _Edge:
    flow: TableFlow
    is_hidden: bool
    cost: int
    can_grow: bool
    can_shrink: bool


def suppress_cells(flows: Iterable[TableFlow], fewest: int) -> dict[Hashable, Suppression]:
    """The counts that are not shown: those from 1 to `fewest` - 1, and as few others as are needed.

    The reader may know `fewest`, and that zero is always shown. If hiding others cannot protect a small
    count, every count is withheld.
    """
    edges = {flow.key: _edge(flow, fewest) for flow in flows}
    small = [key for key, edge in edges.items() if edge.is_hidden]
    for key in small:
        cycle = _cheapest_cycle(edges, key)
        if cycle is None:
            return dict.fromkeys(edges, Suppression.WITHHELD)
        for other in cycle:
            edges[other] = replace(edges[other], is_hidden=True, cost=0)
    return {
        key: Suppression.FEW if 0 < edge.flow.count < fewest else Suppression.WITHHELD
        for key, edge in edges.items()
        if edge.is_hidden
    }


def _edge(flow: TableFlow, fewest: int) -> _Edge:
    is_small = 0 < flow.count < fewest
    lowest = 1 if is_small else fewest
    bounds = [bound for bound in (flow.most, fewest - 1 if is_small else None) if bound is not None]
    return _Edge(
        flow,
        is_hidden=is_small,
        cost=0 if is_small else flow.count + (_TOTAL if flow.is_total else 0),
        can_grow=flow.count > 0 and all(flow.count < bound for bound in bounds),
        can_shrink=flow.count > lowest,
    )


def _cheapest_cycle(edges: Mapping[Hashable, _Edge], key: Hashable) -> list[Hashable] | None:
    """What must be hidden so that one count may be one more or one less. None: nothing helps."""
    arcs = _residual_arcs(edges, key)
    flow, found = edges[key].flow, []
    if edges[key].can_grow:
        found.append(_cheapest_path(arcs, flow.target, flow.source))
    if edges[key].can_shrink:
        found.append(_cheapest_path(arcs, flow.source, flow.target))
    possible = [path for path in found if path is not None]
    return min(possible, key=lambda path: path[0])[1] if possible else None


_ResidualArcs = Mapping[Hashable, list[tuple[Hashable, int, Hashable]]]


def _residual_arcs(edges: Mapping[Hashable, _Edge], but: Hashable) -> _ResidualArcs:
    """Where one leads from each point: along a count that can grow, back along one that can shrink."""
    arcs: dict[Hashable, list[tuple[Hashable, int, Hashable]]] = defaultdict(list)
    for key, edge in edges.items():
        if key != but:
            if edge.can_grow:
                arcs[edge.flow.source].append((edge.flow.target, edge.cost, key))
            if edge.can_shrink:
                arcs[edge.flow.target].append((edge.flow.source, edge.cost, key))
    return arcs


def _cheapest_path(arcs: _ResidualArcs, start: Hashable, end: Hashable) -> tuple[int, list[Hashable]] | None:
    """The counts on the cheapest path, with what it costs (Dijkstra, 1959)."""
    reached: dict[Hashable, tuple[Hashable, Hashable]] = {}
    waiting: list[tuple[int, int, Hashable, Hashable, Hashable]] = [(0, 0, start, None, None)]
    pushed = 0
    while waiting:
        cost, _, point, before, key = heappop(waiting)
        if point in reached:
            continue
        reached[point] = (before, key)
        if point == end:
            return cost, list(_back(reached, point, start))
        for target, step, along in arcs.get(point, ()):
            if target not in reached:
                pushed += 1
                heappush(waiting, (cost + step, pushed, target, point, along))
    return None


def _back(
    reached: Mapping[Hashable, tuple[Hashable, Hashable]], point: Hashable, start: Hashable
) -> Iterator[Hashable]:
    while point != start:
        point, key = reached[point]
        yield key
