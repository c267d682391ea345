"""The ledger of requests that are gone: a database restored from a backup is made to forget them again."""

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
    """A line that no ledger has; the message is its number."""


@dataclass(frozen=True)
class ErasedRequest:
    """One request that is gone, by its submission."""

    submission: bytes
    at: datetime
    why: RemovalReason


def erasure_log_lines(connection: Connection) -> Iterator[str]:
    """Every request that is gone, the oldest first, as lines: submission in hexadecimal, time, why."""
    chosen = select(ErasureLogRow.submission, ErasureLogRow.at, ErasureLogRow.why).order_by(
        ErasureLogRow.at, ErasureLogRow.submission
    )
    for row in connection.execute(chosen.execution_options(yield_per=1000)):
        yield f"{row.submission.hex()} {row.at.isoformat()} {row.why}"


def read_erasure_log(lines: Iterable[str]) -> list[ErasedRequest]:
    """What `ledger_lines` wrote. Raises NotALedger."""
    return [_read(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def erase_again(engine: Engine, ledger: Iterable[ErasedRequest], now: datetime) -> int:
    """Erase the requests of the ledger that are back, whatever the backup says of a hold. Returns how many.

    That they are gone was decided after the backup was made. In batches, and again without harm.
    """
    forgotten = 0
    rest = iter(ledger)
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
