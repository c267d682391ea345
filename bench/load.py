"""The load generator: one thread with raw, kept-alive connections, each with one request at a time.

It runs in a process of its own and uses as little of the cores as it can, because the server under
test runs on the same ones.
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

from bench.child_process import run_module

_RECEIVE_BYTES = 256 * 1024
_END_OF_HEADERS = b"\r\n\r\n"
_LONGEST_SILENCE_SECONDS = 30.0
_CONNECT_SECONDS = 60.0


class NoAnswer(Exception):
    """The server closed a connection, stayed silent, or sent no valid response."""


@dataclass(frozen=True)
class HttpRequest:
    """A whole HTTP request, and what the response body must contain to count."""

    request: str
    expected: str


@dataclass(frozen=True)
class Load:
    """A load to generate. With `each_once`, it ends when every request was answered."""

    port: int
    requests: Sequence[HttpRequest]
    connections: int
    warm_seconds: float
    seconds: float
    each_once: bool = False
    every_seconds: float = 0.0
    """Seconds between two requests of a connection; 0: the next follows the response at once."""


@dataclass(frozen=True)
class LoadResult:
    """The responses while counting."""

    right: int
    statuses: dict[str, int]
    """The number of responses by status."""
    wrong: int
    """Responses with status 200 and an unexpected body."""
    rate: float
    """Right responses per second."""
    p99_seconds: float
    """The 99th percentile of the right responses' times."""
    client_seconds: float
    """CPU seconds of the client itself."""


def run_load(load: Load) -> LoadResult:
    """Generate a load from a process of its own. Raises CalledProcessError if the server fails."""
    longest = load.warm_seconds + load.seconds + _LONGEST_SILENCE_SECONDS + _CONNECT_SECONDS
    return LoadResult(**run_module("bench.load", asdict(load), longest))


class _Connection:
    """A connection with at most one request in flight."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._expected = b""
        self._received = b""
        self._length = 0
        self.sent_at = 0.0

    def send(self, request: bytes, expected: bytes) -> None:
        self._expected, self._received, self._length = expected, b"", 0
        self.sent_at = time.monotonic()
        self.socket.sendall(request)

    def receive(self) -> tuple[str, bool] | None:
        """Return the status and whether the body is right, or None if the response is incomplete."""
        received = self.socket.recv(_RECEIVE_BYTES)
        if not received:
            raise NoAnswer("the server closed a connection")
        self._received += received
        if not self._length:
            self._length = _response_length(self._received)
        if not self._length or len(self._received) < self._length:
            return None
        return self._received[9:12].decode("ascii"), self._expected in self._received


def _response_length(received: bytes) -> int:
    """Return the length of the whole response in bytes; 0 until its headers are complete. Raises NoAnswer."""
    end = received.find(_END_OF_HEADERS)
    if end < 0:
        return 0
    for line in received[:end].split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return end + len(_END_OF_HEADERS) + int(value)
    raise NoAnswer("a response without Content-Length")


class _Counter:
    """Counts the responses between two points in time."""

    def __init__(self, begins: float, ends: float):
        self._begins, self._ends = begins, ends
        self._statuses: Counter[str] = Counter()
        self._right = self._wrong = 0
        self._first = self._last = 0.0
        self._waits: list[float] = []

    def add(self, sent_at: float, status: str, is_right: bool) -> None:
        now = time.monotonic()
        if not self._begins <= now <= self._ends:
            return
        self._statuses[status] += 1
        self._wrong += status == "200" and not is_right
        if status == "200" and is_right:
            self._right += 1
            self._first, self._last = self._first or now, now
            self._waits.append(now - sent_at)

    def result(self) -> LoadResult:
        """Return the counts. The rate covers the responses after the first, until the last."""
        seconds = self._last - self._first
        rate = (self._right - 1) / seconds if seconds else 0.0
        p99 = quantiles(self._waits, n=100, method="inclusive")[-1] if len(self._waits) > 1 else 0.0
        return LoadResult(self._right, dict(self._statuses), self._wrong, rate, p99, time.process_time())


def _run(load: Load) -> LoadResult:
    prepared = [(one.request.encode(), one.expected.encode()) for one in load.requests]
    requests: Iterator[tuple[bytes, bytes]] = iter(prepared) if load.each_once else cycle(prepared)
    connections = [_Connection(load.port) for _ in range(load.connections)]
    began = time.monotonic()
    ends = began + load.warm_seconds + load.seconds
    count = _Counter(began + load.warm_seconds, ends)
    # A heap of when each connection sends next. With a pace, their first requests are spread over it.
    due = [(began + load.every_seconds * n / len(connections), n) for n in range(len(connections))]
    in_flight = 0
    with selectors.DefaultSelector() as selector:
        for number, connection in enumerate(connections):
            selector.register(connection.socket, selectors.EVENT_READ, number)
        while (due or in_flight) and (now := time.monotonic()) < ends:
            while due and due[0][0] <= now:
                _, number = heapq.heappop(due)
                if (request := next(requests, None)) is not None:
                    connections[number].send(*request)
                    in_flight += 1
                else:
                    # The server closes an idle connection.
                    selector.unregister(connections[number].socket)
            if not due and not in_flight:
                break
            ready = selector.select(max(0.0, due[0][0] - now) if due else _LONGEST_SILENCE_SECONDS)
            if not ready and not due:
                raise NoAnswer("the server stayed silent")
            for key, _ in ready:
                connection = connections[key.data]
                response = connection.receive()
                if response is None:
                    continue
                in_flight -= 1
                count.add(connection.sent_at, *response)
                heapq.heappush(due, (connection.sent_at + load.every_seconds, key.data))
    for connection in connections:
        connection.socket.close()
    return count.result()


def main() -> None:
    """Read a load from standard input, write its result to standard output."""
    question = json.load(sys.stdin)
    question["requests"] = [HttpRequest(**one) for one in question["requests"]]
    json.dump(asdict(_run(Load(**question))), sys.stdout)


if __name__ == "__main__":
    main()
