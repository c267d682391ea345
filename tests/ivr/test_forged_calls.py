"""A writer to the database can have no phone rung: what the office did not ask for is refused."""

import secrets
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from resident_app.casework.calls import office_calls
from resident_app.casework.calls.interpreters import ALWAYS, Interpreter
from resident_app.database import reading, writing
from resident_app.database_roles import DatabaseRole
from resident_app.intake.aad import call_aad
from resident_app.intake.call_endings import CallEnding
from resident_app.intake.call_tables import CallLegRow, CallStage, LegParty, OfficeCallRow
from resident_app.intake.help_request import seal_json
from resident_app.security.audit_log import Audited, AuditEvent
from tests.ivr.office import INTERPRETER, OFFICER, RESIDENT, STAFF, Office
from tests.roles import engine_as

ATTACKER, VICTIM, CHOSEN = "+12065550199", "+12065550198", "+12065550144"


def write(office: Office, *statements: Any) -> None:
    with writing(office.deployment.engine) as connection:
        for statement in statements:
            connection.execute(statement)


def stored(office: Office, call: int) -> dict[str, Any]:
    """A row as a backup has it."""
    with reading(office.deployment.engine) as connection:
        chosen = select(OfficeCallRow.__table__).where(OfficeCallRow.id == call)
        return dict(connection.execute(chosen).one()._mapping)


def put_back(office: Office, row: Mapping[str, Any]) -> None:
    write(
        office,
        delete(CallLegRow).where(CallLegRow.call_id == row["id"]),
        delete(OfficeCallRow).where(OfficeCallRow.id == row["id"]),
        insert(OfficeCallRow).values(**{**row, "updated_at": office.deployment.clock()}),
    )


def sealed_by_attacker(office: Office, token: str) -> dict[str, object]:
    numbers = {"officer": ATTACKER, "resident": VICTIM}
    box = seal_json(numbers, office.keys.current().newest.public, call_aad(token))
    return {"sealed": box.sealed, "sealed_to": box.sealed_to}


def refused(office: Office) -> int:
    with reading(office.deployment.engine) as connection:
        found = select(AuditEvent.fields).where(AuditEvent.kind == Audited.ROW_REFUSED.value)
        return len([one for one in connection.scalars(found) if '"office_call"' in one])


def rung(office: Office) -> list[str]:
    return [leg.form["To"] for leg in office.provider.legs]


@pytest.mark.parametrize("stage", [CallStage.WAITING, CallStage.OFFICER_READY])
def test_a_forged_call_rings_nobody(on_both: Office, stage: CallStage) -> None:
    office, token = on_both, secrets.token_hex(16)
    now = office.deployment.clock()
    row = {
        "token": token,
        "request_id": office.request(),
        "actor_id": STAFF,
        "stage": stage,
        "created_at": now,
        "updated_at": now,
        "spoken_language": "ko",
        "topic": "question",
        **sealed_by_attacker(office, token),
    }
    write(office, insert(OfficeCallRow).values(**row))
    office.advance()
    office.settle()
    assert rung(office) == []
    with reading(office.deployment.engine) as connection:
        [call] = connection.scalars(select(OfficeCallRow.id))
    assert office.look(call).ended is CallEnding.NOT_AUTHORIZED
    assert refused(office) == 1


@pytest.mark.parametrize(
    "changed", ["numbers", "voicemail_ok", "spoken_language", "topic", "request_id", "actor_id"]
)
def test_a_genuine_call_that_was_changed_rings_nobody(on_both: Office, changed: str) -> None:
    office = on_both
    call = office.begin()
    changes: dict[str, object] = {
        "numbers": sealed_by_attacker(office, office.token),
        "voicemail_ok": {"voicemail_ok": True},
        "spoken_language": {"spoken_language": "en"},
        "topic": {"topic": "other"},
        "request_id": {"request_id": office.request()},
        "actor_id": {"actor_id": STAFF + 1},
    }
    values = changes[changed]
    assert isinstance(values, dict)
    write(office, update(OfficeCallRow).where(OfficeCallRow.id == call).values(**values))
    office.advance()
    office.settle()
    assert rung(office) == []
    assert office.look(call).ended is CallEnding.NOT_AUTHORIZED


def test_an_ended_call_that_is_put_back_rings_nobody(on_both: Office) -> None:
    office = on_both
    call = office.begin()
    before = stored(office, call)
    office.officer_ready()
    office.resident_rings()
    assert rung(office) == [OFFICER, RESIDENT]
    put_back(office, before)
    office.advance()
    put_back(office, {**before, "stage": CallStage.OFFICER_READY})
    office.advance()
    office.settle()
    assert rung(office) == [OFFICER, RESIDENT]
    assert refused(office) == 2


def test_an_interpreter_is_rung_only_if_the_officer_asks(on_both: Office) -> None:
    office = on_both
    call = office.begin()
    office.officer_ready()
    office.resident_rings().pick_up("human").press("1")
    write(office, update(OfficeCallRow).values(wants_interpreter=True))
    office.advance()
    assert rung(office) == [OFFICER, RESIDENT]
    assert refused(office) == 1
    assert office.look(call).stage is CallStage.TALKING, "the two who talk are not disturbed"
    with writing(engine_as(office.deployment.audited, DatabaseRole.CONSOLE)) as connection:
        asked = office_calls.ask_interpreter(connection, call, STAFF, office.deployment.clock())
    assert asked
    office.advance()
    assert rung(office) == [OFFICER, RESIDENT, INTERPRETER]
    write(
        office,
        delete(CallLegRow).where(CallLegRow.who == LegParty.INTERPRETER),
        update(OfficeCallRow).values(wants_interpreter=True),
    )
    office.advance()
    assert rung(office) == [OFFICER, RESIDENT, INTERPRETER], "the authorization of before was used"


def test_the_interpreter_whom_the_officer_chose_is_rung_and_nobody_else(on_both: Office) -> None:
    office = on_both
    call = office.begin()
    office.officer_ready()
    office.resident_rings().pick_up("human").press("1")
    chosen = Interpreter("Kim", ("ko",), CHOSEN, ALWAYS, id=4)
    for phone in (ATTACKER, "", CHOSEN):
        with writing(engine_as(office.deployment.audited, DatabaseRole.CONSOLE)) as connection:
            now = office.deployment.clock()
            assert office_calls.ask_interpreter(connection, call, STAFF, now, chosen)
        write(office, update(OfficeCallRow).values(interpreter_phone=phone))
        office.advance()
    assert rung(office) == [OFFICER, RESIDENT, CHOSEN]
    assert refused(office) == 2
