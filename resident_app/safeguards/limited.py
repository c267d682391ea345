"""What may be done only so often: a place under limits, held while it is done."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from resident_app.safeguards.attempts import Attempts, Limit, Reservation, Standing
from resident_app.safeguards.capacity import Busy


class TooMany(Exception):
    """A limit is reached."""


@contextmanager
def held(
    attempts: Attempts,
    limits: Sequence[Limit],
    now: datetime,
    *,
    counts_all_the_same: Callable[[Exception], bool] = lambda _: False,
) -> Iterator[Reservation]:
    """Hold a place under `limits`; it counts unless it is given back or the block fails.

    `counts_all_the_same` says of an error whether what failed may have been done. Raises TooMany, Busy.
    """
    reservation = attempts.reserve(limits, now)
    if reservation.standing is Standing.IN_FLIGHT:
        raise Busy
    if reservation.standing is Standing.REACHED:
        raise TooMany
    try:
        yield reservation
    except Exception as error:
        (attempts.count if counts_all_the_same(error) else attempts.give_back)(reservation)
        raise
    attempts.count(reservation)
