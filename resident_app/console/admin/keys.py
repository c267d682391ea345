"""The office's keys in the console: which there are, and how far sealing again has come."""

from dataclasses import dataclass

from flask import Blueprint, render_template

from resident_app.casework.resealing import count_by_key
from resident_app.casework.sealed_columns import SEALED_COLUMNS
from resident_app.console.context import current_context
from resident_app.database import reading


@dataclass(frozen=True)
class KeyLine:
    """A key and its boxes: their numbers in the order of BOXES."""

    id: str
    standing: str
    numbers: tuple[int, ...]


def create_keys() -> Blueprint:
    keys = Blueprint("keys", __name__)
    keys.add_url_rule("/keys", "show", show)
    return keys


def show() -> str:
    """For who has just proved who they are."""
    parts = current_context()
    ids = parts.keys.current().ids
    with reading(parts.engine) as connection:
        counts = count_by_key(connection)
    numbers = {(one.key, one.name): one.number for one in counts}
    others = sorted({one.key for one in counts} - set(ids))
    lines = [
        KeyLine(key, _standing(key, ids), tuple(numbers.get((key, kind.name), 0) for kind in SEALED_COLUMNS))
        for key in (*ids, *others)
    ]
    total = sum(one.number for one in counts)
    newest = sum(one.number for one in counts if one.key == ids[0])
    return render_template(
        "office_keys.html",
        lines=lines,
        kinds=[kind.name for kind in SEALED_COLUMNS],
        total=total,
        newest=newest,
        has_old=len(ids) > 1,
        unopened=sum(one.number for one in counts if one.key and one.key not in ids),
    )


def _standing(key: str, ids: tuple[str, ...]) -> str:
    if key == ids[0]:
        return "In use"
    if key in ids:
        return "Opens what is sealed to it"
    return "Not the office’s" if key else "Not noted"
