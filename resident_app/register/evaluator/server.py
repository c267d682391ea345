"""Answer the public processes: evaluate blinded elements, and count attempts."""

import asyncio
import errno
import fcntl
import os
import ssl
import stat
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from resident_app.evaluator_address import Address
from resident_app.register import oprf
from resident_app.register.evaluator.attempts import Attempts, Verdict
from resident_app.register.evaluator.protocol import (
    LENGTH_BYTES,
    Evaluate,
    Hello,
    Probe,
    ProtocolError,
    Reply,
    Request,
    Settle,
    decode_request,
    encode_reply,
    length_of,
)
from resident_app.register.register_key import RegisterKeys

_SOCKET_MODE = 0o660
_FOLDER_MODE = 0o750
_IDLE_SECONDS = 3600
_STANDBY_SECONDS = 0.05
_MOST_CONNECTIONS = 1024


class Evaluator:
    """Evaluates under the register keys of one file. `attempts` counts in memory."""

    def __init__(self, keys: RegisterKeys, attempts: Attempts):
        self._keys = keys
        self._attempts = attempts

    def answer(self, request: Request) -> Reply:
        """The reply to a request. A reply with an element names the key that made it."""
        match request:
            case Hello():
                return Reply("ok", key_ids=self._keys.ids)
            case Settle():
                self._attempts.settle(request.reservation, failed=request.failed)
                return Reply("ok")
            case Probe():
                return self._probe(request)
            case Evaluate():
                return self._evaluate(request)

    def _probe(self, request: Probe) -> Reply:
        key = self._keys.find(request.key_id)
        if key is None:
            return Reply("unknown-key")
        return Reply("ok", key.id, oprf.blind_evaluate(key.probe_key, request.element))

    def _evaluate(self, request: Evaluate) -> Reply:
        key = self._keys.find(request.key_id)
        if key is None:
            return Reply("unknown-key")
        reserved = self._attempts.reserve(request.bucket, request.marks)
        if reserved.verdict is not Verdict.GRANTED:
            return Reply(reserved.verdict.value, key.id)
        try:
            element = oprf.blind_evaluate(key.bucket_key(request.bucket), request.element)
        except oprf.InvalidInputError:
            self._attempts.settle(reserved.id, failed=True)
            raise
        return Reply("ok", key.id, element, reserved.id)


class EvaluatorServer:
    """Serves an evaluator on Unix sockets, and over TCP with mutual TLS (`context`).

    Only one process serves an address. A second one is a standby: it waits, and takes over when the first
    ends, with empty counters.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        context: ssl.SSLContext | None,
        on_fault: Callable[[Exception], None],
        on_standby: Callable[[], None] = lambda: None,
        on_serving: Callable[[], None] = lambda: None,
    ):
        self._evaluator = evaluator
        self._context = context
        self._on_fault = on_fault
        self._on_standby = on_standby
        self._on_serving = on_serving
        self._connections = 0

    async def serve(self, addresses: Sequence[Address], stopped: asyncio.Event) -> None:
        """Serve at every address until `stopped` is set."""
        async with AsyncExitStack() as resources:
            for address in addresses:
                server = await self._take_over(address, resources, stopped)
                if server is None:
                    return
                await resources.enter_async_context(server)
            self._on_serving()
            await stopped.wait()

    async def _take_over(
        self, address: Address, resources: AsyncExitStack, stopped: asyncio.Event
    ) -> asyncio.Server | None:
        """Listen at an address as soon as no other process does; None if `stopped` is set before."""
        waits = False
        while not stopped.is_set():
            try:
                if address.path is not None:
                    return await self._listen_unix(address.path, resources)
                return await asyncio.start_server(
                    self._connected, address.host, address.port, ssl=self._context
                )
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EWOULDBLOCK):
                    raise
            if not waits:
                self._on_standby()
                waits = True
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), _STANDBY_SECONDS)
        return None

    async def _listen_unix(self, path: Path, resources: AsyncExitStack) -> asyncio.Server:
        """Listen on a socket for its owner and its group: 0660, in 0750. The lock ends with its process."""
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
            path.parent.chmod(_FOLDER_MODE)
        lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise
        resources.callback(os.close, lock)
        with suppress(FileNotFoundError):
            if stat.S_ISSOCK(path.stat().st_mode):
                path.unlink()
        before = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(self._connected, path)
        finally:
            os.umask(before)
        path.chmod(_SOCKET_MODE)
        resources.callback(path.unlink, missing_ok=True)
        return server

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        try:
            if self._connections <= _MOST_CONNECTIONS:
                await self._converse(reader, writer)
        except (ProtocolError, oprf.InvalidInputError, KeyError) as error:
            self._on_fault(error)
        except (
            ConnectionError,
            asyncio.IncompleteReadError,
            TimeoutError,
            ssl.SSLError,
            asyncio.CancelledError,
        ):
            pass  # The client left, was silent for an hour, or the process ends.
        finally:
            self._connections -= 1
            writer.close()
            with suppress(Exception):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            async with asyncio.timeout(_IDLE_SECONDS):
                prefix = await reader.readexactly(LENGTH_BYTES)
                body = await reader.readexactly(length_of(prefix))
            writer.write(encode_reply(self._evaluator.answer(decode_request(body))))
            await writer.drain()
