"""A demonstration for a browser: public site, console, worker, and its phone company with the page."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from ivr.simulator.fake_carrier import ACCOUNT_SID
from resident_app.settings import REPOSITORY
from tests.browser.console_site import ConsoleSite, console_site
from tests.browser.office_site import running_worker, until, worker_runs
from tests.browser.site import demonstration_site
from tests.load.servers import TOKEN, Server
from tests.made_up import CARDS
from tests.quiet_hours import config_without_quiet_hours


@dataclass(frozen=True)
class PhonesSite:
    """`address` is the page's."""

    public: Server
    console: ConsoleSite
    address: str


@contextlib.contextmanager
def phones_site(folder: Path) -> Iterator[PhonesSite]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    carrier = {
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_API_BASE": address,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "DEMONSTRATION": "true",
    }
    config = {"CONFIG_DIR": str(config_without_quiet_hours(folder))}
    with demonstration_site(folder, CARDS, **carrier) as public, console_site(folder, **config) as console:
        carrier["PUBLIC_BASE_URL"] = f"http://127.0.0.1:{public.port}"
        with (
            running_worker(console.instance, **carrier, **config),
            _phones(console.instance, port, **carrier),
        ):
            # Before that the console offers no call.
            until(lambda: worker_runs(console), 60)
            yield PhonesSite(public, console, address)


@contextlib.contextmanager
def _phones(instance: Path, port: int, **environment: str) -> Iterator[None]:
    names = {name: value for name, value in os.environ.items() if name != "CONFIG_FILE"}
    log = instance.parent / "phones.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("flask")), "demo", "phones"],
            cwd=REPOSITORY,
            env=names | {"INSTANCE_DIR": str(instance), **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 60
        while not _answers(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, "the phone company did not start"
            time.sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), contextlib.closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    return False
