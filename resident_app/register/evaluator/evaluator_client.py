"""Ask the evaluator. A public process keeps a few connections; a broken one is opened again once."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from resident_app.evaluator_address import Address, parse_addresses
from resident_app.private_files import refuse_open_key
from resident_app.register.evaluator.protocol import (
    LENGTH_BYTES,
    Evaluate,
    Hello,
    Probe,
    ProtocolError,
    Reply,
    Request,
    Settle,
    decode_reply,
    encode_request,
    length_of,
)

SECONDS = 2.0
_KEPT = 16
_OTHER_SECONDS = 5.0


class EvaluatorDown(Exception):
    """The evaluator cannot be reached, or does not answer in time."""


@dataclass(frozen=True)
class TlsFiles:
    """PEM files of one side of mutual TLS: its certificate, its key, and the authority of the other side."""

    certificate: Path
    key: Path
    authority: Path


class EvaluatorClient:
    """Asks the first evaluator of `urls` that answers, from any thread.

    `generation` grows with each new connection. While the first address does not answer, another is asked for
    a few seconds at a time: so all public processes come back to the first, and to one set of counters.
    """

    def __init__(self, urls: str, tls: TlsFiles | None = None):
        self._addresses = parse_addresses(urls)
        self._tls = _client_context(tls) if tls is not None else None
        if self._tls is None and any(address.path is None for address in self._addresses):
            raise ValueError("tls:// needs a certificate, a key and an authority")
        self._current = 0
        self._return_at = 0.0
        """When to ask the first address again (monotonic seconds), while another one is in use."""
        self._mutex = threading.Lock()
        self._idle: list[socket.socket] = []
        self.generation = 0

    def key_ids(self, seconds: float = SECONDS) -> tuple[str, ...]:
        """The ids of the evaluator's keys, the newest first. Raises EvaluatorDown after `seconds`."""
        return self._ask(Hello(), seconds).key_ids

    def probe(self, key_id: str, element: bytes) -> Reply:
        """Raises EvaluatorDown."""
        return self._ask(Probe(key_id, element))

    def evaluate(self, request: Evaluate) -> Reply:
        """Raises EvaluatorDown."""
        return self._ask(request)

    def settle(self, reservation: bytes, *, failed: bool) -> None:
        """Say how a check came out. The evaluator counts an attempt that nobody settles as a failure."""
        with suppress(EvaluatorDown):
            self._ask(Settle(reservation, failed))

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close every idle connection."""
        with self._mutex:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _ask(self, request: Request, seconds: float = SECONDS) -> Reply:
        frame = encode_request(request)
        for is_last in (False, True):
            try:
                with self._connection(fresh=is_last) as connection:
                    connection.settimeout(seconds)
                    connection.sendall(frame)
                    return decode_reply(_receive(connection))
            except (OSError, ProtocolError) as error:
                self.close()
                # A request that may have been answered is not repeated if it counts: its attempt is reserved.
                if is_last or isinstance(error, TimeoutError):
                    raise EvaluatorDown from None
        raise AssertionError("unreachable")

    @contextmanager
    def _connection(self, *, fresh: bool) -> Iterator[socket.socket]:
        """A connection for one request; it is kept if the request goes well."""
        connection = None
        if self._current and time.monotonic() >= self._return_at:
            self.close()
        if not fresh:
            with self._mutex:
                connection = self._idle.pop() if self._idle else None
        connection = connection or self._open()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._mutex:
            if len(self._idle) < _KEPT:
                self._idle.append(connection)
                return
        connection.close()

    def _open(self) -> socket.socket:
        """Connect to the first address that answers. Raises OSError if none does."""
        now = time.monotonic()
        preferred = self._current if now < self._return_at else 0
        for index in sorted(range(len(self._addresses)), key=lambda index: (index != preferred, index)):
            try:
                connection = self._connect(self._addresses[index])
            except OSError:
                continue
            with self._mutex:
                self.generation += 1
                self._current = index
                if index and now >= self._return_at:
                    self._return_at = now + _OTHER_SECONDS
            return connection
        raise ConnectionRefusedError

    def _connect(self, address: Address) -> socket.socket:
        if address.path is not None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(SECONDS)
            try:
                connection.connect(str(address.path))
            except OSError:
                connection.close()
                raise
            return connection
        assert self._tls is not None
        plain = socket.create_connection((address.host, address.port), SECONDS)
        try:
            return self._tls.wrap_socket(plain, server_hostname=address.host)
        except OSError:
            plain.close()
            raise


def server_context(tls: TlsFiles) -> ssl.SSLContext:
    """TLS 1.3 for the evaluator: it refuses a client without a certificate of the authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    refuse_open_key("EVALUATOR_TLS_KEY", tls.key)
    context.load_cert_chain(tls.certificate, tls.key)
    context.load_verify_locations(tls.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _client_context(tls: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    refuse_open_key("EVALUATOR_TLS_KEY", tls.key)
    context.load_cert_chain(tls.certificate, tls.key)
    context.load_verify_locations(tls.authority)
    return context


def _receive(connection: socket.socket) -> bytes:
    return _exactly(connection, length_of(_exactly(connection, LENGTH_BYTES)))


def _exactly(connection: socket.socket, count: int) -> bytes:
    received = bytearray()
    while len(received) < count:
        piece = connection.recv(count - len(received))
        if not piece:
            raise ConnectionResetError
        received += piece
    return bytes(received)
