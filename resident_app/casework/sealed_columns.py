"""Every database column that holds ciphertext, with the associated data of each row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, CompoundSelect, Connection, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from resident_app.intake.aad import (
    attachment_aad,
    call_aad,
    draft_aad,
    inbound_aad,
    note_aad,
    outgoing_aad,
    request_aad,
    timeline_aad,
)
from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.call_tables import OfficeCallRow
from resident_app.intake.message_tables import InboundRow, OutgoingRow
from resident_app.intake.request_tables import DraftRow, HelpRequestRow, NoteRow, TimelineRow

SealedTable = (
    type[HelpRequestRow]
    | type[NoteRow]
    | type[TimelineRow]
    | type[OutgoingRow]
    | type[InboundRow]
    | type[OfficeCallRow]
    | type[AttachmentRow]
    | type[DraftRow]
)


@dataclass(frozen=True, repr=False)
class SealedRow:
    """One ciphertext, the id of the key that it is sealed to, and its associated data."""

    id: int
    sealed: bytes
    sealed_to: str
    aad: bytes


@dataclass(frozen=True)
class SealedColumn:
    """The ciphertexts of one table. `aad` makes a row's associated data from the values of `bound_to`."""

    name: str
    table: SealedTable
    bound_to: tuple[
        InstrumentedAttribute[bytes] | InstrumentedAttribute[str] | InstrumentedAttribute[int], ...
    ]
    aad: Callable[..., bytes]
    request_id: InstrumentedAttribute[int] | None = None
    """The foreign key, where the associated data needs the request's submission."""
    most_at_once: int = 1000
    """How many ciphertexts may be in memory at the same time."""

    def rows(
        self, connection: Connection, condition: ColumnElement[bool], *, after: int, limit: int
    ) -> Sequence[SealedRow]:
        """Return rows with a ciphertext whose id is higher than `after`, in the order of ids."""
        chosen = select(self.table.id, self.table.sealed, self.table.sealed_to, *self.bound_to)
        if self.request_id is not None:
            chosen = chosen.join(HelpRequestRow, HelpRequestRow.id == self.request_id)
        chosen = chosen.where(self.has_ciphertext(), condition, self.table.id > after)
        return [
            SealedRow(id, sealed or b"", sealed_to, self.aad(*values))
            for id, sealed, sealed_to, *values in connection.execute(
                chosen.order_by(self.table.id).limit(min(limit, self.most_at_once))
            )
        ]

    def has_ciphertext(self) -> ColumnElement[bool]:
        """An erased request's ciphertext is empty, and an entry may have no words."""
        return func.length(self.table.sealed) > 0


SEALED_COLUMNS = (
    SealedColumn("requests", HelpRequestRow, (HelpRequestRow.submission,), request_aad),
    SealedColumn(
        "notes", NoteRow, (HelpRequestRow.submission, NoteRow.submission), note_aad, NoteRow.request_id
    ),
    SealedColumn(
        "entries",
        TimelineRow,
        (HelpRequestRow.submission, TimelineRow.key),
        timeline_aad,
        TimelineRow.request_id,
    ),
    SealedColumn("outgoing", OutgoingRow, (OutgoingRow.key,), outgoing_aad),
    SealedColumn("inbound", InboundRow, (InboundRow.submission,), inbound_aad),
    SealedColumn("calls", OfficeCallRow, (OfficeCallRow.token,), call_aad),
    SealedColumn("attachments", AttachmentRow, (AttachmentRow.key,), attachment_aad, most_at_once=4),
    SealedColumn(
        "drafts",
        DraftRow,
        (HelpRequestRow.submission, DraftRow.account_id),
        draft_aad,
        DraftRow.request_id,
    ),
)


def count_sealed() -> CompoundSelect[str, str, int]:
    """Select name, key id and number of the ciphertexts, for each table and key."""
    return union_all(
        *(
            select(literal(sealed.name).label("name"), sealed.table.sealed_to, func.count().label("count"))
            .where(sealed.has_ciphertext())
            .group_by(sealed.table.sealed_to)
            for sealed in SEALED_COLUMNS
        )
    )
