"""A wrong setting stops the start, named, with what it should be, and without its value."""

from pathlib import Path

import pytest

from resident_app.settings import PublicSettings, Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in PublicSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("CONFIG_FILE", raising=False)
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(SettingsError, match=r"PUBLIC_BASE_URL is missing: it should be the https address"):
        load_settings(PublicSettings)


def test_a_malformed_setting_is_named_and_its_value_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "secret-words")
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES is not right") as raised:
        load_settings(PublicSettings)
    assert "secret-words" not in str(raised.value)


def test_settings_come_from_a_file_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "settings"
    file.write_text("PUBLIC_BASE_URL=https://file.example\nTWILIO_AUTH_TOKEN=t\n")
    monkeypatch.setenv("CONFIG_FILE", str(file))
    assert load_settings(PublicSettings).base_url == "https://file.example"
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://environment.example")
    assert load_settings(PublicSettings).base_url == "https://environment.example"


def test_a_settings_file_that_is_not_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CONFIG_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="CONFIG_FILE"):
        load_settings(Settings)


@pytest.mark.parametrize("url", ["mysql://x", "not a url"])
def test_only_sqlite_and_postgresql(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        load_settings(Settings)


def test_a_plain_postgresql_url_gets_our_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/db")
    assert load_settings(Settings).database == "postgresql+psycopg://somewhere/db"
