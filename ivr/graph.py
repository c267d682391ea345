"""Draws the call graph from the menus: `python -m ivr.graph` writes it into docs/phone.md."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ivr.call import Node
from ivr.menus import GRAPH
from ivr.menus.language import language_menus
from ivr.menus.menu import (
    BACK_KEY,
    LANGUAGE_KEY,
    PERSON_KEY,
    REPEAT_KEY,
    WAIT_KEY,
    LineConfiguration,
    Menu,
    Route,
)
from ivr.menus.person import LEADS_TO
from ivr.menus.silent import REACHED_WITHOUT_A_KEY
from ivr.steps import InputMode
from resident_app.configuration import load_configuration
from resident_app.languages import load_languages
from resident_app.settings import REPOSITORY

PAGE = REPOSITORY / "docs" / "phone.md"
BEGIN, END = "<!-- the map: written by `make flow` -->\n", "<!-- end of the map -->\n"

HELP, RETURN = "help", "return"
"""Two points that are no node: asking for a person, and where the language was changed."""

_SHAPES = {
    InputMode.KEY: ("[", "]"),
    InputMode.ENTRY: ("[/", "/]"),
    InputMode.PAUSE: ("(", ")"),
    InputMode.QUEUE: ("([", "])"),
    InputMode.NONE: ("((", "))"),
}
_THEN = {InputMode.ENTRY: "valid input", InputMode.PAUSE: "after a pause", InputMode.QUEUE: "nobody answered"}


@dataclass(frozen=True)
class Edge:
    """A way from one node to another. `label` is the key or the event, and its condition."""

    source: str
    target: str
    label: str


def edges(line: LineConfiguration) -> list[Edge]:
    """Return every edge that a call can take."""
    found = [edge for menu in GRAPH.values() for edge in _edges_of(menu, line)]
    found += [
        Edge(HELP, target.value, label)
        for target, label in zip(LEADS_TO, ("the office is open", "closed, busy or no answer"), strict=True)
    ]
    found += [
        Edge(RETURN, menu.node.value, "")
        for menu in GRAPH.values()
        if menu.input in (InputMode.KEY, InputMode.ENTRY) and menu.language_options is None
    ]
    return list(dict.fromkeys(found))


def _edges_of(menu: Menu, line: LineConfiguration) -> Iterator[Edge]:
    source = menu.node.value
    if menu.input is InputMode.NONE:
        return
    for key, option in menu.numbered_options(line):
        yield from _edges_by(source, option.routes, key)
    yield from _edges_by(source, menu.then, _THEN.get(menu.input, ""))
    yield from _edges_by(source, menu.on_no_input, "no input")
    if menu.instead is not None:
        yield from _edges_by(source, (menu.instead,), "")
    if menu.input is InputMode.QUEUE:
        return
    yield from _edges_by(source, menu.back, BACK_KEY)
    yield Edge(source, HELP, PERSON_KEY)
    yield from _keys_as_elsewhere(menu, line)
    if menu.input is InputMode.PAUSE:
        return
    if menu.when_silent is None:
        yield Edge(source, source, f"no input, no match, {REPEAT_KEY}")
    else:
        yield Edge(source, source, f"no match, {REPEAT_KEY}")
        yield Edge(source, menu.when_silent.value, "no input")
    yield Edge(source, HELP, "third no match")
    yield from _after_silence(menu)
    if menu.language_options is None:
        yield Edge(source, source, WAIT_KEY)
        yield Edge(source, Node.LANGUAGE.value, LANGUAGE_KEY)


def _after_silence(menu: Menu) -> Iterator[Edge]:
    source = menu.node.value
    target = HELP if menu.after_no_input is None else menu.after_no_input.value
    yield Edge(source, target, "third no input")
    yield Edge(source, Node.GOODBYE.value, "third round of no input")
    if menu.language_options is not None:
        yield Edge(
            source, Node.STAY.value, "second no input if no key was pressed and the number is attested"
        )
    if menu.node in REACHED_WITHOUT_A_KEY:
        yield Edge(source, Node.NO_KEYS.value, "second round of no input if no key was pressed")


def _keys_as_elsewhere(menu: Menu, line: LineConfiguration) -> Iterator[Edge]:
    if menu.keys_as is None:
        return
    for edge in _edges_of(GRAPH[menu.keys_as], line):
        if "no input" not in edge.label:
            yield Edge(menu.node.value, edge.target, edge.label)
    yield Edge(menu.node.value, menu.keys_as.value, f"no match, {REPEAT_KEY}")


def _edges_by(source: str, routes: tuple[Route, ...], label: str) -> Iterator[Edge]:
    for route in routes:
        condition = f" if {route.when.label}" if route.when.label else ""
        if route.request is not None:
            targets = tuple(node.value for node in route.request.leads_to)
        else:
            targets = (route.target.value if route.target else RETURN,)
        yield from (Edge(source, target, f"{label}{condition}".strip()) for target in targets)


def our_line() -> LineConfiguration:
    """Return the line that config/ describes, as it is when it can reach out."""
    return LineConfiguration(
        load_configuration(), language_menus(load_languages().on_the_phone()), can_reach_out=True
    )


def draw(line: LineConfiguration) -> str:
    """Return the graph in Mermaid."""
    lines = ["```mermaid", "flowchart TD"]
    for menu in GRAPH.values():
        before, after = _SHAPES[menu.input]
        lines.append(f'  {menu.node.value}{before}"{menu.node.value}"{after}')
    lines.append(f'  {HELP}{{{{"a person is asked for"}}}}')
    lines.append(f'  {RETURN}{{{{"where the language was changed"}}}}')
    labels: dict[tuple[str, str], list[str]] = {}
    for edge in edges(line):
        labels.setdefault((edge.source, edge.target), []).append(edge.label)
    for (source, target), found in labels.items():
        label = "; ".join(found)
        lines.append(f'  {source} -->|"{label}"| {target}' if label else f"  {source} --> {target}")
    return "\n".join([*lines, "```", ""])


def page_with_map(page: str) -> str:
    """Return the page with the drawing as it is now."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{draw(our_line())}\n{END}{tail}"


def main(page: Path = PAGE) -> None:
    """Write the drawing. With `--check`, exit with status 1 if the page has another one."""
    before = page.read_text(encoding="utf-8")
    after = page_with_map(before)
    if "--check" in sys.argv:
        sys.exit(before != after)
    page.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
