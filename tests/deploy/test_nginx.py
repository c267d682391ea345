"""The shipped nginx configuration: the same bytes on the wire for every answer, and nothing written down."""

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.site import demonstration_site
from tests.deploy.proxy import Connection, Curl, Observer, Proxy, Received, proxying
from tests.load.servers import BASE_URL, serving
from tests.made_up import NEVER, NINE, ONCE, form_of

PROTOCOLS = {
    "HTTP/1.1, TLS 1.3": ("--http1.1", "--tlsv1.3"),
    "HTTP/2, TLS 1.3": ("--http2", "--tlsv1.3"),
    "HTTP/1.1, TLS 1.2": ("--http1.1", "--tls-max", "1.2"),
    "HTTP/2, TLS 1.2": ("--http2", "--tls-max", "1.2"),
}
HELP = {"reach_by": "phone", "phone": "206-555-0143"}
NOBODY = form_of(ONCE, card_number="WDLNOBODY000")


@dataclass(frozen=True)
class Site:
    """The site behind its proxy, and the same site without an evaluator behind another."""

    proxy: Proxy
    busy: Proxy


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    settings = {"PUBLIC_BASE_URL": BASE_URL, "TRUSTED_PROXIES": "1"}
    with (
        demonstration_site(folder, **settings) as server,
        serving(folder / "instance", EVALUATOR_URL=f"unix:{folder}/nobody", WEB_CONCURRENCY="1") as busy,
        proxying(folder / "nginx", server.port) as proxy,
        proxying(folder / "busy", busy.port) as busy_proxy,
    ):
        yield Site(proxy, busy_proxy)


@dataclass(frozen=True)
class Asked:
    """One answer: what it was, and what was seen of it."""

    what: str
    received: Received
    seen: Connection


def everything(site: Site, options: tuple[str, ...]) -> Iterator[Asked]:
    """Ask for every kind of answer, each on a connection of its own."""

    def ask(
        what: str, status: int, path: str, form: dict[str, str], proxy: Proxy = site.proxy, **headers: str
    ) -> Asked:
        with Observer(proxy.port) as observer:
            received = Curl(proxy, options).post(path, form, port=observer.port, headers=headers)
        assert received.status == status, (what, received.status)
        return Asked(what, received, observer.connections[-1])

    yield ask("shared", 200, "/en/check", form_of(ONCE))
    yield ask("shared nine times", 200, "/km/check", form_of(NINE))
    yield ask("not shared", 200, "/en/check", form_of(NEVER))
    yield ask("a mistake", 422, "/ar/check", form_of(NEVER) | {"birth_day": "40"})
    yield ask("busy", 503, "/en/check", form_of(NEVER), site.busy)
    yield ask("of another site", 403, "/en/check", form_of(NEVER), Origin="https://evil.example")
    yield ask("too large", 413, "/en/check", form_of(NEVER) | {"x": "x" * 270_000})
    yield ask("help", 200, "/ja/help", HELP | {"message": "x" * 3000})
    yield ask("a mistake in help", 422, "/ja/help", {"message": '"' * 4000})
    yield ask("a status", 200, "/en/help/status", {"reference": "000 000 000 000"})
    yield ask("a letter's code", 422, "/en/letter", {"code": "x"})


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_answer_is_the_same_bytes_on_the_wire(site: Site, protocol: str) -> None:
    asked = list(everything(site, PROTOCOLS[protocol]))
    assert {one.received.version for one in asked} == {protocol.partition(",")[0]}
    assert {one.received.status for one in asked} == {200, 403, 413, 422, 503}
    # nginx's date is compressed in HTTP/2: the digits of the time take a byte more or less.
    clock = 1 if protocol == "HTTP/2, TLS 1.2" else 0
    expected = asked[0].seen.answer
    for one in asked:
        answer = one.seen.answer
        assert len(answer) == len(expected), one.what
        assert all(abs(a - b) <= clock for a, b in zip(answer, expected, strict=True)), (one.what, answer)
    if protocol == "HTTP/1.1, TLS 1.3":
        assert len({len(one.seen.received) for one in asked}) == 1, "the handshake too"
    if protocol == "HTTP/2, TLS 1.3":
        # What comes before, such as settings, depends on when the client's own frames arrive.
        assert len({length for one in asked for length in one.seen.before_the_answer}) == 1


