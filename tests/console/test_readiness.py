"""The console does nothing with keys that are not those of the requests and of the accounts."""

from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update
from structlog.testing import capture_logs

from resident_app.casework.key_rotation import add_key, keep_newest, publish
from resident_app.casework.office_keys import make_office_keys
from resident_app.database import reading, writing
from resident_app.intake.request_tables import HelpRequestRow, TimelineRow
from resident_app.web.accounts.staff_tables import SecretKeyRow
from tests.conftest import Deployment
from tests.console.conftest import Console, OpenConsole
from tests.console.office import leave


def readiness(console: Console) -> tuple[int, str]:
    response = console.anybody().raw("GET", "/readyz")
    return response.status_code, response.get_data(as_text=True)


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "office.private.key"


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "office.public.key"


def use_another_key(private: Path) -> None:
    """As if somebody had copied the wrong file onto the console's machine."""
    other = private.with_name("other.key")
    other.write_text(make_office_keys()[0])
    other.chmod(0o600)
    other.replace(private)


@pytest.mark.parametrize("has_public_file", [True, False])
def test_with_a_wrong_private_key_nothing_is_opened_and_nothing_is_sealed(
    deployment: Deployment, open_console: OpenConsole, private: Path, public: Path, has_public_file: bool
) -> None:
    """As seen in the issue: the console said ready, and sealed a note to the wrong key."""
    leave(deployment)
    if not has_public_file:
        public.unlink()
    first = open_console()
    assert readiness(first) == (200, "ready\n")
    officer = first.sign_in()
    form = officer.get("/requests/1").fields | {"note": "a note"}

    use_another_key(private)
    status, words = readiness(first)
    assert status == 503
    assert words.startswith("not ready: OFFICE_PRIVATE_KEY_FILE ")
    for address in ("/requests", "/requests/1", "/sign-in"):
        page = officer.get(address)
        assert page.status == 503
        assert "OFFICE_PRIVATE_KEY_FILE" in page.main
    assert officer.post("/requests/1/act", form).status == 503
    with reading(first.engine) as connection:
        notes = select(func.count()).select_from(TimelineRow).where(TimelineRow.kind == "note")
        assert connection.execute(notes).scalar_one() == 0
    with capture_logs() as events:
        again = open_console()
    assert [each["reason"] for each in events if each["event"] == "not_ready"]
    assert readiness(again)[0] == 503


def test_a_rotation_is_ready_at_every_step(
    deployment: Deployment, open_console: OpenConsole, private: Path, public: Path
) -> None:
    leave(deployment)
    console = open_console()
    both = add_key(private)
    assert readiness(console)[0] == 200, "the site still seals to the old key"
    publish(both, public)
    assert readiness(console)[0] == 200, "the site seals to the new key, nothing is sealed to it yet"
    leave(deployment, phone="206 555 0101")
    assert readiness(open_console(clock=console.clock))[0] == 200
    keep_newest(private)
    assert readiness(console)[0] == 200, "the newest request opens; the page Keys counts what does not"


def test_a_public_key_whose_private_key_is_not_here_is_named(
    open_console: OpenConsole, private: Path, public: Path
) -> None:
    console = open_console()
    assert readiness(console)[0] == 200, "an empty database has nothing that the key could open"
    public.write_text(make_office_keys()[1])
    status, words = readiness(open_console(clock=console.clock))
    assert status == 503
    assert "has not the key that the site seals to" in words


def test_one_damaged_request_stops_nobody(
    deployment: Deployment, open_console: OpenConsole, public: Path
) -> None:
    for number in range(2):
        leave(deployment, phone=f"206 555 {1000 + number}")
    public.unlink()
    console = open_console()
    with writing(console.engine) as connection:
        newest = update(HelpRequestRow).where(HelpRequestRow.id == 2)
        connection.execute(newest.values(sealed=b"somebody wrote this", sealed_to="0" * 16))
    assert readiness(console)[0] == 200
    with writing(console.engine) as connection:
        connection.execute(update(HelpRequestRow).values(sealed=b"", state="erased"))
    assert readiness(open_console(clock=console.clock))[0] == 200, "erased requests have nothing to open"


def test_a_database_of_before_learns_its_secret_key(open_console: OpenConsole) -> None:
    console = open_console()
    console.account()
    with writing(console.engine) as connection:
        connection.execute(delete(SecretKeyRow))
    other = open_console(secret_key="another-secret-key-of-the-tests-0123", clock=console.clock)
    assert "SECRET_KEY is not the one" in readiness(other)[1], "no account is authentic under this key"
    assert readiness(open_console(clock=console.clock))[0] == 200
    with reading(console.engine) as connection:
        assert connection.execute(select(SecretKeyRow.application)).scalar_one() == "console"
    assert "SECRET_KEY is not the one" in readiness(other)[1]
