"""Capacity: no more work at once than slots, in all processes; a process that dies gives its slot back."""

import multiprocessing
import threading
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from resident_app.security.capacity import Capacity, Overloaded

LIGHT_KIB = 1


def test_no_more_at_once_than_slots(tmp_path: Path) -> None:
    capacity = Capacity(tmp_path, at_once=3, memory_mib=512, most_waiting=50)
    now, most, mutex = [0], [0], threading.Lock()

    def work() -> None:
        with capacity.slot(10, LIGHT_KIB):
            with mutex:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.01)
            with mutex:
                now[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 3


def test_no_slot_in_time_is_overloaded(tmp_path: Path) -> None:
    capacity = Capacity(tmp_path, at_once=1, memory_mib=512, most_waiting=50)
    with capacity.slot(1, LIGHT_KIB), pytest.raises(Overloaded), capacity.slot(0.05, LIGHT_KIB):
        pass
    with capacity.slot(0.05, LIGHT_KIB):
        pass


def test_too_many_waiting_are_overloaded_at_once(tmp_path: Path) -> None:
    capacity = Capacity(tmp_path, at_once=1, memory_mib=512, most_waiting=1)
    with capacity.slot(1, LIGHT_KIB):
        waiting = threading.Thread(target=lambda: _swallow(capacity, 0.5))
        waiting.start()
        time.sleep(0.1)
        began = time.monotonic()
        with pytest.raises(Overloaded), capacity.slot(5, LIGHT_KIB):
            pass
        assert time.monotonic() - began < 1
        waiting.join()


def _swallow(capacity: Capacity, seconds: float) -> None:
    try:
        with capacity.slot(seconds, LIGHT_KIB):
            pass
    except Overloaded:
        pass


def test_memory_bounds_the_slots(tmp_path: Path) -> None:
    capacity = Capacity(tmp_path, at_once=8, memory_mib=64, most_waiting=1)
    assert capacity.slots_for(19_456) == 3
    assert capacity.slots_for(1_000_000) == 1
    assert capacity.slots_for(8) == 8


def _hold(folder: str, is_held: Event) -> None:
    capacity = Capacity(Path(folder), at_once=1, memory_mib=512, most_waiting=1)
    with capacity.slot(1, LIGHT_KIB):
        is_held.set()
        time.sleep(60)


def test_slots_are_shared_by_processes_and_come_back_when_one_is_killed(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    is_held = context.Event()
    process = context.Process(target=_hold, args=(str(tmp_path), is_held))
    process.start()
    assert is_held.wait(20)
    capacity = Capacity(tmp_path, at_once=1, memory_mib=512, most_waiting=5)
    with pytest.raises(Overloaded), capacity.slot(0.1, LIGHT_KIB):
        pass
    process.kill()
    process.join()
    with capacity.slot(1, LIGHT_KIB):
        pass
