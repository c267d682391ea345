"""A worker is killed at every step of sending. Each message goes out once, and none is lost."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from ivr.simulator import FakeCarrier
from ivr.simulator.rest_rules import ConnectionBroken
from resident_app.casework.messages.outbox import queue_message
from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.clock import utc_now
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.database_roles import DatabaseRole
from resident_app.intake.message_tables import OutgoingRow, OutgoingState
from resident_app.security.audit_log import with_audit_log
from resident_app.settings import with_our_driver
from resident_app.worker.dispatching import LOST_AFTER
from tests.conftest import AUDIT_KEYS
from tests.roles import prepare, url_as
from tests.worker.running import IMPATIENT_WORKER, RunningWorker, workers

SECONDS = 120


@dataclass(frozen=True)
class Kill:
    """When to kill a worker: `later` seconds after the provider reaches a moment for the `after`-th time."""

    moment: str
    after: int
    later: float = 0
    lost: bool = False
    """The provider never received the request that it was handling."""


AT_EVERY_STEP = [
    Kill("asked", 1, lost=True),
    Kill("asked", 30),
    Kill("taken", 40),
    Kill("answered", 50),
    # By the clock: while it begins a try, opens a message, notes what was sent or fills its queue.
    Kill("answered", 60, later=0.003),
    Kill("answered", 64, later=0.02),
    Kill("answered", 70, later=0.15),
    Kill("answered", 64, later=0.4),
    Kill("taken", 1),
]


@dataclass
class Killer:
    """Kills a worker at moments of the provider."""

    worker: RunningWorker
    _kill: Kill | None = None
    _count: int = 0
    _done: threading.Event = field(default_factory=threading.Event)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def kill(self, kill: Kill) -> None:
        """Start the worker, and return when it has been killed."""
        with self._mutex:
            self._done.clear()
            self._count, self._kill = 0, kill
        self.worker.start()
        assert self._done.wait(SECONDS), f"{kill}: {self.worker.log.read_text()}"

    def __call__(self, moment: str, request: str) -> None:
        with self._mutex:
            kill = self._kill
            if kill is None or request != "POST Messages" or moment != kill.moment:
                return
            self._count += 1
            if self._count < kill.after:
                return
            self._kill = None
        time.sleep(kill.later)
        self.worker.kill()
        self._done.set()
        if kill.lost:
            raise ConnectionBroken


@dataclass
class Notices:
    """Notices in an outbox, each to a number of its own."""

    engine: Engine
    keys: OfficeKeysFile

    def queue(self, number: int) -> None:
        keys, now = self.keys.current(), utc_now()
        with writing(self.engine) as connection:
            for index in range(number):
                queue_message(
                    connection,
                    keys,
                    request=None,
                    channel=Channel.TEXT,
                    to=f"+1206{2000000 + index}",
                    body="We will call you tomorrow.",
                    language="ko",
                    actor_id=None,
                    at=now,
                    key=f"notice-{index}",
                )

    def rows(self) -> dict[str, tuple[OutgoingState, str]]:
        """Return each message's state and the provider's id of it."""
        columns = select(OutgoingRow.key, OutgoingRow.state, OutgoingRow.provider_id)
        with reading(self.engine) as connection:
            return {row.key: (row.state, row.provider_id) for row in connection.execute(columns)}

    def is_all_sent(self) -> bool:
        left = select(OutgoingRow.id).where(OutgoingRow.state != OutgoingState.SENT).limit(1)
        with reading(self.engine) as connection:
            return connection.execute(left).one_or_none() is None


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _assert_each_was_sent_once(notices: Notices, provider: FakeCarrier, number: int) -> None:
    sent = {text.key: text.sid for text in provider.sent}
    assert len(provider.sent) == len(sent) == number
    assert len({text.form["To"] for text in provider.sent}) == number
    assert notices.rows() == {key: (OutgoingState.SENT, sid) for key, sid in sent.items()}


def _open_notices(url: str, instance: Path) -> Notices:
    engine = with_audit_log(prepare(url), AUDIT_KEYS)
    return Notices(engine, OfficeKeysFile(instance / "office.private.key"))


@pytest.mark.parametrize(
    ("number", "kills", "honours_keys"), [(600, AT_EVERY_STEP, True), (150, AT_EVERY_STEP[:3], False)]
)
def test_killed_at_every_step(
    instance: Path, provider: FakeCarrier, number: int, kills: list[Kill], honours_keys: bool
) -> None:
    notices = _open_notices(f"sqlite:///{instance / 'resident.db'}", instance)
    notices.queue(number)
    provider.honours_keys = honours_keys
    worker = RunningWorker(instance, provider)
    provider.at = killer = Killer(worker)
    with workers(worker):
        for kill in kills:
            killer.kill(kill)
        assert not notices.is_all_sent()
        worker.start()
        _wait_for(notices.is_all_sent)
        assert worker.stop() == 0
    _assert_each_was_sent_once(notices, provider, number)
    notices.engine.dispose()


def test_two_workers_of_which_one_is_killed(instance: Path, provider: FakeCarrier, postgresql: str) -> None:
    notices = _open_notices(with_our_driver(postgresql), instance)
    settings = {"DATABASE_URL": url_as(postgresql, DatabaseRole.WORKER)}
    killed, other = (RunningWorker(instance, provider, settings) for _ in range(2))
    provider.at = killer = Killer(killed)
    with workers(killed, other):
        other.start()
        notices.queue(200)
        killer.kill(Kill("taken", 20))
        killer.kill(Kill("answered", 30, later=0.01))
        killed.start()
        _wait_for(notices.is_all_sent)
        assert [killed.stop(), other.stop()] == [0, 0]
    _assert_each_was_sent_once(notices, provider, 200)
    notices.engine.dispose()


def test_a_worker_that_is_killed_and_never_restarted(
    instance: Path, provider: FakeCarrier, postgresql: str
) -> None:
    """Another worker sends its messages within six minutes, once, even if the provider honors no keys."""
    assert timedelta(minutes=6) >= LOST_AFTER * 1.2
    provider.honours_keys = False
    notices = _open_notices(with_our_driver(postgresql), instance)
    notices.queue(60)
    settings = {"DATABASE_URL": url_as(postgresql, DatabaseRole.WORKER)}
    killed, other = (RunningWorker(instance, provider, settings, IMPATIENT_WORKER) for _ in range(2))
    dead, taken = threading.Event(), itertools.count(1)
    has_taken_some = threading.Event()

    def hold_after_some(moment: str, request: str) -> None:
        if (moment, request) != ("taken", "POST Messages") or dead.is_set() or next(taken) <= 20:
            return
        has_taken_some.set()
        assert dead.wait(SECONDS)
        raise ConnectionBroken

    provider.at = hold_after_some
    with workers(killed, other):
        killed.start()
        assert has_taken_some.wait(SECONDS), killed.log.read_text()
        other.start()
        _wait_for((instance / "worker-2.lock").exists)
        killed.kill()
        dead.set()
        _wait_for(notices.is_all_sent)
        assert other.stop() == 0
    _assert_each_was_sent_once(notices, provider, 60)
    with reading(notices.engine) as connection:
        rounds = connection.execute(select(OutgoingRow.round)).scalars().all()
    assert sum(rounds), "the other worker had to take messages back"
    notices.engine.dispose()
