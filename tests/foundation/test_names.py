"""Names say one thing: no class or file name has two meanings, and the field's words are used."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from resident_app.migrations.models import load_metadata
from resident_app.settings import REPOSITORY

MODULES = sorted(
    path
    for package in ("resident_app", "ivr", "translations")
    for path in (REPOSITORY / package).rglob("*.py")
)

# Words that say less than the field's own: as a part of a module, class, function, template or column name.
WORDS = frozenset(
    [
        "deed",
        "deeds",
        "hand",
        "hands",
        "ledger",
        "proof",
        "proofs",
        "door",
        "doors",
        "spot",
        "standing",
        "standings",
        "milestone",
        "milestones",
        "ownership",
        "reaching",
        "revealing",
        "leaving",
        "unlocking",
        "trust",
        "trusted",
        "trouble",
        "troubles",
        "seat",
        "boxes",
    ]
)
# The same, as a whole name.
NAMES = frozenset(
    [
        "box",
        "boxes",
        "bound_to",
        "parts",
        "services",
        "place",
        "places",
        "map",
        "turn",
        "turns",
        "say",
        "said",
        "take_entry",
        "silences",
        "wrong_keys",
        "accepting",
        "taking_in",
        "take_in",
        "hanging_up",
        "wants_none",
        "do_not_text",
        "keeping",
        "held",
        "way",
        "ways",
        "waits",
        "small_numbers",
        "written_in",
        "setting_up",
        "too_many",
        "busy",
        "not_that_way",
        "no_reason",
        "box_of",
    ]
)
# Columns that say whose language, and who did it.
COLUMNS = frozenset({"language", "officer", "held", "erase_wanted_at", "door", "staff", "trouble", "written"})

# A page, a command and a menu are named after their address, and one domain module may be what they show.
# A package's own context, errors and rendering are the same thing in each package.
BY_ADDRESS = (
    "resident_app/site/",
    "resident_app/console/",
    "resident_app/commands/",
    "resident_app/web/accounts/",
    "ivr/menus/",
)
SAME_MEANING = frozenset({"__init__.py", "context.py", "errors.py", "rendering.py"})


def words_of(name: str) -> list[str]:
    """A name's words in lower case: `RequestStatus`, `request_status` and `request-status` are the same."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+|_", spaced) if word]


def is_odd(name: str) -> bool:
    words = words_of(name)
    return bool(WORDS & set(words)) or "_".join(words) in NAMES


def definitions(kinds: tuple[type, ...]) -> Iterator[tuple[str, str]]:
    """Each definition's file and name."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, kinds):
                yield str(path.relative_to(REPOSITORY)), node.name


def test_no_two_classes_share_a_name() -> None:
    found = defaultdict(list)
    for path, name in definitions((ast.ClassDef,)):
        found[name].append(path)
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


def test_no_two_modules_share_a_name() -> None:
    found = defaultdict(list)
    for path in MODULES:
        relative = str(path.relative_to(REPOSITORY))
        if path.name not in SAME_MEANING and "/versions/" not in relative:
            found[path.name].append(relative)
    shared = {name: paths for name, paths in found.items() if len(paths) > 1}
    for name, paths in shared.items():
        domain = [path for path in paths if not path.startswith(BY_ADDRESS)]
        assert len(domain) <= 1, f"{name}: {paths}"


def test_no_two_modules_of_a_folder_differ_by_an_ending_alone() -> None:
    by_folder = defaultdict(set)
    for path in MODULES:
        by_folder[path.parent].add(path.stem)
    pairs = [(folder, stem) for folder, stems in by_folder.items() for stem in stems if f"{stem}s" in stems]
    assert pairs == []


@pytest.mark.parametrize("kind", [ast.ClassDef, ast.FunctionDef])
def test_definitions_use_the_words_of_the_field(kind: type) -> None:
    assert [(path, name) for path, name in definitions((kind,)) if is_odd(name)] == []


def test_modules_and_templates_use_the_words_of_the_field() -> None:
    templates = list((REPOSITORY / "resident_app").rglob("*.html"))
    assert [str(path) for path in (*MODULES, *templates) if is_odd(path.stem)] == []


def test_columns_use_the_words_of_the_field() -> None:

    columns = [
        f"{table.name}.{column.name}"
        for table in load_metadata().tables.values()
        for column in table.columns
        if is_odd(column.name) or column.name in COLUMNS
    ]
    assert columns == []
