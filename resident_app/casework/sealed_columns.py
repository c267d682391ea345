"""Every database column that holds ciphertext, with the associated data of each row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all

from resident_app.intake.aad import call_aad, inbound_aad, note_aad, outgoing_aad, request_aad, timeline_aad
from resident_app.intake.call_tables import OfficeCallRow
from resident_app.intake.message_tables import InboundRow, OutgoingRow
from resident_app.intake.request_tables import HelpRequestRow, NoteRow, TimelineRow


@dataclass(frozen=True)
class SealedColumn:
    """All boxes of one table. `binding` tells from a row of `rows` what its box is bound to."""

    name: str
    table: Any
    more: tuple[Any, ...]
    """The columns, beside id, box and key, that the binding needs."""
    binding: Callable[[Any], bytes]
    in_request: bool = False

    def rows(self) -> Select[Any]:
        """id, sealed, sealed_to and what the binding needs, of each row that has a box."""
        chosen = select(self.table.id, self.table.sealed, self.table.sealed_to, *self.more)
        if self.in_request:
            chosen = chosen.join(HelpRequestRow, HelpRequestRow.id == self.table.request_id)
        return chosen.where(self.is_full())

    def is_full(self) -> ColumnElement[bool]:
        """An erased request's box is empty, and an entry may have no words."""
        return func.length(self.table.sealed) > 0


SEALED_COLUMNS = (
    SealedColumn(
        "requests", HelpRequestRow, (HelpRequestRow.submission,), lambda row: request_aad(row.submission)
    ),
    SealedColumn(
        "notes",
        NoteRow,
        (HelpRequestRow.submission.label("request"), NoteRow.submission),
        lambda row: note_aad(row.request, row.submission),
        in_request=True,
    ),
    SealedColumn(
        "entries",
        TimelineRow,
        (HelpRequestRow.submission.label("request"), TimelineRow.key),
        lambda row: timeline_aad(row.request, row.key),
        in_request=True,
    ),
    SealedColumn("outgoing", OutgoingRow, (OutgoingRow.key,), lambda row: outgoing_aad(row.key)),
    SealedColumn("incoming", InboundRow, (InboundRow.submission,), lambda row: inbound_aad(row.submission)),
    SealedColumn("calls", OfficeCallRow, (OfficeCallRow.token,), lambda row: call_aad(row.token)),
)
"""Every table that holds boxes."""


def count_sealed() -> Any:
    """How many boxes each table has under each key: `name`, `sealed_to`, `count`."""
    return union_all(
        *(
            select(
                literal(boxes.name).label("name"),
                boxes.table.sealed_to,
                func.count().label("count"),
            )
            .where(boxes.is_full())
            .group_by(boxes.table.sealed_to)
            for boxes in SEALED_COLUMNS
        )
    )
