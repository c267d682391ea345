"""Nothing under legal hold is removed, and what its sender erased meanwhile is erased when the hold ends."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from resident_app.casework.cases import legal_holds
from resident_app.database import reading, writing
from resident_app.intake.erasure import erase_request
from resident_app.intake.request_tables import (
    HelpRequestRow,
)
from resident_app.security.audit_log import Audited, AuditEvent
from tests.casework.office import Office, open_office
from tests.casework.retention_records import (
    DEPENDENT,
    LONG_AGO,
    NOW,
    audited,
    count,
    due,
    full_request,
    receipts_by_rule,
    run,
)


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return open_office(engine, tmp_path, now=LONG_AGO)


@pytest.mark.parametrize("who", ["itself", "repeat", "whole"])
def test_nothing_goes_of_what_is_held_or_merged_with_it(office: Office, who: str) -> None:
    whole = full_request(office, legal_hold=who in ("itself", "whole"))
    if who != "itself":
        full_request(office, legal_hold=who == "repeat", merged_into=whole)
        full_request(office, merged_into=whole)
    before = {kind: count(office, kind) for kind in (HelpRequestRow, *DEPENDENT)}
    assert due(office) == {}
    assert run(office) == {}
    assert {kind: count(office, kind) for kind in (HelpRequestRow, *DEPENDENT)} == before
    assert receipts_by_rule(office) == {}
    assert audited(office) == 0


def test_a_hold_keeps_what_its_sender_wants_erased_until_it_ends(office: Office) -> None:
    whole = full_request(office)
    repeat = full_request(office, merged_into=whole)
    keys, office.now = office.keys.current(), NOW
    with writing(office.engine) as connection:
        legal_holds.hold(connection, keys, whole, "A court asked.", office.actor())
    with writing(office.engine) as connection:
        assert not erase_request(connection, repeat, NOW)
    assert office.opened(repeat).row.legal_hold
    assert run(office) == {}
    assert "A court asked." in [line.words for line in office.opened(whole).lines]
    with writing(office.engine) as connection:
        assert not legal_holds.release(connection, keys, whole, "The case is over.", office.actor())
    assert [count(office, kind) for kind in DEPENDENT] != [0] * len(DEPENDENT), (
        "the other request stays whole"
    )
    assert "A court asked." in [line.words for line in office.opened(whole).lines]
    with reading(office.engine) as connection:
        states = connection.execute(select(HelpRequestRow.state, func.length(HelpRequestRow.sealed))).all()
        changed = connection.execute(
            select(AuditEvent.fields).where(AuditEvent.kind == Audited.HOLD_CHANGED)
        ).scalars()
        assert len(list(changed)) == 2
    assert sorted(row.state for row in states) == ["closed", "erased"]
    assert receipts_by_rule(office)["request", "erased"] == 1


def test_a_hold_that_ends_leaves_what_nobody_wants_erased(office: Office) -> None:
    request = office.leave()
    keys = office.keys.current()
    with writing(office.engine) as connection:
        legal_holds.hold(connection, keys, request, "A court asked.", office.actor())
        assert not legal_holds.release(connection, keys, request, "The case is over.", office.actor())
    assert office.kinds(request)[-2:] == ["held", "released"]
    assert not office.opened(request).row.legal_hold
