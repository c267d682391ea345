"""Requests opened in memory, to find one by its number, reference, name, phone number, address or words.

The index is only in memory, and bounded. A request is opened again only when it changed, and a note or an
entry once. Filling it shows nothing, so it records nothing: what is found is `Opened`, and each request that
is found is an event.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, select

from resident_app.casework.cases.search_query import (
    SearchedRequest,
    SearchedWords,
    SearchField,
    SearchQuery,
    digits_of,
    folded,
)
from resident_app.casework.office_keys import CannotOpen, OfficeKeys, OfficeKeysFile
from resident_app.casework.opened import Opened, request_read
from resident_app.casework.opening import open_json, open_note, open_row
from resident_app.database import find_all, reading
from resident_app.intake.aad import timeline_aad
from resident_app.intake.help_request import HelpRequest
from resident_app.intake.request_tables import (
    OPEN,
    EntryKind,
    HelpRequestRow,
    NoteRow,
    RequestState,
    TimelineRow,
)
from resident_app.security import event_log

MOST_CHARACTERS = 40_000_000
"""Of words, in memory. What comes after that is not searched, and the page says so."""
MOST_FOUND = 50
"""Shown at once: each request that is shown is an event in the audit log."""
AT_ONCE = 100
"""A page opens no more requests than that. The rest is opened in a thread of its own."""

_FIELDS = {
    EntryKind.NOTE: SearchField.NOTE,
    EntryKind.TEXT_OUT: SearchField.SENT,
    EntryKind.EMAIL_OUT: SearchField.SENT,
    EntryKind.TEXT_IN: SearchField.RECEIVED,
    EntryKind.EMAIL_IN: SearchField.RECEIVED,
}


class _Stamp(NamedTuple):
    """What changes whenever a request, its notes or its timeline change."""

    version: int
    sealed_to: str
    state: RequestState
    notes: tuple[int, int]
    entries: tuple[int, int]
    """How many, and the newest id."""


@dataclass(frozen=True, repr=False)
class IndexedRequest(SearchedRequest):
    """A request in memory. `entries` are its notes and entries by what identifies them."""

    stamp: _Stamp
    merged_into: int | None
    entries: Mapping[bytes, SearchedWords]
    unopened: int
    """How many of its ciphertexts no key of the office opens."""
    is_whole: bool
    """Whether all its words are in memory."""

    @property
    def is_open(self) -> bool:
        return self.stamp.state in OPEN

    @property
    def size(self) -> int:
        return sum(len(one.text) for one in self.words)


@dataclass(frozen=True)
class FoundRequest:
    """A request that a search found, and where."""

    number: int
    fields: tuple[SearchField, ...]


@dataclass(frozen=True)
class Findings:
    """What a search found, the best first. The counts are of requests."""

    found: tuple[FoundRequest, ...] = ()
    more: int = 0
    """Found, but not shown."""
    unopened: int = 0
    """Not searched, at least in part, because no key of the office opens them."""
    unread: int = 0
    """Not searched yet: the index is still being filled."""
    unheld: int = 0
    """Whose words are not in memory, because there are too many."""


class RequestIndex:
    """Opens every request that is not erased, and keeps what can be searched.

    Only with `with_words` are messages, notes and entries opened.
    """

    def __init__(self, engine: Engine, keys: OfficeKeysFile, *, with_words: bool = False):
        self._engine = engine
        self._keys = keys
        self._with_words = with_words
        self._mutex = threading.Lock()
        self._known: dict[int, IndexedRequest] = {}
        """Replaced and never changed, so that it is read without the lock."""
        self._opened_with: OfficeKeys | None = None
        self._unread = 0
        self._filling = threading.Event()

    def search(self, typed: str) -> Opened[Findings]:
        """Search for what an officer typed. Only the requests that are to be shown are read."""
        every = self._for_page()
        query = SearchQuery.parse(typed)
        hits = (
            [] if query.is_empty else [(fields, known) for known in every if (fields := query.fields(known))]
        )
        hits.sort(key=lambda hit: (_rank(hit[0]), not hit[1].is_open, -hit[1].number))
        shown = tuple(FoundRequest(known.number, fields) for fields, known in hits[:MOST_FOUND])
        findings = Findings(
            found=shown,
            more=len(hits) - len(shown),
            unopened=sum(known.unopened > 0 for known in every),
            unread=self._unread,
            unheld=sum(not known.is_whole for known in every),
        )
        return Opened(findings, [request_read(one.number) for one in shown])

    def alike(self, number: int) -> Opened[list[int]]:
        """Other requests with the same number or address: they may repeat this one."""
        every = {known.number: known for known in self._for_page()}
        this = every.get(number)
        alike = [
            other.number
            for other in every.values()
            if this and other.number != number and other.merged_into is None and _same_person(this, other)
        ]
        return Opened(alike, [request_read(one) for one in alike])

    @property
    def unread(self) -> int:
        """How many requests are not opened yet."""
        return self._unread

    def named(self, typed: str) -> Opened[int | None]:
        """The request with this reference or number; None if there is none."""
        digits = digits_of(folded(typed))
        known = {known.number: known.reference for known in self._every()}
        found = next(
            (number for number, reference in known.items() if reference and reference == digits), None
        )
        if found is None and digits and int(digits) in known:
            found = int(digits)
        return Opened(found, [] if found is None else [request_read(found)])

    def with_sender(self, sender: str) -> list[int]:
        """Requests of a phone number (E.164) or an address, for the worker; the newest open one first."""
        digits = digits_of(sender)
        found = [
            known
            for known in self._every()
            if known.merged_into is None
            and (known.email == folded(sender) if "@" in sender else digits != "" and known.phone == digits)
        ]
        found.sort(key=lambda known: (known.is_open, known.number), reverse=True)
        return [known.number for known in found]

    def fill(self) -> None:
        """Open every request in memory, so that the first search does not wait for it."""
        self._every()

    def fill_in_background(self) -> None:
        """Do so in a thread of its own. Until it ends, pages say how many requests are not read yet."""
        if self._filling.is_set():
            return
        self._filling.set()

        def open_all() -> None:
            try:
                self.fill()
            except Exception as error:
                event_log.failed("open ahead", error)
            finally:
                self._filling.clear()

        threading.Thread(target=open_all, daemon=True).start()

    def _for_page(self) -> Sequence[IndexedRequest]:
        """Return what is known now. Whatever is more than a page can wait for is left to a thread."""
        if not self._filling.is_set():
            self._update(AT_ONCE)
            if self._unread:
                self.fill_in_background()
        return list(self._known.values())

    def _every(self) -> Sequence[IndexedRequest]:
        """Return every request, however long it takes."""
        self._update(None)
        return list(self._known.values())

    def _update(self, most: int | None) -> None:
        """Open what changed, at most so many requests: open and new ones first."""
        with self._mutex:
            keys, stamps = self._keys.current(), self._stamps()
            may_open = keys is not self._opened_with
            self._opened_with = keys
            self._known = {
                number: known
                for number, known in self._known.items()
                if number in stamps and not (may_open and known.unopened)
            }
            changed = [
                number
                for number, stamp in stamps.items()
                if number not in self._known or self._known[number].stamp != stamp
            ]
            changed.sort(key=lambda number: (stamps[number].state in OPEN, number), reverse=True)
            self._unread = len(changed)
            for start in range(0, len(changed[:most]), AT_ONCE):
                some = changed[:most][start : start + AT_ONCE]
                self._known = self._known | {
                    known.number: known for known in self._open({one: stamps[one] for one in some}, keys)
                }
                self._unread -= len(some)

    def _stamps(self) -> dict[int, _Stamp]:
        columns = select(
            HelpRequestRow.id, HelpRequestRow.version, HelpRequestRow.sealed_to, HelpRequestRow.state
        )
        with reading(self._engine) as connection:
            notes = _newest(connection, NoteRow) if self._with_words else {}
            entries = _newest(connection, TimelineRow) if self._with_words else {}
            rows = connection.execute(columns.where(HelpRequestRow.state != RequestState.ERASED))
            return {
                id: _Stamp(version, sealed_to, state, notes.get(id, (0, 0)), entries.get(id, (0, 0)))
                for id, version, sealed_to, state in rows
            }

    def _open(self, stamps: Mapping[int, _Stamp], keys: OfficeKeys) -> Iterator[IndexedRequest]:
        with reading(self._engine) as connection:
            rows = find_all(connection, select(HelpRequestRow).where(HelpRequestRow.id.in_(stamps)))
            entries = self._open_entries(connection, rows, keys) if self._with_words else {}
        room = MOST_CHARACTERS - sum(known.size for known in self._known.values())
        order = list(stamps)
        for row in sorted(rows, key=lambda row: order.index(row.id)):
            request, reference = open_row(row, keys)
            own, unopened = entries.get(row.id, ({}, 0))
            left = _left_words(request) if request and self._with_words else []
            words = tuple(one for one in (*left, *own.values()) if one.text)
            is_whole = sum(len(one.text) for one in words) <= room
            known = IndexedRequest(
                number=row.id,
                reference=reference.replace(" ", ""),
                name=folded(request.name) if request else "",
                phone=digits_of(request.phone.split(";")[0]) if request else "",
                email=folded(request.email) if request else "",
                words=words if is_whole else (),
                stamp=stamps[row.id],
                merged_into=row.merged_into,
                entries=own if is_whole else {},
                unopened=unopened + (request is None),
                is_whole=is_whole,
            )
            room -= known.size
            yield known

    def _open_entries(
        self, connection: Connection, rows: Sequence[HelpRequestRow], keys: OfficeKeys
    ) -> dict[int, tuple[dict[bytes, SearchedWords], int]]:
        """Return each request's notes and entries, and how many do not open. Known ones are kept."""
        opened: dict[int, tuple[dict[bytes, SearchedWords], int]] = {}
        submissions = {row.id: row.submission for row in rows}
        for entry in _sealed_entries(connection, submissions):
            words, unopened = opened.get(entry.request_id, ({}, 0))
            before = self._known.get(entry.request_id)
            known = before.entries.get(entry.key) if before else None
            if known is None:
                known = entry.open(keys, submissions[entry.request_id])
            if known is None:
                unopened += 1
            else:
                words[entry.key] = known
            opened[entry.request_id] = words, unopened
        return opened


