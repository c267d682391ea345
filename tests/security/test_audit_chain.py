"""The audit log: whatever is done to any event of it is found, on both databases.

The attacker of these tests writes the whole database, knows the code, and lacks the key.
"""

import json
import sqlite3
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update

from resident_app.database import open_database, writing
from resident_app.migrations.state import upgrade
from resident_app.security import audit_chain, audit_log
from resident_app.security.audit_chain import Fault, Head, Verified, snapshot, verify
from resident_app.security.audit_event import StoredEvent
from resident_app.security.audit_heads import (
    NotAHead,
    keep_newest_head,
    read_head,
    read_heads,
    take_head,
    written,
)
from resident_app.security.audit_keys import AuditKey, AuditKeys
from resident_app.security.audit_log import FIRST, Audited, AuditEvent, AuditLogDamaged, with_audit_log
from tests.conftest import AUDIT_KEYS

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
EVENTS = 24


class Undo(Exception):
    """A test's change goes no further than the test."""


@pytest.fixture
def log(engine: Engine) -> Engine:
    """A log of every kind of event, with and without staff and fields."""
    kinds = list(Audited)
    with writing(engine) as connection:
        for number in range(EVENTS):
            fields = {"request": number, "what": "state+note"} if number % 3 else {}
            audit_log.record(
                connection,
                kinds[number % len(kinds)],
                actor_id=number % 4 or None,
                at=NOW + timedelta(minutes=number),
                **fields,
            )
    return engine


def verified(engine: Engine, *heads: Head, kept_since: date | None = None, page_size: int = 1000) -> Verified:
    with snapshot(engine) as connection:
        return verify(connection, heads, kept_since=kept_since, page_size=page_size)


def found_after(
    engine: Engine, *changes: object, heads: tuple[Head, ...] = (), page_size: int = 1000
) -> Verified:
    """Return what a verification finds after these statements. They are then undone."""
    found: list[Verified] = []
    with suppress(Undo), writing(engine) as connection:
        for change in changes:
            connection.execute(change)  # type: ignore[call-overload]
        found.append(verify(connection, heads, page_size=page_size))
        raise Undo
    return found[0]


def rows(connection: Connection) -> list[dict[str, object]]:
    found = connection.execute(select(AuditEvent.__table__).order_by(AuditEvent.number))
    return [dict(row._mapping) for row in found]


def all_rows(engine: Engine) -> list[dict[str, object]]:
    with engine.connect() as connection:
        return rows(connection)


def event(number: int) -> object:
    return AuditEvent.number == number


def forged_hash(
    previous: object, number: int, at: object, kind: object, actor_id: object, fields: str
) -> str:
    """The best that somebody without the key can do: a key of their own, under the true key's id."""
    event = StoredEvent(number, at, kind, actor_id, fields, previous, key_id=AUDIT_KEYS.newest.id)
    return event.under(AuditKeys((AuditKey(b"of somebody else".ljust(32)),)))


def unkeyed_hash(
    previous: object, number: int, at: object, kind: object, actor_id: object, fields: str
) -> str:
    """The hash of an event of version 0.2.0."""
    assert isinstance(at, datetime)
    columns = [previous, number, at.astimezone(UTC).isoformat(), kind, actor_id, fields]
    return sha256(json.dumps(columns).encode()).hexdigest()


def put(row: dict[str, object], **changes: object) -> object:
    return insert(AuditEvent).values(**(row | changes))


def test_a_log_that_nobody_touched_is_found_whole(log: Engine) -> None:
    result = verified(log)
    assert result.ok
    assert (result.count, result.first, result.head.number) == (EVENTS, 1, EVENTS)
    assert verified(log, result.head).ok


def test_an_empty_log_is_whole_unless_a_head_was_kept(engine: Engine) -> None:
    assert verified(engine).ok
    [finding] = verified(engine, Head(3, "a" * 64)).findings
    assert finding == audit_chain.Finding(3, Fault.HEAD_MISSING)