@pytest.mark.parametrize("protocol", ["HTTP/1.1, TLS 1.3", "HTTP/2, TLS 1.3"])
def test_every_letter_is_the_same_bytes_on_the_wire(site: Site, protocol: str) -> None:
    curl = Curl(site.proxy, PROTOCOLS[protocol])
    seen = set()
    for card in (ONCE, NEVER, NINE):
        page = curl.post("/en/check", form_of(card)).body.decode()
        token = re.findall('name="answer" value="([^"]*)"', page)[0]
        with Observer(site.proxy.port) as observer:
            letter = curl.post("/en/letter/file", {"answer": token}, port=observer.port)
        assert (letter.status, letter.headers["content-type"]) == (200, "application/pdf")
        seen.add(tuple(observer.connections[-1].answer))
    assert len(seen) == 1


def test_a_pause_is_the_same_bytes_on_the_wire(site: Site) -> None:
    for protocol in PROTOCOLS.values():
        curl = Curl(site.proxy, protocol)
        answers = []
        for _ in range(7):
            with Observer(site.proxy.port) as observer:
                received = curl.post("/en/check", NOBODY, port=observer.port)
            answers.append((received.status, observer.connections[-1].answer))
        assert 429 in {status for status, _ in answers}
        assert max(sum(answer) for _, answer in answers) - min(sum(answer) for _, answer in answers) <= 1


def test_no_answer_is_compressed(site: Site) -> None:
    """Around the shipped file stands `gzip on`, as on Debian."""
    for options in PROTOCOLS.values():
        asked = Curl(site.proxy, (*options, "-H", "Accept-Encoding: gzip, deflate, br"))
        received = asked.post("/en/check", form_of(NEVER))
        assert "content-encoding" not in received.headers
        assert len(received.body) == int(received.headers["content-length"])
        assert len(received.body) % 4096 == 0


