"""A configuration without quiet hours, for tests with real processes, which run at any hour."""

import shutil
from pathlib import Path

from resident_app.settings import CONFIG_DIR


def config_without_quiet_hours(folder: Path) -> Path:
    """Return a folder with config/, but without quiet hours: these tests run at any hour, on any day."""
    config = folder / "config"
    if config.exists():
        return config
    shutil.copytree(CONFIG_DIR, config)
    casework = (config / "casework.toml").read_text()
    for line, instead in (
        ('since = "20:00"', 'since = "23:59:59"'),
        ('until = "08:00"', 'until = "00:00"'),
        ("holidays = true", "holidays = false"),
    ):
        assert line in casework
        casework = casework.replace(line, instead)
    (config / "casework.toml").write_text(casework)
    return config
