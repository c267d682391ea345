"""Sealing again: what is sealed to an older key of the office is sealed to the newest."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, func, or_, select, update

from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.sealed_columns import SEALED_COLUMNS, SealedColumn, count_sealed
from resident_app.database import reading, writing
from resident_app.intake.office_public_key import Ciphertext

_BATCH = 100


@dataclass(frozen=True)
class SealedCount:
    """How many boxes of a table are sealed to one key. An empty `key`: from before keys were noted."""

    name: str
    key: str
    number: int


def count_by_key(connection: Connection) -> list[SealedCount]:
    """How many boxes of each kind are sealed to which key."""
    return [SealedCount(*row) for row in connection.execute(count_sealed())]


def remaining(connection: Connection, keys: OfficeKeys) -> int:
    """How many boxes a key of the office may open that is not the newest."""
    return sum(
        connection.execute(
            select(func.count()).select_from(boxes.table).where(_is_old(boxes, keys), boxes.is_full())
        ).scalar_one()
        for boxes in SEALED_COLUMNS
    )


@dataclass(frozen=True)
class OlderKeyUse:
    """What still stands against taking the older keys away."""

    boxes: int
    """So many open with an older key."""
    unopened: int
    """So many open with no key of the office; no key is of use to them."""


def older_key_use(engine: Engine, keys: OfficeKeys) -> OlderKeyUse:
    """Opens every box that is not known to be sealed to the newest key."""
    tried = [
        _sealed_again(boxes, keys, row) is not None
        for boxes in SEALED_COLUMNS
        for rows in _pages(engine, boxes, keys)
        for row in rows
    ]
    return OlderKeyUse(sum(tried), len(tried) - sum(tried))


def reseal_some(engine: Engine, keys: OfficeKeys, limit: int = 1000) -> int:
    """Seal up to `limit` boxes again. Returns how many are left to do; 0: all is done that can be.

    Any number of workers may be at it, and be killed at it: a box is replaced only as it was read. One
    that opens with no key of the office stays as it is, and is not among those left.
    """
    done = 0
    for boxes in SEALED_COLUMNS:
        for rows in _pages(engine, boxes, keys):
            done += _replace(engine, boxes, keys, rows[: limit - done])
            if done >= limit:
                with reading(engine) as connection:
                    return remaining(connection, keys)
    return 0


def _pages(engine: Engine, boxes: SealedColumn, keys: OfficeKeys) -> Iterator[list[Any]]:
    """Every old box of a table, page by page, each once."""
    after = 0
    while True:
        old = boxes.rows().where(_is_old(boxes, keys), boxes.table.id > after)
        with reading(engine) as connection:
            rows = list(connection.execute(old.order_by(boxes.table.id).limit(_BATCH)))
        if not rows:
            return
        after = rows[-1].id
        yield rows


def _replace(engine: Engine, boxes: SealedColumn, keys: OfficeKeys, rows: list[Any]) -> int:
    """How many were replaced: neither those that do not open nor those that somebody changed meanwhile."""
    sealed = [(row, box) for row in rows if (box := _sealed_again(boxes, keys, row)) is not None]
    if not sealed:
        return 0
    with writing(engine) as connection:
        return sum(
            connection.execute(
                update(boxes.table)
                .where(
                    boxes.table.id == row.id,
                    boxes.table.sealed_to == row.sealed_to,
                    boxes.table.sealed == row.sealed,
                )
                .values(sealed=box.sealed, sealed_to=box.sealed_to)
            ).rowcount
            for row, box in sealed
        )


def _sealed_again(boxes: SealedColumn, keys: OfficeKeys, row: Any) -> Ciphertext | None:
    aad = boxes.binding(row)
    try:
        # The padding goes along: the new box is as long as the old one.
        return keys.newest.public.seal(keys.open(row.sealed, aad), aad)
    except CannotOpen:
        return None


def _is_old(boxes: SealedColumn, keys: OfficeKeys) -> ColumnElement[bool]:
    """Sealed to an older key that the office has, or to one that nobody noted."""
    sealed_to = boxes.table.sealed_to
    older = set(keys.ids) - {keys.newest.public.id}
    old: ColumnElement[bool] = or_(sealed_to.in_(older), sealed_to == "")
    return old
