"""Promise 5: the public side can write a help request and cannot read one."""

import gc
from pathlib import Path

import pytest
from sqlalchemy import select

from resident_app.casework.office_keys import CannotOpen, OfficePrivateKey, load_office_keys, make_office_keys
from resident_app.casework.opening import open_request
from resident_app.database import reading
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.settings import OfficeSettings, PublicSettings, SettingsError, load_settings
from tests.conftest import Deployment

REQUEST = {
    "reach_by": "email",
    "email": "marked@example.org",
    "name": "Marked Name",
    "message": "marked words",
}


@pytest.fixture
def stored(deployment: Deployment) -> object:
    assert deployment.client.post("/en/help", REQUEST).status == 200
    with reading(deployment.engine) as connection:
        return connection.execute(select(HelpRequestRow.__table__)).one()


def test_the_office_opens_it(deployment: Deployment, stored: HelpRequestRow) -> None:
    key = load_office_keys(deployment.context.settings.instance_dir / "office.private.key")
    opened = open_request(stored.sealed, key, stored.submission)
    assert opened.request.email == "marked@example.org"
    assert opened.request.message == "marked words"


def test_the_public_process_has_nothing_that_opens_it(
    deployment: Deployment, stored: HelpRequestRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the process's own settings, even when its environment names the private key."""
    private = deployment.context.settings.instance_dir / "office.private.key"
    monkeypatch.setenv("INSTANCE_DIR", str(private.parent))
    monkeypatch.setenv("OFFICE_PRIVATE_KEY_FILE", str(private))
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://records.example.gov")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "t")
    settings = load_settings(PublicSettings)
    assert not any("private" in name for name in settings.model_dump())
    assert str(private) not in repr(settings)
    gc.collect()
    assert not [found for found in gc.get_objects() if isinstance(found, OfficePrivateKey)]
    with pytest.raises(SettingsError):
        load_office_keys(settings.office_public_key_path)
    with pytest.raises(SettingsError):
        load_office_keys(settings.instance_dir / "register.key")


def test_another_private_key_and_another_row_do_not_open_it(
    deployment: Deployment, stored: HelpRequestRow, tmp_path: Path
) -> None:
    other = tmp_path / "other.key"
    other.write_text(make_office_keys()[0])
    with pytest.raises(CannotOpen):
        open_request(stored.sealed, load_office_keys(other), stored.submission)
    ours = load_office_keys(deployment.context.settings.instance_dir / "office.private.key")
    with pytest.raises(CannotOpen):
        open_request(stored.sealed, ours, bytes(16))


def test_what_stays_readable_is_what_the_queue_sorts_by(stored: HelpRequestRow) -> None:
    assert (stored.spoken_language, stored.topic, stored.channel, stored.origin) == (
        "en",
        "other",
        "email",
        "site",
    )
    assert b"marked" not in stored.sealed
    assert len(stored.sealed) - 1136 == 1024, "padded, so that its size says little"


def test_the_office_has_no_register_key() -> None:
    """Promise 6: the office cannot look people up."""
    assert not any("register" in name for name in OfficeSettings.model_fields)