EDITS: dict[str, Callable[[object], object]] = {
    "number": lambda value: int(str(value)) + 1000,
    "at": lambda value: value + timedelta(microseconds=1),  # type: ignore[operator]
    "kind": lambda value: Audited.EXPORTED if value != Audited.EXPORTED else "searched",
    "actor_id": lambda value: 7 if value is None else None,
    "fields": lambda value: json.dumps(json.loads(str(value)) | {"request": 99}),
    "previous": lambda value: ("1" if str(value)[0] != "1" else "2") + str(value)[1:],
    "key_id": lambda value: "" if value else "0" * 16,
    "version_event": lambda value: int(str(value)) + 1,
    "hash": lambda value: str(value)[:-1] + ("1" if str(value)[-1] != "1" else "2"),
}


def test_every_change_of_any_column_is_found(log: Engine) -> None:
    assert set(EDITS) == set(AuditEvent.__table__.columns.keys())
    for row in all_rows(log):
        for column, edit in EDITS.items():
            change = update(AuditEvent).where(event(row["number"])).values({column: edit(row[column])})  # type: ignore[arg-type]
            result = found_after(log, change)
            if column == "number" and row["number"] == EVENTS:
                assert result.findings[0].number == EVENTS + 1000
            else:
                assert result.findings, (row["number"], column)
                assert abs(result.findings[0].number - int(str(row["number"]))) <= 1


def test_an_event_edited_and_given_a_new_hash_is_found_at_once(log: Engine) -> None:
    for row in all_rows(log)[:-1]:
        number, fields = int(str(row["number"])), '{"request": 4711}'
        columns = (row["previous"], number, row["at"], row["kind"], row["actor_id"], fields)
        for hash, key in ((forged_hash(*columns), AUDIT_KEYS.newest.id), (unkeyed_hash(*columns), "")):
            change = update(AuditEvent).where(event(number)).values(fields=fields, hash=hash, key_id=key)  # type: ignore[arg-type]
            assert found_after(log, change).findings[0].number in (number, number + 1)
            assert not found_after(log, change).ok


def test_every_removed_event_is_found(log: Engine) -> None:
    head = verified(log).head
    for number in range(1, EVENTS + 1):
        gone = delete(AuditEvent).where(event(number))  # type: ignore[arg-type]
        assert not found_after(log, gone, heads=(head,)).ok
        if number < EVENTS:
            assert found_after(log, gone).findings[0] == audit_chain.Finding(number + 1, Fault.MISSING)


def test_a_removed_event_whose_place_is_closed_up_is_found(log: Engine) -> None:
    for number in range(1, EVENTS):
        changes = [delete(AuditEvent).where(event(number))]  # type: ignore[arg-type]
        changes += [
            update(AuditEvent).where(event(after)).values(number=after - 1)  # type: ignore[arg-type, misc]
            for after in range(number + 1, EVENTS + 1)
        ]
        assert found_after(log, *changes).findings[0].number == number


def test_neighbours_in_each_others_place_are_found(log: Engine) -> None:
    every = all_rows(log)
    for row, next_row in pairwise(every):
        number = int(str(row["number"]))
        away = delete(AuditEvent).where(AuditEvent.number.in_([number, number + 1]))
        whole = found_after(log, away, put(next_row, number=number), put(row, number=number + 1))
        chain = {name: row[name] for name in ("previous", "hash")}
        next_chain = {name: next_row[name] for name in ("previous", "hash")}
        contents = found_after(
            log,
            away,
            put(next_row, number=number, **chain),
            put(row, number=number + 1, **next_chain),
        )
        for result in (whole, contents):
            assert result.findings[0].number == number


def test_a_forged_event_at_any_place_is_found(log: Engine) -> None:
    every = all_rows(log)
    for place in range(EVENTS):
        later = [
            update(AuditEvent).where(event(number)).values(number=number + 1)  # type: ignore[arg-type]
            for number in range(EVENTS, place, -1)
        ]
        previous = str(every[place - 1]["hash"]) if place else FIRST
        at = every[place]["at"]
        columns = (previous, place + 1, at, "searched", 1, "{}")
        for hash, key in (
            ("0" * 64, AUDIT_KEYS.newest.id),
            (forged_hash(*columns), AUDIT_KEYS.newest.id),
            (unkeyed_hash(*columns), ""),
        ):
            forged = {
                "number": place + 1,
                "at": at,
                "kind": "searched",
                "actor_id": 1,
                "fields": "{}",
                "previous": previous,
                "hash": hash,
                "key_id": key,
            }
            assert not found_after(log, *later, insert(AuditEvent).values(**forged)).ok
    for number in (0, -1, EVENTS + 2):
        result = found_after(log, put(every[5], number=number))
        assert result.findings[0].number in (number, 1)


