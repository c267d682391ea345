"""The ledger of requests that are gone: a database restored from a backup is made to forget them again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, Engine, select

from resident_app.database import writing
from resident_app.outreach.keeping.erasing import empty_rows
from resident_app.outreach.keeping.proofs import Why, remember_removed
from resident_app.outreach.tables import Removal, State, StoredRequest

_BATCH = 200


class NotALedger(ValueError):
    """A line that no ledger has; the message is its number."""


@dataclass(frozen=True)
class Gone:
    """One request that is gone, by its submission."""

    submission: bytes
    at: datetime
    why: Why


def ledger_lines(connection: Connection) -> Iterator[str]:
    """Every request that is gone, the oldest first, as lines: submission in hexadecimal, time, why."""
    chosen = select(Removal.submission, Removal.at, Removal.why).order_by(Removal.at, Removal.submission)
    for row in connection.execute(chosen.execution_options(yield_per=1000)):
        yield f"{row.submission.hex()} {row.at.isoformat()} {row.why}"


def read_ledger(lines: Iterable[str]) -> list[Gone]:
    """What `ledger_lines` wrote. Raises NotALedger."""
    return [_read(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def forget(engine: Engine, ledger: Iterable[Gone], now: datetime) -> int:
    """Erase the requests of the ledger that are back, whatever the backup says of a hold. Returns how many.

    That they are gone was decided after the backup was made. In batches, and again without harm.
    """
    forgotten = 0
    rest = iter(ledger)
    while part := list(islice(rest, _BATCH)):
        with writing(engine) as connection:
            for gone in part:
                remember_removed(connection, [gone.submission], gone.why, gone.at)
            forgotten += _forget(connection, part, now)
    return forgotten


def _forget(connection: Connection, part: Sequence[Gone], now: datetime) -> int:
    count = 0
    for why in Why:
        submissions = [gone.submission for gone in part if gone.why is why]
        chosen = select(StoredRequest.id, StoredRequest.submission).where(
            StoredRequest.submission.in_(submissions), StoredRequest.state != State.ERASED.value
        )
        back = connection.execute(chosen.order_by(StoredRequest.id).with_for_update()).all()
        empty_rows(connection, back, now, why)
        count += len(back)
    return count


def _read(number: int, line: str) -> Gone:
    try:
        submission, at, why = line.split()
        return Gone(bytes.fromhex(submission), datetime.fromisoformat(at), Why(why))
    except ValueError:
        raise NotALedger(number) from None
