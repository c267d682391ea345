"""What the public may do only so often: a place under limits, held while it is done."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from resident_app.safeguards.attempts import Attempts, Limit, Reservation, Standing
from resident_app.safeguards.capacity import Busy


class TooMany(Exception):
    """A limit is reached."""


@contextmanager
def held(attempts: Attempts, limits: Sequence[Limit], now: datetime) -> Iterator[Reservation]:
    """Hold a place under `limits`; it counts unless it is given back or the block fails.

    Raises TooMany, Busy.
    """
    reservation = attempts.reserve(limits, now)
    if reservation.standing is Standing.IN_FLIGHT:
        raise Busy
    if reservation.standing is Standing.REACHED:
        raise TooMany
    try:
        yield reservation
    except Exception:
        attempts.give_back(reservation)
        raise
    attempts.count(reservation)
