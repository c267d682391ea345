"""The office calls a resident: the officer first, then the resident, who hears nothing that reveals."""

import pytest

from ivr.simulator import FakeCarrier, Heard
from ivr.words.prompts import Prompt
from ivr.words.utterances import spell_phone_number
from resident_app.casework.calls import office_calls
from resident_app.database import writing
from resident_app.intake.call_endings import CallEnding
from resident_app.intake.call_tables import CallStage
from resident_app.languages import load_languages
from tests.ivr.office import INTERPRETER, OFFICER, RESIDENT, STAFF, Office

LANGUAGES = load_languages()
LINE = "+13603594454"
VOICELESS = [*(code for code, language in LANGUAGES.items() if not language.has_voice), "other"]
MACHINES = ["machine_end_beep", "machine_end_silence", "machine_end_other", "machine_start", "fax"]


def test_officer_and_resident_meet(on_both: Office, provider: FakeCarrier) -> None:
    office, call = on_both, on_both.begin("ko")
    office.advance()
    officer = provider.ringing(OFFICER)
    assert officer.leg.form["From"] == LINE
    officer.pick_up()
    assert "Korean" in officer.text
    assert "I have a question" in officer.text
    assert RESIDENT[-4:] not in officer.text
    assert office.look(call).stage is CallStage.RINGING_OFFICER
    officer.press("5")
    assert officer.conference == f"c-{office.token}"
    assert office.look(call).stage is CallStage.OFFICER_READY

    resident = office.resident_rings()
    assert (resident.leg.form["From"], resident.leg.form["MachineDetection"]) == (LINE, "DetectMessageEnd")
    resident.pick_up("human")
    assert {(heard.language, heard.text) for heard in resident.heard} == {
        ("ko-KR", LANGUAGES["ko"].spoken(Prompt.OFFICE_CALLS.value))
    }
    assert not resident.conference, "even a person must press a key"
    resident.press("#")
    assert resident.text == LANGUAGES["ko"].spoken(Prompt.OFFICE_CALLS_WAIT.value)
    assert resident.with_others == {OFFICER}
    assert office.look(call).stage is CallStage.TALKING

    officer.hang_up()
    assert resident.is_over
    found = office.look(call)
    assert (found.ended, found.answered_by) == (CallEnding.FINISHED, "person")
    assert not office.row(call).sealed, "the numbers go with the call"
    office.settle()
    assert office.legs(call) == {"officer": "over", "resident": "over"}
    assert len(provider.legs) == 2


def test_a_resident_who_hangs_up_ends_it(office: Office) -> None:
    call, officer = office.begin(), office.officer_ready()
    office.resident_rings().pick_up("human").press("1").hang_up()
    assert officer.is_over
    assert officer.text == "The call is over."
    assert office.look(call).ended is CallEnding.FINISHED


@pytest.mark.parametrize(
    ("status", "because"),
    [
        ("busy", CallEnding.OFFICER_BUSY),
        ("no-answer", CallEnding.OFFICER_NO_ANSWER),
        ("failed", CallEnding.NOT_MADE),
        ("canceled", CallEnding.OFFICER_NO_ANSWER),
    ],
)
def test_an_officer_who_does_not_answer(
    office: Office, provider: FakeCarrier, status: str, because: CallEnding
) -> None:
    call = office.begin()
    office.advance()
    provider.ringing(OFFICER).hang_up(status)
    assert office.look(call).ended is because
    office.advance()
    assert len(provider.legs) == 1, "the resident is not rung"


def test_an_officers_answering_machine_presses_no_key(office: Office, provider: FakeCarrier) -> None:
    call = office.begin()
    office.advance()
    assert provider.ringing(OFFICER).pick_up().wait().is_over
    assert office.look(call).ended is CallEnding.OFFICER_NO_KEY
    office.advance()
    assert len(provider.legs) == 1


@pytest.mark.parametrize(
    ("status", "because"),
    [("busy", CallEnding.BUSY), ("no-answer", CallEnding.NO_ANSWER), ("failed", CallEnding.UNREACHABLE)],
)
def test_the_officer_hears_that_nobody_answered(office: Office, status: str, because: CallEnding) -> None:
    call, officer = office.begin(), office.officer_ready()
    office.resident_rings().hang_up(status)
    found = office.look(call)
    assert found.ended is because
    office.advance()
    assert officer.is_over
    assert officer.text == found.ended_words


