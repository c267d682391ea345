"""The whole office for a browser: public site, console, worker and a stand-in for the carrier."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from twilio.request_validator import RequestValidator

from ivr.simulator import FakeCarrier, Handset, Phone, VirtualClock
from ivr.simulator.fake_carrier import ACCOUNT_SID
from resident_app.casework.worker_status import worker_status
from resident_app.clock import utc_now
from resident_app.database import reading
from resident_app.settings import REPOSITORY
from tests.browser.console_site import ConsoleSite, console_site
from tests.browser.site import demonstration_site
from tests.load.servers import TOKEN, Server
from tests.made_up import CARDS
from tests.quiet_hours import config_without_quiet_hours


@dataclass(frozen=True)
class OfficeSite:
    public: Server
    console: ConsoleSite
    provider: FakeCarrier

    @property
    def public_address(self) -> str:
        return f"http://127.0.0.1:{self.public.port}"

    def ring(self, number: str) -> Phone:
        """A resident calls the line."""
        clock = VirtualClock(utc_now())
        return Phone(self.public.post, self.public_address, TOKEN, number, clock).ring()

    def rings(self, number: str) -> Handset:
        """Return the phone at a number, once it rings."""
        until(lambda: any(leg.form["To"] == number and leg.status == "ringing" for leg in self.provider.legs))
        return self.provider.ringing(number)

    def text_from(self, number: str, words: str) -> None:
        """A resident answers by text message."""
        form = {
            "From": number,
            "To": "+13603594454",
            "Body": words,
            "MessageSid": "SM" + os.urandom(16).hex(),
        }
        signature = RequestValidator(TOKEN).compute_signature(f"{self.public_address}/text", form)
        assert self.public.post("/text", form, {"X-Twilio-Signature": signature})[0] == 200


@contextlib.contextmanager
def office_site(folder: Path) -> Iterator[OfficeSite]:
    with FakeCarrier(TOKEN, "").serving() as provider:
        phones = {
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_API_BASE": provider.address,
            "TWILIO_AUTH_TOKEN": TOKEN,
        }
        config = {"CONFIG_DIR": str(config_without_quiet_hours(folder))}
        with (
            demonstration_site(folder, CARDS, **phones) as public,
            console_site(folder, **config) as console,
        ):
            provider.post = public.post
            provider.base_url = f"http://127.0.0.1:{public.port}"
            with running_worker(console.instance, PUBLIC_BASE_URL=provider.base_url, **phones, **config):
                # Before that the console offers no call.
                until(lambda: worker_runs(console), 60)
                yield OfficeSite(public, console, provider)


def worker_runs(console: ConsoleSite) -> bool:
    """Whether the worker has told the console that it runs."""
    with reading(console.engine) as connection:
        return worker_status(connection, utc_now()).runs


def until(holds: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


@contextlib.contextmanager
def running_worker(instance: Path, **environment: str) -> Iterator[None]:
    """Run a worker over an instance folder."""
    names = {name: value for name, value in os.environ.items() if name != "CONFIG_FILE"}
    with (instance.parent / "worker.log").open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("flask")), "worker"],
            cwd=REPOSITORY,
            env=names | {"INSTANCE_DIR": str(instance), **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
