"""Where each menu of the phone line is drawn, and where it leads, from the call graph."""

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.call import Node
from ivr.graph import HELP, RETURN, Edge, edges, our_line
from ivr.menus.menu import BACK_KEY, LANGUAGE_KEY, PERSON_KEY

COLUMN, ROW = 128, 34
WIDTH, HEIGHT = 116, 24
_NAMES = {HELP: "a person is asked for", RETURN: "where the language was changed"}
_SIDEWAYS = (BACK_KEY, LANGUAGE_KEY, PERSON_KEY, "no input", "third")
"""How the labels of edges begin that lead from nearly everywhere to the same few points."""
_POINTS = (HELP, RETURN)


@dataclass(frozen=True)
class Exit:
    """A key or an event, and where it leads."""

    label: str
    target: str
    name: str


@dataclass(frozen=True)
class DrawnMenu:
    """A menu as a rectangle: its left upper corner in pixels."""

    node: str
    name: str
    x: int
    y: int
    exits: tuple[Exit, ...]


@dataclass(frozen=True)
class DrawnEdge:
    """A curve from the right side of one rectangle to the left side of another."""

    source: str
    target: str
    path: str
    is_onward: bool
    """It leads to a later menu: the others are shown only while the call is at their source."""


@dataclass(frozen=True)
class MenuDrawing:
    """All menus and the edges between them."""

    menus: tuple[DrawnMenu, ...]
    edges: tuple[DrawnEdge, ...]
    width: int
    height: int


def draw_menus() -> MenuDrawing:
    """Draw the call graph: each menu as many columns from the start as it takes steps to get there."""
    found = edges(our_line())
    columns: dict[int, list[str]] = {}
    for node, steps in _steps_to(found).items():
        columns.setdefault(steps, []).append(node)
    at = {
        node: (column * COLUMN + 4, row * ROW + 4)
        for column, nodes in columns.items()
        for row, node in enumerate(nodes)
    }
    menus = tuple(DrawnMenu(node, name_of(node), *at[node], exits=_exits(node, found)) for node in at)
    pairs = dict.fromkeys((edge.source, edge.target) for edge in found if edge.source != edge.target)
    drawn = tuple(
        DrawnEdge(
            source,
            target,
            _curve(at[source], at[target]),
            is_onward=at[source][0] < at[target][0] and target != HELP,
        )
        for source, target in pairs
    )
    height = max(y for _, y in at.values()) + HEIGHT + 4
    return MenuDrawing(menus, drawn, width=max(columns) * COLUMN + WIDTH + 8, height=height)


def name_of(node: str) -> str:
    """Return a menu's name in words."""
    return _NAMES.get(node, node.replace("-", " "))


def _steps_to(found: list[Edge]) -> Mapping[str, int]:
    """Return every node with its distance from the language menu, along the keys that usually lead on."""
    onward = [edge for edge in found if not edge.label.startswith(_SIDEWAYS) and edge.source not in _POINTS]
    steps = {Node.LANGUAGE.value: 0}
    _extend(steps, [edge for edge in onward if " if " not in edge.label])
    _extend(steps, onward)
    steps |= {HELP: steps[Node.MAIN.value] + 1, RETURN: 1}
    _extend(steps, found)
    return steps


def _extend(steps: dict[str, int], along: list[Edge]) -> None:
    waiting = list(steps)
    for source in waiting:
        for edge in along:
            if edge.source == source and edge.target not in steps:
                steps[edge.target] = steps[source] + 1
                waiting.append(edge.target)


def _exits(node: str, found: list[Edge]) -> tuple[Exit, ...]:
    labels: dict[str, list[str]] = {}
    for edge in found:
        if edge.source == node and edge.label:
            labels.setdefault(edge.target, []).append(edge.label)
    return tuple(Exit(", ".join(all_of), target, name_of(target)) for target, all_of in labels.items())


def _curve(source: tuple[int, int], target: tuple[int, int]) -> str:
    (left, top), (to_left, to_top) = source, target
    half = HEIGHT // 2
    if to_left > left:
        start, end, bend = left + WIDTH, to_left, COLUMN // 4
    else:
        start, end, bend = left, to_left + WIDTH, -COLUMN // 4
    if to_left == left:
        end, bend = to_left, -COLUMN // 8
    y, to_y = top + half, to_top + half
    return f"M{start} {y}C{start + bend} {y} {end - bend} {to_y} {end} {to_y}"