@pytest.mark.parametrize(
    ("voicemail_ok", "prompt"), [(True, Prompt.OFFICE_CALLS_BACK), (False, Prompt.OFFICE_CALLS)]
)
def test_only_with_permission_a_person_hears_that_it_is_the_call_back(
    office: Office, voicemail_ok: bool, prompt: Prompt
) -> None:
    """Whether the carrier knows that a person answered or not; the key connects in either case."""
    for language in LANGUAGES.on_the_phone():
        for found in ("human", "unknown"):
            call, officer = office.begin(language.code, voicemail_ok=voicemail_ok), office.officer_ready()
            resident = office.resident_rings().pick_up(found)
            assert {heard.text for heard in resident.heard} == {language.spoken(prompt.value)}
            assert resident.press("7").with_others == {OFFICER}
            assert office.look(call).stage is CallStage.TALKING
            officer.hang_up()


def test_a_person_who_hangs_up_without_a_key_was_not_reached(office: Office) -> None:
    call, officer = office.begin(voicemail_ok=True), office.officer_ready()
    office.resident_rings().pick_up("human").hang_up()
    assert office.look(call).ended is CallEnding.NO_KEY
    office.advance()
    assert officer.text == "The phone was answered, and no key was pressed."


@pytest.mark.parametrize("voicemail_ok", [True, False])
def test_a_person_who_presses_no_key_is_asked_twice(office: Office, voicemail_ok: bool) -> None:
    call, officer = office.begin("vi", voicemail_ok=voicemail_ok), office.officer_ready()
    resident = office.resident_rings().pick_up("human")
    asked = resident.text
    assert resident.wait().text == asked
    assert resident.wait().is_over
    assert office.look(call).ended is CallEnding.NO_KEY
    office.advance()
    assert officer.is_over


def test_a_machine_hears_nothing_without_permission(office: Office) -> None:
    for language in ("ko", "km"):
        for found in MACHINES:
            call, officer = office.begin(language), office.officer_ready()
            resident = office.resident_rings().pick_up(found)
            assert resident.is_over
            assert not resident.heard
            assert office.look(call).ended is CallEnding.MACHINE
            office.advance()
            assert officer.text == "An answering machine answered. It heard nothing."


def test_with_permission_a_machine_hears_the_neutral_message(office: Office) -> None:
    for language in LANGUAGES.on_the_phone():
        call, officer = office.begin(language.code, voicemail_ok=True), office.officer_ready()
        resident = office.resident_rings().pick_up("machine_end_beep")
        voice = language.phone
        words = language.spoken(Prompt.OFFICE_CALLS_MESSAGE.value, number=spell_phone_number(LINE))
        assert resident.heard == [Heard(voice.language, voice.voice, words)]
        assert resident.is_over
        assert office.look(call).ended is CallEnding.MESSAGE_LEFT
        office.advance()
        assert "message was left" in officer.text


def test_a_fax_takes_no_message(office: Office) -> None:
    call = office.begin(voicemail_ok=True)
    office.officer_ready()
    assert not office.resident_rings().pick_up("fax").heard
    assert office.look(call).ended is CallEnding.MACHINE


def test_a_message_that_is_being_left_is_not_cut_off(office: Office, provider: FakeCarrier) -> None:
    office.begin(voicemail_ok=True)
    officer = office.officer_ready()
    leg = office.resident_rings().leg
    leg.status = "in-progress"
    office.post("resident", leg.sid, AnsweredBy="machine_end_beep")
    officer.hang_up()
    office.advance(5)
    assert leg.status == "in-progress"
    office.advance(61)
    assert leg.status == "completed"


