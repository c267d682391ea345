"""The console's queue: how long its page takes with ten thousand open requests and with a hundred."""

import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import insert

from bench.compare import compare
from bench.result_row import Row, Side, Target, ratio_row
from bench.scale import Scale
from resident_app.clock import utc_now
from resident_app.console.app import create_console_app
from resident_app.console.context import open_accounts
from resident_app.database import writing
from resident_app.demonstration.deployment import make_keys
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.migrations.state import upgrade
from resident_app.settings import ConsoleSettings, KeyFileSettings
from resident_app.web.accounts import account_store
from resident_app.web.accounts.sessions import ServerSession, add_session
from resident_app.web.accounts.staff_tables import Role

TARGET = Target(Side.AT_MOST, 300.0)
FEW = 100
_PAGES = 5
"""Fetched in each turn."""
_LANGUAGES = ("en", "es", "ko", "vi", "ru")


def queue_rows(scale: Scale) -> list[Row]:
    with _signed_in(FEW) as few, _signed_in(scale.few_envelopes) as many:
        found = compare(lambda: _milliseconds(many), lambda: _milliseconds(few), scale)
    count = f"{scale.few_envelopes:,}"
    return [
        ratio_row(f"Queue's page, {count} ÷ {FEW} open requests", found, "ms", None),
        Row(
            name=f"Queue's page, {count} open requests",
            measured=found.ours,
            ours="the officer's languages, longest without contact first",
            baseline="",
            target=TARGET,
            others=found.others,
            unit="ms",
        ),
    ]


def _milliseconds(officer: FlaskClient) -> float:
    """Return the mean time of the page of an officer's languages."""
    began = time.perf_counter()
    for _ in range(_PAGES):
        page = officer.get("/requests?language=ko,vi")
        assert page.status_code == 200
        assert "<tr data-row>" in page.get_data(as_text=True)
    return (time.perf_counter() - began) * 1000 / _PAGES


@contextmanager
def _signed_in(count: int) -> Iterator[FlaskClient]:
    """Sign an officer in to a console with `count` open requests, in SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        register = KeyFileSettings(_env_file=None, instance_dir=Path(folder))
        make_keys(register)
        settings = ConsoleSettings(
            _env_file=None,
            instance_dir=Path(folder),
            secret_key=secrets.token_hex(32),
        )
        engine = open_accounts(settings)
        upgrade(engine)
        cookie, now = secrets.token_urlsafe(32), utc_now()
        with writing(engine) as connection:
            staff = account_store.add(connection, "officer@example.com", Role.OFFICER, now)
            account_store.change(connection, staff, now, tf_totp_secret="none that opens")  # noqa: S106
            session = ServerSession({}, now)
            session.id = cookie
            session.begin(staff, now)
            add_session(connection, session, now)
            connection.execute(insert(HelpRequestRow), [_request(number) for number in range(count)])
        engine.dispose()
        officer = create_console_app(settings).test_client()
        officer.set_cookie("console", cookie)
        yield officer


def _request(number: int) -> dict[str, object]:
    """A made-up open request; what is sealed in it does not matter to the queue."""
    at = utc_now() - timedelta(minutes=number * 7 % 20_000)
    language = _LANGUAGES[number % len(_LANGUAGES)]
    return {
        "submission": secrets.token_bytes(16),
        "selector": None,
        "secret_hash": "",
        "reference_attempt": 0,
        "origin": "site",
        "spoken_language": language,
        "written_language": language,
        "topic": "question",
        "channel": "phone",
        "state": RequestState.RECEIVED,
        "received_at": at,
        "last_contact_at": at,
        "sealed": secrets.token_bytes(2_160),
        "sealed_to": "0" * 16,
    }
