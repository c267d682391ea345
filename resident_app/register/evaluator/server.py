"""Answer the public processes: evaluate blinded elements, and count attempts."""

import asyncio
import os
import ssl
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

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
    """Serves an evaluator on a Unix socket, or over TCP with mutual TLS."""

    def __init__(self, evaluator: Evaluator, on_fault: Callable[[Exception], None]):
        self._evaluator = evaluator
        self._on_fault = on_fault
        self._connections = 0

    async def serve_unix(self, path: Path, stopped: asyncio.Event) -> None:
        """Serve until `stopped` is set. The socket is for its owner and its group: 0660, in 0750."""
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
            path.parent.chmod(_FOLDER_MODE)
        with suppress(FileNotFoundError):
            if stat.S_ISSOCK(path.stat().st_mode):
                path.unlink()
        before = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(self._connected, path)
        finally:
            os.umask(before)
        path.chmod(_SOCKET_MODE)
        try:
            async with server:
                await stopped.wait()
        finally:
            path.unlink(missing_ok=True)

    async def serve_tls(self, host: str, port: int, context: ssl.SSLContext, stopped: asyncio.Event) -> None:
        """Serve until `stopped` is set; `context` asks every client for a certificate."""
        server = await asyncio.start_server(self._connected, host, port, ssl=context)
        async with server:
            await stopped.wait()

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