@pytest.mark.parametrize("voicemail_ok", [True, False])
def test_a_language_without_a_voice_never_turns_into_english(office: Office, voicemail_ok: bool) -> None:
    assert {"km", "so", "zh-Hant", "other"} <= set(VOICELESS)
    for code in VOICELESS:
        call, officer = office.begin(code, voicemail_ok=voicemail_ok), office.officer_ready()
        resident = office.resident_rings().pick_up("human")
        assert not resident.heard
        assert resident.with_others == {OFFICER}
        assert office.look(call).stage is CallStage.TALKING
        officer.hang_up()
        for found in ("machine_end_beep", "unknown"):
            office.begin(code, voicemail_ok=voicemail_ok)
            office.officer_ready()
            resident = office.resident_rings().pick_up(found)
            assert resident.is_over
            assert not resident.heard
            office.advance()


def test_every_language_of_the_phone_in_its_own_voice(office: Office) -> None:
    """Who is not known to be a person is asked as one: the words say nothing, and a key is needed."""
    for language in LANGUAGES.on_the_phone():
        office.begin(language.code)
        officer = office.officer_ready()
        resident = office.resident_rings().pick_up("unknown")
        assert {(heard.language, heard.voice) for heard in resident.heard} == {
            (language.phone.language, language.phone.voice)
        }
        resident.press("1")
        words = language.spoken(Prompt.OFFICE_CALLS_WAIT.value)
        assert resident.heard == [Heard(language.phone.language, language.phone.voice, words)]
        officer.hang_up()


def test_an_interpreter_joins_and_may_leave(on_both: Office, provider: FakeCarrier) -> None:
    office, call = on_both, on_both.begin("am")
    office.officer_ready()
    resident = office.resident_rings().pick_up("human").press("1")
    for staff, asks in ((STAFF + 1, False), (STAFF, True)):
        with writing(office.deployment.audited) as connection:
            assert office_calls.ask_interpreter(connection, call, staff, office.deployment.clock()) is asks
    assert office.look(call).interpreter == "wanted"
    office.advance()
    office.advance()
    assert office.look(call).interpreter == "ringing"
    interpreter = provider.ringing(INTERPRETER).pick_up()
    assert "Amharic" in interpreter.text
    assert not interpreter.conference, "an answering machine joins nobody"
    interpreter.press("1")
    assert interpreter.with_others == {OFFICER, RESIDENT}
    assert office.look(call).interpreter == "here"
    with writing(office.deployment.audited) as connection:
        assert not office_calls.ask_interpreter(connection, call, STAFF, office.deployment.clock()), (
            "there is one"
        )
    interpreter.hang_up()
    assert resident.with_others == {OFFICER}
    with writing(office.deployment.audited) as connection:
        assert office_calls.ask_interpreter(connection, call, STAFF, office.deployment.clock()), (
            "another one may be rung"
        )
    office.advance()
    provider.ringing(INTERPRETER).hang_up("no-answer")
    found = office.look(call)
    assert (found.stage, found.interpreter) == (CallStage.TALKING, "over")
    assert [leg.form["To"] for leg in provider.legs].count(INTERPRETER) == 2


def test_the_officer_ends_it_in_the_console(on_both: Office, provider: FakeCarrier) -> None:
    office, call = on_both, on_both.begin()
    officer = office.officer_ready()
    resident = office.resident_rings()
    for staff, ends in ((STAFF + 1, False), (STAFF, True), (STAFF, False)):
        with writing(office.deployment.audited) as connection:
            assert office_calls.hang_up(connection, call, staff, office.deployment.clock()) is ends
    office.advance()
    assert office.look(call).ended is CallEnding.HUNG_UP
    assert (officer.leg.status, resident.leg.status) == ("completed", "completed")
    assert office.legs(call) == {"officer": "over", "resident": "over"}


def test_an_officer_who_leaves_stops_the_ringing(office: Office) -> None:
    call, officer = office.begin("ru"), office.officer_ready()
    resident = office.resident_rings().pick_up("human")
    officer.hang_up()
    assert office.look(call).ended is CallEnding.OFFICER_LEFT
    resident.press("1")
    trouble = LANGUAGES["ru"].spoken(Prompt.SYSTEM_ERROR.value, number=spell_phone_number(LINE))
    assert resident.text == trouble, "a key that comes too late leads into no empty conference"
    assert resident.is_over
