"""Whether the office's private key is the one that residents' words are sealed to.

A process with another key would seal notes that nobody at the office can read. What residents send is sealed
by the public side alone, and sealed again only by who opened it, so its key is the office's.
"""

import threading
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from resident_app.casework.office_keys import CannotOpen, OfficeKeys, OfficeKeysFile
from resident_app.contact_points import Origin
from resident_app.database import reading
from resident_app.intake.aad import request_aad
from resident_app.intake.office_public_key import load_public_key
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.settings import SettingsError

_NEWEST = 3
"""One damaged or forged row stops nobody."""
_GOOD_FOR_SECONDS = 5.0


def office_key_problem(connection: Connection, keys: OfficeKeys, public_key_path: Path) -> str:
    """Return what an operator must do before anything may be opened or sealed with these keys, or "".

    The public key's file is looked at if it is on this machine. During a rotation the private file has both
    keys, so it fits before and after. Without requests there is nothing that the key could open.
    """
    if public_key_path.exists():
        try:
            site = load_public_key(public_key_path)
        except SettingsError as error:
            return str(error)
        if site.id not in keys.ids:
            return (
                f"OFFICE_PRIVATE_KEY_FILE has not the key that the site seals to ({site.id}, in "
                f"{public_key_path}); it has {', '.join(keys.ids)}. Put the office's private key back"
            )
    rows = connection.execute(
        select(HelpRequestRow.submission, HelpRequestRow.sealed, HelpRequestRow.sealed_to)
        .where(func.length(HelpRequestRow.sealed) > 0, HelpRequestRow.origin.is_distinct_from(Origin.STAFF))
        .order_by(HelpRequestRow.id.desc())
        .limit(_NEWEST)
    ).all()
    if rows and not any(_opens(keys, row.submission, row.sealed) for row in rows):
        wanted = ", ".join(sorted({row.sealed_to or "an unnamed key" for row in rows}))
        return (
            f"OFFICE_PRIVATE_KEY_FILE opens none of the newest requests: they are sealed to {wanted}, and it "
            f"has {', '.join(keys.ids)}. Put the office's private key back, or add it to the file"
        )
    return ""


def _opens(keys: OfficeKeys, submission: bytes, sealed: bytes) -> bool:
    try:
        keys.open(sealed, request_aad(submission))
    except CannotOpen:
        return False
    return True


class OfficeKeyCheck:
    """Checks the keys of a running process again and again. Its file may be replaced at any time."""

    def __init__(self, engine: Engine, keys: OfficeKeysFile, public_key_path: Path):
        self._engine = engine
        self._keys = keys
        self._public_key_path = public_key_path
        self._mutex = threading.Lock()
        self._checked: tuple[tuple[str, ...], float] | None = None

    def problem(self) -> str:
        """Return why these keys may not be used, or "". A good result counts for five seconds."""
        keys = self._keys.current()
        with self._mutex:
            if self._checked is not None:
                ids, at = self._checked
                if ids == keys.ids and time.monotonic() - at < _GOOD_FOR_SECONDS:
                    return ""
        with reading(self._engine) as connection:
            problem = office_key_problem(connection, keys, self._public_key_path)
        with self._mutex:
            self._checked = None if problem else (keys.ids, time.monotonic())
        return problem
