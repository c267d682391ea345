"""Draws the map of the line from the table of places: `python -m ivr.graph` writes docs/phone.md."""

import sys
from pathlib import Path

from ivr.call import Wait
from ivr.nodes import MAP
from resident_app.settings import REPOSITORY

PAGE = REPOSITORY / "docs" / "phone.md"
BEGIN, END = "<!-- the map: written by `make flow` -->\n", "<!-- end of the map -->\n"

_SHAPES = {
    Wait.KEY: ("[", "]"),
    Wait.ENTRY: ("[/", "/]"),
    Wait.MOMENT: ("(", ")"),
    Wait.PERSON: ("([", "])"),
    Wait.NOTHING: ("((", "))"),
}


def drawn() -> str:
    """The map in Mermaid. At every place 0 is a person, `*` the arrow back, silence or # says it again."""
    lines = ["```mermaid", "flowchart TD"]
    for place, spot in MAP.items():
        before, after = _SHAPES[spot.wait]
        lines.append(f'  {place.value}{before}"{place.value}"{after}')
    for place, spot in MAP.items():
        by_target: dict[str, list[str]] = {}
        for key, to in spot.exits.items():
            by_target.setdefault(to.value, []).append(key)
        lines += [f"  {place.value} -->|{', '.join(keys)}| {to}" for to, keys in by_target.items()]
        if spot.done is not None:
            lines.append(f"  {place.value} --> {spot.done.value}")
        if spot.back is not place:
            lines.append(f"  {place.value} -.->|*| {spot.back.value}")
    return "\n".join([*lines, "```", ""])


def page_with_map(page: str) -> str:
    """The page with the drawing as it is now."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{drawn()}\n{END}{tail}"


def main(page: Path = PAGE) -> None:
    """Write the drawing; with `--check`, only say whether it is the one that stands there (status 1: no)."""
    before = page.read_text(encoding="utf-8")
    after = page_with_map(before)
    if "--check" in sys.argv:
        sys.exit(before != after)
    page.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
