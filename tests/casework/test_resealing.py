"""Everything is sealed again under the newest key, whatever happens meanwhile."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, true, update

from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.resealing import count_by_key, older_key_use, remaining, reseal_some
from resident_app.casework.sealed_columns import SEALED_COLUMNS
from resident_app.database import reading, writing
from resident_app.intake.request_tables import HelpRequestRow
from tests.casework.ciphertexts import alone, change_key, fill, opened
from tests.casework.office import Office, open_office


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return open_office(engine, tmp_path)


def test_every_kind_of_ciphertext_is_resealed_and_the_old_key_opens_none(office: Office) -> None:
    fill(office)
    keys = change_key(office)
    assert len(keys.ids) == 2
    with reading(office.engine) as connection:
        assert remaining(connection, keys) == 3 * len(SEALED_COLUMNS)
        assert {one.key for one in count_by_key(connection)} == {keys.ids[1]}
    assert opened(office.engine, keys) == 3 * len(SEALED_COLUMNS)
    assert reseal_some(office.engine, keys) == 0
    assert opened(office.engine, alone(keys, 0)) == 3 * len(SEALED_COLUMNS)
    for kind in SEALED_COLUMNS:
        with reading(office.engine) as connection:
            rows = kind.rows(connection, true(), after=0, limit=10)
        assert {row.sealed_to for row in rows} == {keys.newest.public.id}
        for row in rows:
            with pytest.raises(CannotOpen):
                alone(keys, 1).open(row.sealed, row.aad)
    with reading(office.engine) as connection:
        assert {(one.name, one.key, one.number) for one in count_by_key(connection)} == {
            (kind.name, keys.ids[0], 3) for kind in SEALED_COLUMNS
        }


def test_ciphertexts_without_a_recorded_key_are_resealed(office: Office) -> None:
    fill(office, 1)
    with writing(office.engine) as connection:
        connection.execute(update(HelpRequestRow).values(sealed_to=""))
    keys = office.keys.current()
    assert reseal_some(office.engine, keys) == 0
    with reading(office.engine) as connection:
        assert connection.execute(select(HelpRequestRow.sealed_to)).scalar_one() == keys.newest.public.id


def test_a_key_that_is_in_the_file_twice_does_not_reseal_forever(office: Office) -> None:
    fill(office, 1)
    path = office.keys.path
    path.write_text(path.read_text() * 2)
    keys = office.keys.current()
    assert len(keys.ids) == 2
    assert reseal_some(office.engine, keys, limit=1) == 0
    assert older_key_use(office.engine, keys).needed == 0


def test_what_no_key_opens_is_left_and_stops_nothing(office: Office) -> None:
    fill(office, 2)
    lost = office.leave(sealed=b"not a ciphertext")
    keys = change_key(office)
    assert reseal_some(office.engine, keys, limit=1) == 2 * len(SEALED_COLUMNS)
    while reseal_some(office.engine, keys, limit=3):
        pass
    needs = older_key_use(office.engine, keys)
    assert (needs.needed, needs.unopened) == (0, 1)
    with reading(office.engine) as connection:
        [row] = connection.execute(select(HelpRequestRow).where(HelpRequestRow.id == lost)).all()
    assert (row.sealed, row.sealed_to) == (b"not a ciphertext", keys.ids[1])


class InterruptedKeys(OfficeKeys):
    """Keys that call `before` each time they open something."""

    def __init__(self, keys: OfficeKeys, before: Callable[[], None]):
        super().__init__(keys.keys)
        self._before = before

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        self._before()
        return super().open(sealed, aad)


def test_a_ciphertext_that_changes_meanwhile_is_not_overwritten(office: Office) -> None:
    number = office.leave()

    def change() -> None:
        with writing(office.engine) as connection:
            connection.execute(update(HelpRequestRow).values(sealed=b"changed"))

    reseal_some(office.engine, InterruptedKeys(change_key(office), change))
    with reading(office.engine) as connection:
        sealed = connection.execute(select(HelpRequestRow.sealed).where(HelpRequestRow.id == number))
        assert sealed.scalar_one() == b"changed"


def test_several_at_once_and_one_that_is_killed_lose_nothing(office: Office) -> None:
    fill(office, 12)
    keys = change_key(office)
    calls = iter(range(10_000))

    class Killed(BaseException):
        pass

    def die_at_last() -> None:
        if next(calls) == 22:
            raise Killed

    with pytest.raises(Killed):
        reseal_some(office.engine, InterruptedKeys(keys, die_at_last), page=5)
    with reading(office.engine) as connection:
        assert 0 < remaining(connection, keys) < 12 * len(SEALED_COLUMNS)
    assert opened(office.engine, keys) == 12 * len(SEALED_COLUMNS)
    threads = [
        threading.Thread(target=reseal_some, args=(office.engine, keys), kwargs={"page": 5}) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened(office.engine, alone(keys, 0)) == 12 * len(SEALED_COLUMNS)
