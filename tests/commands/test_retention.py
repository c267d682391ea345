"""`flask retention`: what an operator sees, and a restored backup that erases again."""

import re
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.clock import utc_now
from resident_app.database import writing
from resident_app.intake.request_tables import HelpRequestRow
from tests.casework.office import Office
from tests.commands.conftest import RunFlask
from tests.conftest import Deployment


def office_with_a_request_due(deployment: Deployment, folder: Path) -> Office:
    office = Office(deployment.engine, OfficeKeysFile(folder / "office.private.key"))
    old = utc_now() - timedelta(days=7 * 366)
    office.leave(received_at=old, last_contact_at=old, state="closed", closed_at=old)
    return office


def test_what_is_due_is_listed_and_removed(deployment: Deployment, flask: RunFlask, folder: Path) -> None:
    office_with_a_request_due(deployment, folder)
    line = next(line for line in flask("retention", "status").output.splitlines() if "request_years" in line)
    assert "6 years        1 due" in line
    assert "request_years               1 removed" in flask("retention", "run").output
    assert flask("retention", "run").output == "Nothing is due.\n"


def test_a_restored_database_erases_again_what_the_erasure_log_names(
    deployment: Deployment, flask: RunFlask, folder: Path
) -> None:
    office = office_with_a_request_due(deployment, folder)
    flask("retention", "run")
    log = flask("retention", "erasure-log").stdout
    assert re.fullmatch(r"[0-9a-f]{32} \S+ retention\n", log)
    office.leave()
    with writing(deployment.engine) as connection:
        connection.execute(update(HelpRequestRow).values(submission=bytes.fromhex(log[:32])))
    (folder / "erasure-log.txt").write_text(log)
    assert "1 were back" in flask("retention", "erase-again", folder / "erasure-log.txt").output
    assert "0 were back" in flask("retention", "erase-again", folder / "erasure-log.txt").output
    (folder / "erasure-log.txt").write_text(log + "something else\n")
    refused = flask("retention", "erase-again", folder / "erasure-log.txt")
    assert refused.exit_code == 1
    assert "line 2" in refused.output
