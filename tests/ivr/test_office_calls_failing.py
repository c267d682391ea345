"""Calls from the office when something repeats, comes late, dies or is refused: nobody is rung twice."""

import subprocess
import sys
import threading

import pytest

from ivr.carrier.client import CarrierClient, CarrierError
from ivr.simulator import FakeCarrier
from ivr.simulator.twiml_reader import read
from resident_app.casework.calls import office_calls
from resident_app.casework.calls.office_calls import CallInProgress
from resident_app.database import writing
from resident_app.intake.call_endings import CallEnding
from resident_app.intake.call_tables import CallStage
from resident_app.settings import REPOSITORY
from resident_app.worker.call_placement import CallPlacer
from tests.ivr.office import OFFICER, RESIDENT, STAFF, Office


def test_a_call_that_ends_while_a_worker_looks_at_it_is_not_made(
    on_both: Office, provider: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, call = on_both, on_both.begin()

    def ends_now(_number: str) -> bool:
        with writing(office.deployment.engine) as connection:
            office_calls.hang_up(connection, call, STAFF, office.deployment.clock())
        return True

    monkeypatch.setattr("resident_app.worker.call_placement.can_be_called_back", ends_now)
    office.advance()
    assert office.look(call).ended is CallEnding.HUNG_UP
    assert not provider.legs


def test_what_the_provider_repeats_changes_nothing(on_both: Office, provider: FakeCarrier) -> None:
    office, call = on_both, on_both.begin()
    officer = office.officer_ready()
    again = office.post("officer/key", officer.leg.sid, Digits="1")
    assert "<Conference" in again[1]
    resident = office.resident_rings().pick_up("human").press("1")
    talking = office.row(call)
    for path in ("resident/key", "officer/key"):
        sid = (resident if "resident" in path else officer).leg.sid
        assert "<Conference" in office.post(path, sid, Digits="1")[1]
    office.post("resident", resident.leg.sid, AnsweredBy="machine_end_beep")
    assert office.post("resident/status", resident.leg.sid, CallStatus="in-progress", SequenceNumber="9")
    assert office.row(call) == talking
    officer.hang_up()
    ended = office.row(call)
    for who, status in (("officer", "completed"), ("resident", "busy"), ("resident", "completed")):
        sid = (resident if who == "resident" else officer).leg.sid
        assert office.post(f"{who}/status", sid, CallStatus=status) == (204, "")
    assert "Hangup" in office.post("officer/key", officer.leg.sid, Digits="1")[1]
    assert "<Conference" not in office.post("resident/key", resident.leg.sid, Digits="1")[1]
    assert office.row(call) == ended
    office.settle()
    assert len(provider.legs) == 2


def test_a_call_sent_twice_is_one_and_an_officer_has_one_at_a_time(on_both: Office) -> None:
    office, request = on_both, on_both.request()
    call = office.begin(request=request)
    assert office.begin(request=request, token=office.token) == call
    for other in ({"staff": STAFF}, {"request": request, "staff": STAFF + 1}):
        with pytest.raises(CallInProgress) as refused:
            office.begin(**other)  # type: ignore[arg-type]
        assert refused.value.call == call
    office.deployment.clock.pass_by(61)
    assert office.begin(request=request) != call, "what is stuck stands in nobody's way"
    assert office.look(call).ended is CallEnding.TOO_LATE


def test_only_the_provider_and_only_about_its_own_legs(office: Office, provider: FakeCarrier) -> None:
    call, officer = office.begin(), office.officer_ready()
    assert office.post("officer", officer.leg.sid, token="another")[0] == 403
    before = office.row(call)
    for path in ("officer", "officer/key", "officer/over", "resident", "resident/key", "interpreter/key"):
        status, document = office.post(path, "CA" + "9" * 32, Digits="1", AnsweredBy="human")
        assert status == 200
        assert [verb.tag for verb in read(document)][-1] == "Hangup"
        assert "Conference" not in document
    assert office.post("officer/status", "CA" + "9" * 32, CallStatus="completed")[0] == 204
    assert office.post("somebody/status", officer.leg.sid, CallStatus="completed")[0] == 204
    assert office.row(call) == before
    office.token = "0" * 32
    assert [verb.tag for verb in read(office.post("officer", officer.leg.sid)[1])] == ["Say", "Hangup"]
    assert [verb.tag for verb in read(office.post("resident", officer.leg.sid)[1])] == ["Hangup"]


def test_a_fault_is_heard_by_nobody(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.begin()
    office.officer_ready()
    resident = office.resident_rings()

    def broken(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr("ivr.webhooks.staff_calls.identify_leg", broken)
        assert office.post("resident/status", resident.leg.sid, CallStatus="completed")[0] == 503
        status, document = office.post("resident", resident.leg.sid, AnsweredBy="human")
    assert (status, [verb.tag for verb in read(document)]) == (200, ["Hangup"])


def test_two_workers_ring_once(on_both: Office, provider: FakeCarrier) -> None:
    office, workers = on_both, [on_both.worker() for _ in range(4)]
    office.begin()
    together = threading.Barrier(len(workers))

    def advance(worker: CallPlacer) -> None:
        together.wait()
        worker.advance(office.deployment.clock())

    def all_advance() -> None:
        threads = [threading.Thread(target=advance, args=[worker]) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    all_advance()
    assert [leg.form["To"] for leg in provider.legs] == [OFFICER]
    provider.ringing(OFFICER).pick_up().press("1")
    all_advance()
    assert [leg.form["To"] for leg in provider.legs] == [OFFICER, RESIDENT]


def test_a_worker_that_dies_rings_nobody_twice(
    on_both: Office, provider: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, call = on_both, on_both.begin()

    def dies(*_: object, **__: object) -> str:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(CarrierClient, "call", dies)
        with pytest.raises(SystemExit):
            office.advance()
    office.calling = office.worker()
    office.advance()
    assert office.look(call).stage is CallStage.RINGING_OFFICER
    assert not provider.legs
    office.settle()
    assert office.look(call).ended is CallEnding.OFFICER_NO_ANSWER
    assert not office.row(call).sealed
    office.settle()
    assert office.legs(call) == {"officer": "over"}
    assert not provider.legs


def test_a_leg_whose_id_the_worker_never_heard_goes_on(
    office: Office, provider: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was rung, and the provider's answer was lost: the leg's own requests tell who it is."""
    call, ring = office.begin(), CarrierClient.call

    def rings_without_an_answer(self: CarrierClient, *numbers: str, **named: object) -> str:
        ring(self, *numbers, **named)  # type: ignore[arg-type]
        failed = CarrierError(Exception())
        failed.may_be_done = True
        raise failed

    with monkeypatch.context() as patched:
        patched.setattr(CarrierClient, "call", rings_without_an_answer)
        office.advance()
    provider.ringing(OFFICER).pick_up().press("1")
    assert office.look(call).stage is CallStage.OFFICER_READY
    assert office.resident_rings().pick_up("human").press("1").with_others == {OFFICER}


def test_what_the_provider_refuses_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    call, officer = office.begin(), office.officer_ready()

    def refused(*_: object, **__: object) -> str:
        raise CarrierError(Exception())

    with monkeypatch.context() as patched:
        patched.setattr(CarrierClient, "call", refused)
        office.advance()
    assert office.look(call).ended is CallEnding.NOT_MADE
    office.advance()
    assert officer.text == "The phone company did not make the call."


def test_a_call_that_nobody_made_in_time_is_not_made_late(office: Office, provider: FakeCarrier) -> None:
    call = office.begin()
    office.advance(61)
    assert office.look(call).ended is CallEnding.TOO_LATE
    assert not provider.legs


def test_an_officer_who_waits_while_no_worker_runs_is_told(office: Office) -> None:
    call, officer = office.begin(), office.officer_ready()
    office.advance(61)
    assert office.look(call).ended is CallEnding.TOO_LATE
    office.advance()
    assert officer.is_over
    assert "Please try again" in officer.text


def test_an_end_that_the_provider_did_not_take_is_asked_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, officer = office.begin(), office.officer_ready()
    with writing(office.deployment.engine) as connection:
        office_calls.hang_up(connection, call, STAFF, office.deployment.clock())

    def away(*_: object) -> None:
        raise CarrierError(Exception())

    with monkeypatch.context() as patched:
        patched.setattr(CarrierClient, "hang_up", away)
        office.advance()
    assert not officer.is_over
    office.advance(16)
    assert officer.is_over


@pytest.mark.parametrize("number", ["+19005550100", "+8835100012345", "+12069765555"])
def test_numbers_that_cost_are_not_called(office: Office, provider: FakeCarrier, number: str) -> None:
    call = office.begin(resident=number)
    office.advance()
    assert office.look(call).ended is CallEnding.REFUSED
    assert not provider.legs


def test_a_days_calls_have_a_limit(on_both: Office, provider: FakeCarrier) -> None:
    office, request = on_both, on_both.request()
    for limits in ({"office_calls_per_request": 1}, {"office_calls": 1}):
        office.calling = office.worker(**limits)
        call = office.begin(request=request)
        office.advance()
        if provider.legs[-1].status == "ringing":
            provider.ringing(OFFICER).hang_up("busy")
            call = office.begin(request=request)
            office.advance()
        assert office.look(call).ended is CallEnding.TOO_MANY
    assert len(provider.legs) == 1
    office.deployment.clock.pass_by(86_401)
    office.begin(request=request)
    office.advance()
    assert len(provider.legs) == 2


def test_without_a_provider_nobody_waits(office: Office) -> None:
    call, context = office.begin(), office.deployment.context
    CallPlacer(context.engine, office.keys, None, context.configuration, "").advance(context.clock())
    assert office.look(call).ended is CallEnding.NOT_MADE


def test_a_leg_whose_end_nobody_told_is_let_go(office: Office, provider: FakeCarrier) -> None:
    call, officer = office.begin(), office.officer_ready()
    resident = office.resident_rings()
    officer.leg.status = "completed"
    resident.hang_up("busy")
    office.advance()
    assert office.legs(call) == {"officer": "over", "resident": "over"}
    assert provider.refused == ["the call is not in progress"]
    provider.refused.clear()


def test_no_number_stands_in_the_database(office: Office) -> None:
    office.begin()
    office.officer_ready()
    office.resident_rings().pick_up("human").press("1")
    folder = office.deployment.context.settings.instance_dir
    stored = b"".join(path.read_bytes() for path in folder.glob("resident.db*"))
    assert office.token.encode() in stored
    for number in (OFFICER, RESIDENT):
        assert number[2:].encode() not in stored


def test_the_public_process_answers_without_the_offices_key(office: Office) -> None:
    """The worker alone opens numbers: it read the key before the file went."""
    settings = office.deployment.context.settings
    assert not [name for name in type(settings).model_fields if "private" in name]
    (settings.instance_dir / "office.private.key").unlink()
    office.begin()
    office.officer_ready()
    assert office.resident_rings().pick_up("human").press("1").with_others == {OFFICER}


def test_the_public_process_has_no_way_to_open_numbers() -> None:
    program = (
        "import sys, resident_app.public_app; "
        "print([name for name in sys.modules if name.endswith('.office_calls') or '.worker' in name "
        "and name.startswith('resident_app')])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert shown.stdout.strip() == "[]"
