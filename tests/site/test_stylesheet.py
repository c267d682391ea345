"""site.css in browsers of 2018 (Chrome 70, Safari 12), which drop what they do not know: it works without."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from resident_app.site.rendering import STATIC

CSS = (STATIC.path / "site.css").read_text(encoding="utf-8")

UNKNOWN_PROPERTIES = {
    "inset": {"top", "right", "bottom", "left"},
    "inline-size": {"width"},
    "block-size": {"height"},
    "min-inline-size": {"min-width"},
    "min-block-size": {"min-height"},
    "max-inline-size": {"max-width"},
    "max-block-size": {"max-height"},
    "gap": {"grid-gap"},
    "row-gap": {"grid-row-gap"},
    "column-gap": {"grid-column-gap"},
    "clip-path": {"clip"},
    "break-after": {"page-break-after"},
    "break-before": {"page-break-before"},
    "break-inside": {"page-break-inside"},
}
"""A property that they do not know, and what must stand before it in the same rule. They know no `gap` in a
flexbox, and `grid-gap` does not help there: a flexbox gets margins."""
LOGICAL = re.compile(
    r"(margin|padding|border|inset)-(inline|block)(-(start|end))?|aspect-ratio|translate|scale|rotate"
)
UNKNOWN_VALUE = re.compile(
    r"\b(clamp|min|max|env|color-mix)\(|\b[\d.]+(dvh|svh|lvh|dvw|svw|lvw|cap|lh|rlh)\b"
)
UNKNOWN_SELECTOR = re.compile(r":(is|where|has|focus-visible|user-invalid|details-content)\b|:not\([^)]*,")
SIDES = re.compile(r"(margin|padding|border|border-radius)-(left|right)|left|right|float|clear|text-align")


@dataclass(frozen=True)
class Rule:
    selectors: tuple[str, ...]
    declarations: tuple[tuple[str, str], ...]


def rules(css: str) -> Iterator[Rule]:
    """The rules of a sheet, also those in @-rules."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    head = ""
    for text, mark in re.findall(r"([^{}]*)([{}])", css):
        if mark == "{":
            head = text.strip()
        elif head and not head.startswith("@"):
            pairs = [one.split(":", 1) for one in text.split(";") if one.strip()]
            selectors = [head] if re.search(r"\([^)]*,", head) else head.split(",")
            yield Rule(
                tuple(" ".join(one.split()) for one in selectors),
                tuple((name.strip(), value.strip()) for name, value in pairs),
            )
            head = ""


def faults(css: str) -> list[str]:
    """What a browser of 2018 lacks, and what a page from right to left does."""
    found = []
    every = list(rules(css))
    turned = {selector for rule in every for selector in rule.selectors if selector.startswith('[dir="rtl"]')}
    for rule in every:
        where = ", ".join(rule.selectors)
        unknown = [bool(UNKNOWN_SELECTOR.search(one)) for one in rule.selectors]
        if any(unknown) and not all(unknown):
            found.append(f"{where}: one selector drops the others")
        if not all(unknown):
            found += [f"{where}: {fault}" for fault in _declarations_lost(rule)]
        if _has_a_side(rule):
            found += [
                f"{one} is not turned from right to left"
                for one in rule.selectors
                if not {one, f'[dir="rtl"] {one}'} & turned
            ]
    return found


def _declarations_lost(rule: Rule) -> Iterator[str]:
    before: set[str] = set()
    for name, value in rule.declarations:
        wanted = UNKNOWN_PROPERTIES.get(name, {name} if UNKNOWN_VALUE.search(value) else set())
        if wanted - before:
            yield f"{name} without {sorted(wanted - before)} before it"
        if LOGICAL.fullmatch(name):
            yield f"{name} is unknown"
        before.add(name)


def _has_a_side(rule: Rule) -> bool:
    """Whether a rule says something about one side alone, which a page from right to left needs turned."""
    last = dict(rule.declarations)
    for name, value in last.items():
        if name in ("margin", "padding") and len(values := _split(value)) == 4 and values[1] != values[3]:
            return True
        if name in ("text-align", "float", "clear") and value in ("left", "right"):
            return True
        if SIDES.fullmatch(name) and re.search("left|right", name):
            other = name.replace("left", "\0").replace("right", "left").replace("\0", "right")
            if last.get(other) != value:
                return True
    return False


def _split(value: str) -> list[str]:
    return re.findall(r"(?:[^\s(]|\([^)]*\))+", value)


def test_old_browsers_and_right_to_left_lose_nothing() -> None:
    assert faults(CSS) == []


@pytest.mark.parametrize(
    "css",
    [
        "p { padding-inline: 1rem; }",
        "p { margin: 0; margin-block: 1rem; }",
        "p { width: clamp(1rem, 2vw, 3rem); }",
        "@media print { p { inline-size: 1rem; } }",
        "p { inset: 0; top: 0; right: 0; bottom: 0; left: 0; }",
        "ul { display: flex; gap: 1rem; }",
        "a:hover, a:focus-visible { color: red; }",
        "p { margin-left: 1rem; }",
        "p { padding: 0 0 0 1rem; }",
        "td { text-align: left; }",
        "p { padding-left: 1rem; padding-right: 2rem; }",
    ],
)
def test_what_they_would_lose_is_found(css: str) -> None:
    assert faults(css)


@pytest.mark.parametrize(
    "css",
    [
        "p { padding: 0 1rem; }",
        "p { width: 3rem; width: clamp(1rem, 2vw, 3rem); }",
        "p { left: 0; right: 0; }",
        'td { text-align: left; } [dir="rtl"] td { text-align: right; }',
        "a:focus-visible { color: red; } a:focus { color: red; }",
    ],
)
def test_what_they_know_is_not(css: str) -> None:
    assert faults(css) == []


def test_every_class_and_every_tag_is_used_somewhere() -> None:
    """A rule that no page needs is removed."""
    markup = "".join(
        path.read_text(encoding="utf-8")
        for folder, kind in (("templates", "*.html"), ("static", "*.js"))
        for path in (STATIC.path.parent / folder).rglob(kind)
    )
    selectors = [one for rule in rules(CSS) for one in rule.selectors]
    classes = {name for one in selectors for name in re.findall(r"\.([a-z][\w-]*)", one)}
    assert {name for name in classes if not re.search(rf"\b{name}\b", markup)} == set()
    tags = {name for one in selectors for name in re.findall(r"(?:^|[ >+])([a-z]+[1-6]?)", one)}
    assert {name for name in tags if f"<{name}" not in markup} <= {"h2"}, (
        "h2: a macro is told which heading it makes"
    )


def test_it_is_small() -> None:
    assert len(gzip.compress(CSS.encode())) < 12_000