def test_a_tail_that_was_cut_off_or_rewritten_is_found_with_a_kept_head(log: Engine) -> None:
    every = all_rows(log)
    head = Head(EVENTS, str(every[-1]["hash"]))
    for number in range(1, EVENTS + 1):
        cut = delete(AuditEvent).where(AuditEvent.number >= number)
        assert found_after(log, cut).ok
        assert found_after(log, cut, heads=(head,)).findings[0].fault is Fault.HEAD_MISSING
    last = every[-1]
    rewritten = forged_hash(last["previous"], EVENTS, last["at"], last["kind"], 99, str(last["fields"]))
    change = update(AuditEvent).where(event(EVENTS)).values(actor_id=99, hash=rewritten)  # type: ignore[arg-type]
    assert found_after(log, change).findings[0] == audit_chain.Finding(EVENTS, Fault.EDITED)
    assert Fault.HEAD_DIFFERS in {one.fault for one in found_after(log, change, heads=(head,)).findings}


def test_time_may_go_back_by_a_small_skew_of_clocks_and_no_further(engine: Engine) -> None:
    with writing(engine) as connection:
        for at in (NOW, NOW - audit_chain.SKEW):
            audit_log.record(connection, Audited.SEARCHED, actor_id=1, at=at)
    assert verified(engine).ok
    with writing(engine) as connection:
        earlier = NOW - 2 * audit_chain.SKEW - timedelta(seconds=1)
        audit_log.record(connection, Audited.SEARCHED, actor_id=1, at=earlier)
    [finding] = verified(engine).findings
    assert finding == audit_chain.Finding(3, Fault.EARLIER)


def test_every_size_of_page_gives_the_same_result(log: Engine) -> None:
    for size in (1, 5, EVENTS - 1, EVENTS):
        assert verified(log, page_size=size).count == EVENTS
        gone = delete(AuditEvent).where(AuditEvent.number == 6)
        assert [found.number for found in found_after(log, gone, page_size=size).findings] == [7]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_sqlite_alone_lets_in_is_found_too(log: Engine) -> None:
    """PostgreSQL keeps to a column's type."""
    for number in (1, 9, EVENTS):
        for column, value in (
            ("at", "'yesterday'"),
            ("at", "x'ff00'"),
            ("kind", "x'ff'"),
            ("fields", "CAST(x'fffe' AS TEXT)"),
            ("actor_id", "'x'"),
            ("hash", "5"),
        ):
            change = text(f"UPDATE audit_event SET {column} = {value} WHERE number = {number}")  # noqa: S608
            assert found_after(log, change).findings[0].number == number, (number, column, value)


def test_findings_are_counted_beyond_those_that_are_listed(log: Engine) -> None:
    result = found_after(log, update(AuditEvent).values(actor_id=5))
    assert len(result.findings) == audit_chain.MOST_FINDINGS
    assert result.findings[0].number == 1
    assert result.more == EVENTS - audit_chain.MOST_FINDINGS


def test_a_head_is_printed_into_the_chain_and_read_again(log: Engine, tmp_path: Path) -> None:
    file = tmp_path / "heads.txt"
    heads = [take_head(log, NOW + timedelta(days=day), file) for day in (1, 2)]
    assert read_heads(file) == heads
    assert [read_head(written(head)) for head in heads] == heads
    assert read_head(f"{heads[0].number}:{heads[0].hash}") == Head(heads[0].number, heads[0].hash)
    assert verified(log, *heads).ok
    assert verified(log).head == heads[-1]
    cut = delete(AuditEvent).where(AuditEvent.number > heads[0].number)
    assert found_after(log, cut, heads=tuple(heads)).findings[0].number == heads[1].number


