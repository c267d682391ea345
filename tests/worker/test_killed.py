"""The worker is killed at every step of a sending: each message goes out once, and none is lost."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from ivr.simulator import FakeCarrier
from ivr.simulator.fake_carrier import ConnectionBroken
from resident_app.casework.messages.outbox import queue_message
from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.clock import utc_now
from resident_app.contact_points import Channel
from resident_app.database import open_database, reading, writing
from resident_app.intake.message_tables import OutgoingRow, OutgoingState
from resident_app.migrations.state import upgrade
from resident_app.settings import with_our_driver
from tests.worker.running import RunningWorker, workers

SECONDS = 120


@dataclass(frozen=True)
class Kill:
    """When a worker is killed: when the provider comes to a moment for the `after`-th time, and `later`."""

    moment: str
    after: int
    later: float = 0
    lost: bool = False
    """The provider never had the request at which it was."""


AT_EVERY_STEP = [
    Kill("asked", 1, lost=True),
    Kill("asked", 30),
    Kill("taken", 40),
    Kill("answered", 50),
    # By the clock: it claims, opens, notes what was sent, or hands over the next ones.
    Kill("answered", 60, later=0.003),
    Kill("answered", 64, later=0.02),
    Kill("answered", 70, later=0.15),
    Kill("answered", 64, later=0.4),
    Kill("taken", 1),
]


@dataclass
class Killer:
    """Kills a worker at the provider's moments."""

    worker: RunningWorker
    _kill: Kill | None = None
    _count: int = 0
    _done: threading.Event = field(default_factory=threading.Event)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def kill(self, kill: Kill) -> None:
        """Start the worker; it is dead when this returns."""
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
class Post:
    """Notices in an outbox."""

    engine: Engine
    keys: OfficeKeysFile

    def queue(self, notices: int) -> None:
        keys, now = self.keys.current(), utc_now()
        with writing(self.engine) as connection:
            for number in range(notices):
                queue_message(
                    connection,
                    keys,
                    request=None,
                    channel=Channel.TEXT,
                    to=f"+1206{2000000 + number}",
                    body="We will call you tomorrow.",
                    language="ko",
                    actor_id=None,
                    at=now,
                    key=f"notice-{number}",
                )

    def rows(self) -> dict[str, tuple[OutgoingState, str]]:
        """Of each message its state and the provider's id."""
        columns = select(OutgoingRow.key, OutgoingRow.state, OutgoingRow.provider_id)
        with reading(self.engine) as connection:
            return {row.key: (row.state, row.provider_id) for row in connection.execute(columns)}

    def is_all_sent(self) -> bool:
        left = select(OutgoingRow.id).where(OutgoingRow.state != OutgoingState.SENT).limit(1)
        with reading(self.engine) as connection:
            return connection.execute(left).one_or_none() is None


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _each_was_sent_once(post: Post, provider: FakeCarrier, notices: int) -> None:
    sent = {text.key: text.sid for text in provider.sent}
    assert len(provider.sent) == len(sent) == notices
    assert len({text.form["To"] for text in provider.sent}) == notices
    assert post.rows() == {key: (OutgoingState.SENT, sid) for key, sid in sent.items()}


def _open_post(url: str, instance: Path) -> Post:
    engine = open_database(url)
    upgrade(engine)
    return Post(engine, OfficeKeysFile(instance / "office.private.key"))


@pytest.mark.parametrize(
    ("notices", "kills", "honours_keys"), [(1000, AT_EVERY_STEP, True), (150, AT_EVERY_STEP[:3], False)]
)
def test_killed_at_every_step(
    instance: Path, provider: FakeCarrier, notices: int, kills: list[Kill], honours_keys: bool
) -> None:
    post = _open_post(f"sqlite:///{instance / 'resident.db'}", instance)
    post.queue(notices)
    provider.honours_keys = honours_keys
    worker = RunningWorker(instance, provider)
    provider.at = killer = Killer(worker)
    with workers(worker):
        for kill in kills:
            killer.kill(kill)
        assert not post.is_all_sent()
        worker.start()
        _until(post.is_all_sent)
        assert worker.stop() == 0
    _each_was_sent_once(post, provider, notices)
    post.engine.dispose()


def test_two_workers_of_which_one_is_killed(instance: Path, provider: FakeCarrier, postgresql: str) -> None:
    post = _open_post(with_our_driver(postgresql), instance)
    settings = {"DATABASE_URL": postgresql}
    killed, other = (RunningWorker(instance, provider, settings) for _ in range(2))
    provider.at = killer = Killer(killed)
    with workers(killed, other):
        other.start()
        post.queue(200)
        killer.kill(Kill("taken", 20))
        killer.kill(Kill("answered", 30, later=0.01))
        killed.start()
        _until(post.is_all_sent)
        assert [killed.stop(), other.stop()] == [0, 0]
    _each_was_sent_once(post, provider, 200)
    post.engine.dispose()
