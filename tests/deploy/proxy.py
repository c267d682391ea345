"""A real nginx with the shipped configuration, and what an observer of the network sees of it."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest

from resident_app.settings import REPOSITORY
from tests.register.certificates import make_certificates

SHIPPED = REPOSITORY / "deploy" / "nginx" / "resident-site.conf"

# As Debian's own configuration around it, with as much in its logs as nginx can write.
_AROUND = """
{user}
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log info;
events {{ worker_connections 768; }}
http {{
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    access_log {folder}/access.log;
    gzip on;
    gzip_types *;
    include {folder}/resident-site.conf;
}}
"""
_APPLICATION_DATA = 23
_FULL_RECORD = 16_384


@dataclass(frozen=True)
class Proxy:
    """A running nginx. `folder` holds everything that it writes."""

    folder: Path
    port: int
    authority: Path


@contextlib.contextmanager
def proxying(folder: Path, site_port: int) -> Iterator[Proxy]:
    """Start nginx in front of a site, with the file changed as an operator changes it: ports, certificate."""
    folder.mkdir()
    certificates = make_certificates(folder).server
    port, plain_port = free_port(), free_port()
    changed = SHIPPED.read_text(encoding="utf-8")
    for shipped, ours in {
        "server 127.0.0.1:8000 ": f"server 127.0.0.1:{site_port} ",
        "listen 80;": f"listen 127.0.0.1:{plain_port};",
        "listen [::]:80;": "",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
        "listen [::]:443 ssl http2 default_server;": "",
        "/etc/ssl/records.example.gov.pem": str(certificates.certificate),
        "/etc/ssl/private/records.example.gov.key": str(certificates.key),
    }.items():
        assert changed.count(shipped) == 1, shipped
        changed = changed.replace(shipped, ours)
    (folder / SHIPPED.name).write_text(changed, encoding="utf-8")
    around = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    around.write_text(_AROUND.format(folder=folder, user=user), encoding="utf-8")
    process = subprocess.Popen(
        [needed("nginx"), "-p", str(folder), "-c", str(around), "-g", "daemon off;"],
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_open(process, port)
        yield Proxy(folder, port, certificates.authority)
    finally:
        process.terminate()
        process.wait(20)


def needed(program: str) -> str:
    """Return the path of a program. A test fails where it is missing."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        pytest.fail(f"{program} is not installed: run scripts/install-test-tools as root")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _until_open(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None, "nginx refused its configuration"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("nginx did not start")


@dataclass
class Connection:
    """What came from the server on one connection, as it was on the wire."""

    received: bytearray = field(default_factory=bytearray)

    @property
    def records(self) -> list[int]:
        """The lengths of the TLS records with application data (RFC 8446, 5.1), in their order."""
        lengths = []
        at = 0
        while at + 5 <= len(self.received):
            length = int.from_bytes(self.received[at + 3 : at + 5], "big")
            if self.received[at] == _APPLICATION_DATA:
                lengths.append(length)
            at += 5 + length
        return lengths

    @property
    def answer(self) -> list[int]:
        """The records of an answer, which begins with a full one. HTTP/2 sends small frames before it."""
        records = self.records
        first = next(at for at, length in enumerate(records) if length >= _FULL_RECORD)
        return records[first:]

    @property
    def before_the_answer(self) -> list[int]:
        return self.records[: -len(self.answer)]


class Observer:
    """A relay between a client and the proxy, which sees what an observer of the network sees."""

    def __init__(self, port: int):
        self._towards = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.connections: list[Connection] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            seen = Connection()
            self.connections.append(seen)
            threading.Thread(target=self._connect, args=(client, seen), daemon=True).start()

    def _connect(self, client: socket.socket, seen: Connection) -> None:
        with client, socket.create_connection(("127.0.0.1", self._towards)) as server:
            sending = threading.Thread(target=_relay, args=(client, server, None), daemon=True)
            sending.start()
            _relay(server, client, seen)
            sending.join()

    def __enter__(self) -> "Observer":
        return self

    def __exit__(self, *_: object) -> None:
        # A thread that waits for a connection holds the socket open until it is shut down.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def _relay(source: socket.socket, target: socket.socket, seen: Connection | None) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            if seen is not None:
                seen.received += data
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@dataclass(frozen=True)
class Curl:
    """curl, which speaks HTTP/2 and can be held to a version of TLS. `options` are for every request."""

    proxy: Proxy
    options: tuple[str, ...] = ()

    def post(
        self,
        path: str,
        form: Mapping[str, str],
        *,
        port: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> "Received":
        """Send a form on a connection of its own."""
        sent = [part for name, value in (headers or {}).items() for part in ("-H", f"{name}: {value}")]
        written = self.proxy.folder / "received"
        command = [needed("curl"), "--silent", "--show-error", "--max-time", "60", *self.options, *sent]
        command += ["--cacert", str(self.proxy.authority), "--output", str(written), "--dump-header", "-"]
        command += ["--data", "@-", f"https://127.0.0.1:{port or self.proxy.port}{path}"]
        finished = subprocess.run(command, input=urlencode(form).encode(), capture_output=True, check=True)
        head = finished.stdout.decode().replace("\r", "").strip().split("\n\n")[-1]
        status, *lines = head.splitlines()
        received = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        return Received(int(status.split()[1]), status.split()[0], received, written.read_bytes())


@dataclass(frozen=True)
class Received:
    """An answer, as the client has it."""

    status: int
    version: str
    headers: Mapping[str, str]
    body: bytes
