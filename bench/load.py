"""The client: one thread, raw sockets, kept alive; each connection asks again once it is answered,
or at a pace.

It runs in a process of its own and takes as little of the cores as it can, because the server
that it measures runs on the same ones.
"""

import heapq
import json
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from statistics import quantiles

from bench.children import run_module

_PIECE_BYTES = 256 * 1024
_END_OF_HEADERS = b"\r\n\r\n"
_LONGEST_SILENCE_SECONDS = 30.0
_READY_TO_ASK_SECONDS = 60.0


class NoAnswer(Exception):
    """The server closed a connection, stayed silent or sent what is no answer."""


@dataclass(frozen=True)
class Ask:
    """A whole HTTP request, and what its answer's body must contain to count."""

    request: str
    expected: str


@dataclass(frozen=True)
class Load:
    """What to do. With `each_once` it ends when every request was answered."""

    port: int
    asks: Sequence[Ask]
    connections: int
    warm_seconds: float
    seconds: float
    each_once: bool = False
    every_seconds: float = 0.0
    """A connection that was answered asks again so long after it last asked; 0: at once."""


@dataclass(frozen=True)
class Answered:
    """What came back while counting."""

    right: int
    statuses: dict[str, int]
    """How often each status came."""
    wrong: int
    """Status 200, but not what was expected."""
    rate: float
    """Right answers per second."""
    p99_seconds: float
    """99 of 100 right answers came within this time."""
    client_seconds: float
    """What the client itself took of a core."""


def put_load(load: Load) -> Answered:
    """Ask from a process of its own. Raises CalledProcessError if the server fails."""
    longest = load.warm_seconds + load.seconds + _LONGEST_SILENCE_SECONDS + _READY_TO_ASK_SECONDS
    return Answered(**run_module("bench.load", asdict(load), longest))


class _Connection:
    """One connection that has at most one request under way."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._expected = b""
        self._received = b""
        self._whole = 0
        self.asked_at = 0.0

    def ask(self, request: bytes, expected: bytes) -> None:
        self._expected, self._received, self._whole = expected, b"", 0
        self.asked_at = time.monotonic()
        self.socket.sendall(request)

    def answer(self) -> tuple[str, bool] | None:
        """The status, and whether the body is what it should be; None if there is more to come."""
        piece = self.socket.recv(_PIECE_BYTES)
        if not piece:
            raise NoAnswer("the server closed a connection")
        self._received += piece
        if not self._whole:
            self._whole = _whole_bytes(self._received)
        if not self._whole or len(self._received) < self._whole:
            return None
        return self._received[9:12].decode("ascii"), self._expected in self._received


def _whole_bytes(received: bytes) -> int:
    """How long the whole answer will be; 0 until its headers are there. Raises NoAnswer."""
    end = received.find(_END_OF_HEADERS)
    if end < 0:
        return 0
    for line in received[:end].split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return end + len(_END_OF_HEADERS) + int(value)
    raise NoAnswer("an answer without its length")


class _Count:
    """Counts answers between two moments."""

    def __init__(self, begins: float, ends: float):
        self._begins, self._ends = begins, ends
        self._statuses: Counter[str] = Counter()
        self._right = self._wrong = 0
        self._first = self._last = 0.0
        self._waits: list[float] = []

    def add(self, asked_at: float, status: str, is_right: bool) -> None:
        now = time.monotonic()
        if not self._begins <= now <= self._ends:
            return
        self._statuses[status] += 1
        self._wrong += status == "200" and not is_right
        if status == "200" and is_right:
            self._right += 1
            self._first, self._last = self._first or now, now
            self._waits.append(now - asked_at)

    def answered(self) -> Answered:
        """The rate is that of the answers after the first, until the last."""
        seconds = self._last - self._first
        rate = (self._right - 1) / seconds if seconds else 0.0
        p99 = quantiles(self._waits, n=100, method="inclusive")[-1] if len(self._waits) > 1 else 0.0
        return Answered(self._right, dict(self._statuses), self._wrong, rate, p99, time.process_time())


def _run(load: Load) -> Answered:
    prepared = [(ask.request.encode(), ask.expected.encode()) for ask in load.asks]
    asks: Iterator[tuple[bytes, bytes]] = iter(prepared) if load.each_once else cycle(prepared)
    connections = [_Connection(load.port) for _ in range(load.connections)]
    began = time.monotonic()
    ends = began + load.warm_seconds + load.seconds
    count = _Count(began + load.warm_seconds, ends)
    # Who asks next, and when: a heap. At a pace they begin evenly spread over it.
    due = [(began + load.every_seconds * n / len(connections), n) for n in range(len(connections))]
    under_way = 0
    with selectors.DefaultSelector() as selector:
        for number, connection in enumerate(connections):
            selector.register(connection.socket, selectors.EVENT_READ, number)
        while (due or under_way) and (now := time.monotonic()) < ends:
            while due and due[0][0] <= now:
                _, number = heapq.heappop(due)
                if (ask := next(asks, None)) is not None:
                    connections[number].ask(*ask)
                    under_way += 1
                else:
                    # The server closes a connection that asks nothing more.
                    selector.unregister(connections[number].socket)
            if not due and not under_way:
                break
            ready = selector.select(max(0.0, due[0][0] - now) if due else _LONGEST_SILENCE_SECONDS)
            if not ready and not due:
                raise NoAnswer("the server stayed silent")
            for key, _ in ready:
                connection = connections[key.data]
                answer = connection.answer()
                if answer is None:
                    continue
                under_way -= 1
                count.add(connection.asked_at, *answer)
                heapq.heappush(due, (connection.asked_at + load.every_seconds, key.data))
    for connection in connections:
        connection.socket.close()
    return count.answered()


def main() -> None:
    """Read a load from standard input, tell what came back on standard output."""
    question = json.load(sys.stdin)
    question["asks"] = [Ask(**ask) for ask in question["asks"]]
    json.dump(asdict(_run(Load(**question))), sys.stdout)


if __name__ == "__main__":
    main()
