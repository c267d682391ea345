"""The log of erased requests, kept outside the database, so that a restored backup can erase them again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, Engine, select

from resident_app.database import writing
from resident_app.intake.erasure import GroupMember, empty_rows
from resident_app.intake.erasure_tables import ErasureLogRow, RemovalReason
from resident_app.intake.purge_receipts import log_erasure
from resident_app.intake.request_tables import HelpRequestRow, RequestState

_BATCH = 200


class NotAnErasureLog(ValueError):
    """A line that no erasure log has. The message is the line's number."""


@dataclass(frozen=True)
class ErasedRequest:
    """One erased request, by its submission."""

    submission: bytes
    at: datetime
    why: RemovalReason


def erasure_log_lines(connection: Connection) -> Iterator[str]:
    """Yield one line for each erased request, oldest first: submission in hexadecimal, time, reason."""
    chosen = select(ErasureLogRow.submission, ErasureLogRow.at, ErasureLogRow.why).order_by(
        ErasureLogRow.at, ErasureLogRow.submission
    )
    for row in connection.execute(chosen.execution_options(yield_per=1000)):
        yield f"{row.submission.hex()} {row.at.isoformat()} {row.why}"


def read_erasure_log(lines: Iterable[str]) -> list[ErasedRequest]:
    """Read what `erasure_log_lines` wrote. Raises NotAnErasureLog."""
    return [_read(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def erase_again(engine: Engine, erased: Iterable[ErasedRequest], now: datetime) -> int:
    """Erase those of the requests that are back, whatever the backup says of a legal hold. Return how many.

    The decision to erase them is younger than the backup. Runs in batches; running it twice does no harm.
    """
    forgotten = 0
    rest = iter(erased)
    while part := list(islice(rest, _BATCH)):
        with writing(engine) as connection:
            for gone in part:
                log_erasure(connection, [gone.submission], gone.why, gone.at)
            forgotten += _forget(connection, part, now)
    return forgotten


def _forget(connection: Connection, part: Sequence[ErasedRequest], now: datetime) -> int:
    count = 0
    for why in RemovalReason:
        submissions = [gone.submission for gone in part if gone.why is why]
        chosen = select(
            HelpRequestRow.id, HelpRequestRow.submission, HelpRequestRow.legal_hold, HelpRequestRow.state
        ).where(HelpRequestRow.submission.in_(submissions), HelpRequestRow.state != RequestState.ERASED)
        rows = connection.execute(chosen.order_by(HelpRequestRow.id).with_for_update())
        back = [GroupMember(*row) for row in rows]
        empty_rows(connection, back, now, why)
        count += len(back)
    return count


def _read(number: int, line: str) -> ErasedRequest:
    try:
        submission, at, why = line.split()
        return ErasedRequest(bytes.fromhex(submission), datetime.fromisoformat(at), RemovalReason(why))
    except ValueError:
        raise NotAnErasureLog(number) from None