@pytest.mark.parametrize("line", ["", "12", "x:" + "0" * 64, "3:" + "0" * 63, "2026-13-01 3 " + "0" * 64])
def test_what_is_no_head_is_refused(line: str) -> None:
    with pytest.raises(NotAHead):
        read_head(line)


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    """A log of 15,000 events is walked within the memory of a few pages."""
    engine = with_audit_log(open_database(f"sqlite:///{tmp_path / 'long.db'}"), AUDIT_KEYS)
    upgrade(engine)
    previous, made = FIRST, []
    for number in range(1, 15_001):
        at = NOW + timedelta(seconds=number)
        columns = StoredEvent(number, at, "searched", 1, "{}", previous, key_id=AUDIT_KEYS.newest.id)
        hash = columns.under(AUDIT_KEYS)
        made.append((number, at.replace(tzinfo=None).isoformat(" ", "microseconds"), 1, previous, hash))
        previous = hash
    with sqlite3.connect(tmp_path / "long.db") as connection:
        connection.executemany(
            "INSERT INTO audit_event VALUES (?, ?, 'searched', ?, '{}', ?, ?, ?, 0)",
            [(*row, AUDIT_KEYS.newest.id) for row in made],
        )
    connection.close()
    del made
    tracemalloc.start()
    result = verified(engine)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (result.ok, result.count) == (True, 15_000)
    assert most < 6_000_000
    with engine.connect() as counted:
        assert counted.execute(select(func.count()).select_from(AuditEvent)).scalar_one() == 15_000
    engine.dispose()


def write_unkeyed(engine: Engine, count: int = 6) -> list[Head]:
    """Write a log as version 0.2.0 did. Returns the head after each event."""
    previous, heads = FIRST, []
    with writing(engine) as connection:
        for number in range(1, count + 1):
            at = NOW + timedelta(minutes=number)
            columns = (previous, number, at, "searched", 1, "{}")
            previous = unkeyed_hash(*columns)
            row = dict(zip(("previous", "number", "at", "kind", "actor_id", "fields"), columns, strict=True))
            connection.execute(insert(AuditEvent).values(**row, hash=previous))
            heads.append(Head(number, previous))
    return heads


def begin(engine: Engine, *heads: Head) -> Verified | None:
    return audit_chain.begin_keyed_chain(engine, heads, kept_since=NOW.date(), at=NOW + timedelta(hours=1))


def record_one(engine: Engine) -> None:
    with writing(engine) as connection:
        audit_log.record(connection, Audited.SEARCHED, actor_id=1, at=NOW + timedelta(hours=1))


def test_a_log_of_the_last_version_gets_a_key_once_and_stays_whole(engine: Engine) -> None:
    heads = write_unkeyed(engine)
    [finding] = verified(engine).findings
    assert finding == audit_chain.Finding(6, Fault.UNKEYED)
    with pytest.raises(AuditLogDamaged, match="flask audit begin"):
        record_one(engine)
    old = begin(engine, *heads)
    assert old is not None
    assert (old.ok, old.head.number) == (True, 6)
    assert begin(engine) is None
    record_one(engine)
    result = verified(engine, *heads)
    assert (result.ok, result.count) == (True, 8)
    started = all_rows(engine)[6]
    assert started["kind"] == Audited.CHAIN_KEYED
    assert json.loads(str(started["fields"])) == {"upto": 6, "upto_hash": heads[-1].hash}
    for number in range(1, 8):
        for change in (
            update(AuditEvent).where(event(number)).values(actor_id=7),  # type: ignore[arg-type]
            delete(AuditEvent).where(event(number)),  # type: ignore[arg-type]
        ):
            assert not found_after(engine, change).ok


def test_an_old_log_that_was_changed_gets_no_key(engine: Engine) -> None:
    heads = write_unkeyed(engine)
    with writing(engine) as connection:
        connection.execute(update(AuditEvent).where(event(3)).values(actor_id=7))  # type: ignore[arg-type]
    old = begin(engine)
    assert old is not None
    assert old.findings[0].number == 3
    assert len(all_rows(engine)) == 6
    with writing(engine) as connection:
        connection.execute(delete(AuditEvent))
    write_unkeyed(engine, 4)
    assert not begin(engine, heads[-1]).ok  # type: ignore[union-attr]