class Upstream:
    """Stands for the site: keeps each request that reaches it, and answers with 200."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.requests: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> "Upstream":
        return self

    def __exit__(self, *_: object) -> None:
        # A thread that waits for a connection holds the socket open until it is shut down.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with client, client.makefile("rb") as reading:
                head = b""
                while (line := reading.readline()) not in (b"\r\n", b""):
                    head += line
                length = int((re.search(rb"(?i)content-length: (\d+)", head) or [b"", b"0"])[1])
                self.requests.append(head + b"\r\n" + reading.read(length))
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as made:
        yield made


@pytest.fixture
def alone(upstream: Upstream, tmp_path: Path) -> Iterator[Proxy]:
    """The proxy in front of `upstream`."""
    with proxying(tmp_path / "nginx", upstream.port) as proxy:
        yield proxy


def connect(proxy: Proxy, address: str = "127.0.0.1") -> ssl.SSLSocket:
    """Open a TLS connection from an address of this machine."""
    context = ssl.create_default_context(cafile=str(proxy.authority))
    plain = socket.create_connection(("127.0.0.1", proxy.port), 60, source_address=(address, 0))
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def begun(path: str, whole: int, sent: bytes = b"card_number=") -> bytes:
    """The beginning of a POST whose body never arrives."""
    head = f"POST {path} HTTP/1.1\r\nHost: records.example.gov\r\nContent-Length: {whole}\r\n\r\n"
    return head.encode() + sent


def test_the_site_sees_whole_requests_and_true_addresses(alone: Proxy, upstream: Upstream) -> None:
    with connect(alone, "127.0.0.7") as client:
        path = "/voice/a%7Eb//%C3%B1?x=%2C"
        head = begun(path, 12, b"").replace(
            b"Host", b"X-Forwarded-For: 203.0.113.1\r\nX-Forwarded-Proto: http\r\nHost"
        )
        client.sendall(head + b"first")
        time.sleep(0.5)
        assert not upstream.requests, "half a request holds none of the site's threads"
        client.sendall(b" second")
        assert b" 200 " in client.recv(4096)
    (request,) = upstream.requests
    assert request.startswith(f"POST {path} HTTP/1.1\r\n".encode()), "the carrier signs the address as it is"
    assert request.endswith(b"\r\n\r\nfirst second")
    assert re.findall(rb"(?i)x-forwarded-for: (.*)\r", request) == [b"127.0.0.7"]
    assert re.findall(rb"(?i)x-forwarded-proto: (.*)\r", request) == [b"https"]
    assert re.findall(rb"(?i)host: (.*)\r", request) == [b"records.example.gov"]


def test_a_long_message_reaches_the_site_and_other_forms_are_small(alone: Proxy, upstream: Upstream) -> None:
    long = b"x" * 4_000_000
    for path in ("/en/help", "/zh-Hans/help/add"):
        with connect(alone) as client:
            client.sendall(begun(path, len(long), long))
            assert b" 200 " in client.recv(4096)
    assert [request.endswith(long) for request in upstream.requests] == [True, True]
    for path in ("/en/check", "/en/help/erase", "/text"):
        with connect(alone) as client:
            client.sendall(begun(path, len(long)))
            assert b" 413 " in client.recv(4096)


def test_a_client_that_sends_slowly_is_left(alone: Proxy, upstream: Upstream) -> None:
    with connect(alone) as silent, connect(alone) as slow_head, connect(alone) as slow_body:
        began = time.monotonic()
        slow_head.sendall(b"POST /en/check HTTP/1.1\r\nHost: reco")
        slow_body.sendall(begun("/en/check", 100))
        for client in (silent, slow_head, slow_body):
            left = b""
            try:
                while data := client.recv(4096):
                    left += data
            except OSError:
                pass
            assert b" 200 " not in left
        assert time.monotonic() - began < 30
    assert not upstream.requests


def test_one_address_has_a_limit_of_connections_and_others_go_on(alone: Proxy) -> None:
    with contextlib.ExitStack() as open_now:
        for _ in range(50):
            client = open_now.enter_context(connect(alone, "127.0.0.5"))
            client.sendall(begun("/en/check", 100))
        time.sleep(1)
        refused, other, carrier = (
            open_now.enter_context(connect(alone, address))
            for address in ("127.0.0.5", "127.0.0.6", "127.0.0.5")
        )
        refused.sendall(begun("/en/check", 1, b"x"))
        assert b" 503 " in refused.recv(4096)
        other.sendall(begun("/en/check", 1, b"x"))
        assert b" 200 " in other.recv(4096)
        carrier.sendall(begun("/voice/start", 1, b"x"))
        assert b" 200 " in carrier.recv(4096)


def test_no_file_has_an_address_or_a_word(tmp_path: Path, upstream: Upstream) -> None:
    """While everything goes wrong that nginx would write a line about."""
    folder = tmp_path / "nginx"
    with proxying(folder, upstream.port) as proxy:
        with connect(proxy, "127.0.0.7") as client:
            client.sendall(begun("/en/check?marked=1", 200_000, b"marked" * 33_333 + b"xx"))
            client.recv(4096)
        with connect(proxy, "127.0.0.7") as client:
            client.sendall(begun("/en/marked", 10_000_000))
            assert b" 413 " in client.recv(4096)
        for broken in (b"\x16\x03\x01\x00\x05marked", b"GET /marked HTTP/1.1\r\n\r\n"):
            with socket.create_connection(
                ("127.0.0.1", proxy.port), source_address=("127.0.0.7", 0)
            ) as plain:
                plain.sendall(broken)
                plain.settimeout(5)
                with contextlib.suppress(OSError):
                    plain.recv(4096)
        with connect(proxy, "127.0.0.7") as client:
            client.sendall(b"marked\r\n\r\n")
            client.recv(4096)
        upstream.__exit__()
        with connect(proxy, "127.0.0.7") as client:
            client.sendall(begun("/en/marked", 1, b"x"))
            assert b" 502 " in client.recv(4096)
        time.sleep(0.5)
        written = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert b"start worker process" in written[folder / "error.log"], "the log works"
    for path, contents in written.items():
        assert b"127.0.0.7" not in contents, path
        assert b"marked" not in contents, path
    for kept in ("bodies", "answers"):
        assert not [path for path in (folder / kept).rglob("*") if path.is_file()]