class _SealedEntry(NamedTuple):
    """A note (`kind` is None) or an entry with words."""

    request_id: int
    key: bytes
    sealed: bytes
    kind: EntryKind | None

    def open(self, keys: OfficeKeys, submission: bytes) -> SearchedWords | None:
        """Return its words, or None if no key of the office opens them."""
        try:
            if self.kind is None:
                return SearchedWords.of(SearchField.ADDED, open_note(self.sealed, keys, submission, self.key))
            opened = open_json(self.sealed, keys, timeline_aad(submission, self.key))
            return SearchedWords.of(_FIELDS.get(self.kind, SearchField.ENTRY), str(opened["words"]))
        except CannotOpen:
            return None


def _sealed_entries(connection: Connection, requests: Mapping[int, bytes]) -> Iterator[_SealedEntry]:
    notes = select(NoteRow.request_id, NoteRow.submission, NoteRow.sealed)
    for note in connection.execute(notes.where(NoteRow.request_id.in_(requests))):
        yield _SealedEntry(*note, None)
    entries = select(TimelineRow.request_id, TimelineRow.key, TimelineRow.sealed, TimelineRow.kind)
    having_words = entries.where(TimelineRow.request_id.in_(requests), TimelineRow.sealed.is_not(None))
    for request_id, key, sealed, kind in connection.execute(having_words):
        yield _SealedEntry(request_id, key, sealed or b"", kind)


def _newest(connection: Connection, table: type[NoteRow] | type[TimelineRow]) -> dict[int, tuple[int, int]]:
    """Return how many notes or entries each request has, and the newest one's id."""
    counted = select(table.request_id, func.count(), func.max(table.id)).group_by(table.request_id)
    return {request: (count, newest) for request, count, newest in connection.execute(counted)}


def _left_words(request: HelpRequest) -> list[SearchedWords]:
    """Return what the person left with the request, beside name, number and address."""
    texts = (request.message, request.best_time, request.language_note, request.contact_note)
    return [SearchedWords.of(SearchField.LEFT, text) for text in texts if text]


def _rank(fields: Sequence[SearchField]) -> int:
    """Who a request is from comes before what was written in it."""
    return list(SearchField).index(fields[0])


def _same_person(one: IndexedRequest, other: IndexedRequest) -> bool:
    return bool((one.phone and one.phone == other.phone) or (one.email and one.email == other.email))