def test_a_new_chain_in_the_place_of_the_keyed_one_is_found_and_cannot_be_appended_to(log: Engine) -> None:
    head = verified(log).head
    with writing(log) as connection:
        connection.execute(delete(AuditEvent))
    write_unkeyed(log, EVENTS + 3)
    for heads in ((), (head,)):
        assert not verified(log, *heads).ok
    with pytest.raises(AuditLogDamaged):
        record_one(log)
    assert not begin(log, head).ok  # type: ignore[union-attr]


def test_a_process_that_saw_later_events_appends_to_no_shorter_log(log: Engine) -> None:
    record_one(log)
    with writing(log) as connection:
        connection.execute(delete(AuditEvent).where(AuditEvent.number >= EVENTS))
    with pytest.raises(AuditLogDamaged, match="end of the audit log is gone"):
        record_one(log)


def test_what_was_rolled_back_was_not_seen(log: Engine) -> None:
    for _ in range(3):
        with suppress(Undo), writing(log) as connection:
            for _ in range(3):
                audit_log.record(connection, Audited.SEARCHED, actor_id=1, at=NOW + timedelta(hours=1))
            raise Undo
    record_one(log)
    assert verified(log).head.number == EVENTS + 1


def test_nothing_is_appended_to_an_event_that_was_changed(log: Engine) -> None:
    with writing(log) as connection:
        connection.execute(update(AuditEvent).where(event(EVENTS)).values(actor_id=99))  # type: ignore[arg-type]
    with pytest.raises(AuditLogDamaged, match="was changed"):
        record_one(log)


def test_a_process_without_the_key_records_nothing(engine: Engine) -> None:
    without = open_database(engine.url.render_as_string(hide_password=False))
    with pytest.raises(audit_log.AuditKeyMissing), writing(without) as connection:
        audit_log.record(connection, Audited.SEARCHED, actor_id=1, at=NOW)
    without.dispose()


def test_an_older_key_verifies_what_is_older_and_nothing_after(engine: Engine) -> None:
    record_one(engine)
    old, new = AUDIT_KEYS.newest, AuditKey(b"the new one".ljust(32))
    rotated = with_audit_log(engine, AuditKeys((new, old)))
    record_one(rotated)
    assert verified(rotated).ok
    assert [row["key_id"] for row in all_rows(engine)] == [old.id, new.id]
    # A process with the old file stops, and a thief of the old key cannot go on.
    with pytest.raises(AuditLogDamaged, match="AUDIT_KEY_FILE"):
        record_one(engine)
    assert {one.fault for one in verified(engine).findings} >= {Fault.UNKNOWN_KEY}
    last = all_rows(engine)[-1]
    at = NOW + timedelta(hours=2)
    forged = StoredEvent(3, at, "searched", 1, "{}", last["hash"], key_id=old.id)
    row = {name: value for name, value in asdict(forged).items() if name != "hash"}
    result = found_after(rotated, insert(AuditEvent).values(**row, hash=forged.under(AUDIT_KEYS)))
    assert result.findings[0] == audit_chain.Finding(3, Fault.UNKEYED)


def test_the_newest_head_is_kept_and_never_replaced_by_an_older_log(log: Engine, tmp_path: Path) -> None:
    file = tmp_path / "newest.txt"
    assert keep_newest_head(log, file)
    assert read_heads(file) == [Head(EVENTS, str(all_rows(log)[-1]["hash"]))]
    record_one(log)
    assert keep_newest_head(log, file)
    [head] = read_heads(file)
    assert head.number == EVENTS + 1
    assert [path.name for path in tmp_path.iterdir() if "newest" in path.name] == [file.name]
    with writing(log) as connection:
        connection.execute(delete(AuditEvent).where(AuditEvent.number > EVENTS - 2))
    assert not keep_newest_head(log, file)
    assert read_heads(file) == [head]
    with writing(log) as connection:
        connection.execute(delete(AuditEvent))
    assert not keep_newest_head(log, file)
    assert not verified(log, head).ok
