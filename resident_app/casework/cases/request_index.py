"""Requests opened in memory, to find one by its reference, a name, a number or an address.

The index is only in memory. A request is opened again only when it changed. Filling it shows nothing, so it
records nothing: what is found is `Opened`, and each request that is found is an event.
"""

import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Engine, select

from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.casework.opened import Opened, request_read
from resident_app.casework.opening import open_row
from resident_app.database import find_all, reading
from resident_app.intake.request_tables import HelpRequestRow, RequestState

FEWEST_DIGITS = 4
FEWEST_LETTERS = 2
_AT_ONCE = 500


@dataclass(frozen=True, repr=False)
class IndexedRequest:
    """What can be searched of one request. `name` is folded; `phone` and `reference` are digits alone."""

    number: int
    stamp: tuple[int, str]
    reference: str
    name: str
    phone: str
    email: str
    merged_into: int | None
    is_open: bool


class RequestIndex:
    """Opens every request that is not erased, and keeps what can be searched."""

    def __init__(self, engine: Engine, keys: OfficeKeysFile):
        self._engine = engine
        self._keys = keys
        self._mutex = threading.Lock()
        self._known: dict[int, IndexedRequest] = {}

    def found(self, words: str) -> Opened[list[int]]:
        """Requests that match a reference, a part of a name, the last digits of a number, or an address."""
        digits = "".join(character for character in words if character.isdecimal())
        text = folded(words)
        return _opened([known.number for known in self._current() if _matches(known, text, digits)])

    def alike(self, number: int) -> Opened[list[int]]:
        """Other requests with the same number or address: they may repeat this one."""
        every = {known.number: known for known in self._current()}
        this = every.get(number)
        return _opened(
            [
                other.number
                for other in every.values()
                if this and other.number != number and other.merged_into is None and _same_person(this, other)
            ]
        )

    def named(self, typed: str) -> Opened[int | None]:
        """The request with this reference or number; None if there is none."""
        digits = "".join(sign for sign in typed if sign.isdecimal())
        known = {known.number: known.reference for known in self._current()}
        found = next(
            (number for number, reference in known.items() if reference and reference == digits), None
        )
        if found is None and digits and int(digits) in known:
            found = int(digits)
        return Opened(found, [] if found is None else [request_read(found)])

    def fill(self) -> None:
        """Open every request in memory, so that the first search does not wait for it."""
        self._current()

    def with_sender(self, sender: str) -> list[int]:
        """Requests of a phone number (E.164) or an address, for the worker; the newest open one first."""
        digits = "".join(character for character in sender if character.isdecimal())
        found = [
            known
            for known in self._current()
            if known.merged_into is None
            and (known.email == folded(sender) if "@" in sender else digits != "" and known.phone == digits)
        ]
        found.sort(key=lambda known: (known.is_open, known.number), reverse=True)
        return [known.number for known in found]

    def _current(self) -> list[IndexedRequest]:
        """What is known now, brought up to date."""
        with self._mutex:
            stamps = self._stamps()
            self._known = {number: known for number, known in self._known.items() if number in stamps}
            changed = [
                number
                for number, stamp in stamps.items()
                if number not in self._known or self._known[number].stamp != stamp
            ]
            for start in range(0, len(changed), _AT_ONCE):
                for known in self._open(changed[start : start + _AT_ONCE]):
                    self._known[known.number] = known
            return list(self._known.values())

    def _stamps(self) -> dict[int, tuple[int, str]]:
        """Return what changes whenever a request changes, by its id."""
        columns = select(
            HelpRequestRow.id, HelpRequestRow.version, HelpRequestRow.sealed_to, HelpRequestRow.state
        )
        with reading(self._engine) as connection:
            rows = connection.execute(columns.where(HelpRequestRow.state != RequestState.ERASED))
            return {row.id: (row.version, f"{row.sealed_to} {row.state}") for row in rows}

    def _open(self, numbers: list[int]) -> Iterator[IndexedRequest]:
        keys = self._keys.current()
        with reading(self._engine) as connection:
            rows = find_all(connection, select(HelpRequestRow).where(HelpRequestRow.id.in_(numbers)))
        for row in rows:
            request, reference = open_row(row, keys)
            yield IndexedRequest(
                number=row.id,
                stamp=(row.version, f"{row.sealed_to} {row.state}"),
                reference=reference.replace(" ", ""),
                name=folded(request.name) if request else "",
                phone="".join(filter(str.isdecimal, request.phone.split(";")[0])) if request else "",
                email=folded(request.email) if request else "",
                merged_into=row.merged_into,
                is_open=row.state not in (RequestState.CLOSED, RequestState.ERASED),
            )


def _opened(numbers: list[int]) -> Opened[list[int]]:
    return Opened(numbers, [request_read(number) for number in numbers])


def folded(words: str) -> str:
    """Words without case, accents and doubled spaces, so that Peña is found by pena."""
    plain = unicodedata.normalize("NFKD", words.casefold())
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())


def _matches(known: IndexedRequest, text: str, digits: str) -> bool:
    if len(digits) >= FEWEST_DIGITS and not any(sign.isalpha() for sign in text):
        return known.reference == digits or known.phone.endswith(digits.removeprefix("1") or digits)
    if len(text) < FEWEST_LETTERS:
        return False
    return text in known.name or ("@" in text and text in known.email)


def _same_person(one: IndexedRequest, other: IndexedRequest) -> bool:
    return bool((one.phone and one.phone == other.phone) or (one.email and one.email == other.email))
