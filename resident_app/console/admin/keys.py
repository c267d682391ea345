"""The office's keys, and how many sealed values each still opens."""

from dataclasses import dataclass

from flask import Blueprint, render_template

from resident_app.casework.resealing import count_by_key
from resident_app.casework.sealed_columns import SEALED_COLUMNS
from resident_app.console.context import current_context
from resident_app.database import reading


@dataclass(frozen=True)
class KeyLine:
    """A key and how many values are sealed to it, in the order of SEALED_COLUMNS."""

    id: str
    status: str
    numbers: tuple[int, ...]


blueprint = Blueprint("keys", __name__)


@blueprint.get("/keys")
def show() -> str:
    """Show the keys. Needs reauthentication."""
    context = current_context()
    ids = context.keys.current().ids
    with reading(context.engine) as connection:
        counts = count_by_key(connection)
    numbers = {(one.key, one.name): one.number for one in counts}
    others = sorted({one.key for one in counts} - set(ids))
    lines = [
        KeyLine(key, _status(key, ids), tuple(numbers.get((key, kind.name), 0) for kind in SEALED_COLUMNS))
        for key in (*ids, *others)
    ]
    total = sum(one.number for one in counts)
    newest = sum(one.number for one in counts if one.key == ids[0])
    return render_template(
        "keys.html",
        lines=lines,
        kinds=[kind.name for kind in SEALED_COLUMNS],
        total=total,
        newest=newest,
        has_old=len(ids) > 1,
        unopened=sum(one.number for one in counts if one.key and one.key not in ids),
    )


def _status(key: str, ids: tuple[str, ...]) -> str:
    if key == ids[0]:
        return "In use"
    if key in ids:
        return "Opens what is sealed to it"
    return "Not the office’s" if key else "Not noted"
