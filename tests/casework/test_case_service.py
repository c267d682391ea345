"""What officers do with a request: each action whole or not at all, nobody's words lost."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from resident_app.casework.cases import actions
from resident_app.casework.cases.actions import CaseAction, NewMessage
from resident_app.casework.cases.timeline import note_reading
from resident_app.casework.opening import open_row
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.message_tables import OutgoingRow
from resident_app.intake.request_tables import HelpRequestRow, RequestState, TimelineRow
from resident_app.security.audit_log import AuditEvent
from tests.casework.office import CONFIGURATION, Office, open_office

CLOSE = CaseAction(state=RequestState.CLOSED, outcome="helped")
IN_HAND = CaseAction(state=RequestState.IN_HAND)
WENT = {call.code: call for call in CONFIGURATION.casework.call}


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return open_office(engine, tmp_path)


def count(office: Office, table: type) -> int:
    with reading(office.engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_all_parts_of_a_deed_come_in_one_go(office: Office) -> None:
    number = office.leave()
    action = CaseAction(
        "a note",
        NewMessage(Channel.TEXT, "words"),
        RequestState.IN_HAND,
        next_action_at=datetime(2026, 12, 1, 22, 30, tzinfo=UTC),
        sets_next_action=True,
    )
    office.casework.perform(number, action, office.actor(7), version=0)
    opened = office.opened(number)
    assert office.kinds(number) == ["received", "note", "text-out", "next-action", "state"]
    assert (opened.row.state, opened.row.next_action_at) == (
        "in-hand",
        datetime(2026, 12, 1, 22, 30, tzinfo=UTC),
    )
    assert opened.row.version == 1
    assert [line.words for line in opened.lines if line.kind == "note"] == ["a note"]
    assert [line.sending for line in opened.lines if line.kind == "text-out"] == ["waiting"]


def test_a_deed_of_which_one_part_is_refused_leaves_nothing(office: Office) -> None:
    number = office.leave(phone="", email="somebody@example.org", reach_by="email")
    with pytest.raises(actions.ContactNotAllowed):
        office.casework.perform(
            number,
            CaseAction("a note", NewMessage(Channel.TEXT, "words"), RequestState.IN_HAND),
            office.actor(),
        )
    assert office.kinds(number) == ["received"]
    assert count(office, OutgoingRow) == count(office, AuditEvent) == 0


def test_a_form_that_is_sent_twice_is_done_once(office: Office) -> None:
    number = office.leave()
    actor = office.actor(form="the same form")
    for _ in range(3):
        office.casework.perform(
            number,
            CaseAction("a note", NewMessage(Channel.TEXT, "words"), RequestState.IN_HAND),
            actor,
            version=0,
        )
    assert office.kinds(number) == ["received", "note", "text-out", "state"]
    assert count(office, OutgoingRow) == 1


def test_officers_at_once_lose_no_word_and_one_state_change_wins(office: Office) -> None:
    """Notes never conflict. Of state changes made from one version of the page, the others are refused."""
    number = office.leave()

    def write(account: int) -> bool:
        actor = office.actor(account)
        try:
            action = CaseAction(f"note {account}", state=RequestState.IN_HAND if account % 2 else None)
            office.casework.perform(number, action, actor, version=office.opened(number).row.version)
        except (actions.StaleVersion, actions.InvalidTransition):
            office.casework.perform(number, CaseAction(f"note {account}"), actor)
            return False
        return bool(account % 2)

    with ThreadPoolExecutor(8) as pool:
        changed = list(pool.map(write, range(1, 13)))
        while not any(changed):  # every page was out of date when it was sent: send again, as people do
            changed = list(pool.map(write, range(1, 13, 2)))
    assert {line.words for line in office.opened(number).lines if line.kind == "note"} == {
        f"note {account}" for account in range(1, 13)
    }
    assert office.kinds(number).count("state") == changed.count(True) == 1


@pytest.mark.parametrize(
    ("old", "new", "may"),
    [
        (RequestState.RECEIVED, RequestState.IN_HAND, True),
        (RequestState.RECEIVED, RequestState.CLOSED, True),
        (RequestState.IN_HAND, RequestState.RECEIVED, True),
        (RequestState.TRIED, RequestState.CLOSED, True),
        (RequestState.CLOSED, RequestState.IN_HAND, True),
        (RequestState.CLOSED, RequestState.TRIED, False),
        (RequestState.CLOSED, RequestState.RECEIVED, False),
        (RequestState.RECEIVED, RequestState.ERASED, False),
        (RequestState.IN_HAND, RequestState.IN_HAND, False),
    ],
)
def test_a_request_goes_only_by_the_ways_there_are(
    office: Office, old: RequestState, new: RequestState, may: bool
) -> None:
    number = office.leave(state=old.value)
    action = CaseAction(state=new, outcome="helped", reason="because they asked")
    if may:
        office.casework.perform(number, action, office.actor())
        assert office.opened(number).row.state == new.value
    else:
        with pytest.raises(actions.InvalidTransition):
            office.casework.perform(number, action, office.actor())


def test_closing_needs_an_outcome_and_reopening_a_reason(office: Office) -> None:
    number = office.leave()
    for outcome in ("", "merged", "nonsense"):
        with pytest.raises(actions.ReasonRequired):
            office.casework.perform(number, replace(CLOSE, outcome=outcome), office.actor())
    for without in (CLOSE, replace(CLOSE, message=NewMessage(Channel.TEXT, "a message is no contact yet"))):
        with pytest.raises(actions.NoteRequired):
            office.casework.perform(number, without, office.actor())
    office.casework.perform(number, replace(CLOSE, note="they wrote to the wrong office"), office.actor())
    assert office.opened(number).row.closed_at == office.now
    with pytest.raises(actions.ReasonRequired):
        office.casework.perform(number, IN_HAND, office.actor())
    office.casework.perform(number, replace(IN_HAND, reason="they called again"), office.actor())
    row = office.opened(number).row
    assert (row.closed_at, row.outcome, row.state) == (None, "", "in-hand")


def test_who_is_given_a_request_has_it_in_hand(office: Office) -> None:
    number = office.leave()
    office.casework.assign(number, 5, office.actor(3), "speaks Korean")
    opened = office.opened(number)
    assert (opened.row.assigned_to, opened.row.state) == (5, "in-hand")
    assert [(line.actor_id, line.subject, line.words) for line in opened.lines[:1]] == [
        (3, 5, "speaks Korean")
    ]


def test_merged_requests_have_one_timeline_and_can_be_separated(office: Office) -> None:
    first, second, third = (office.leave(message=str(number)) for number in range(3))
    office.casework.merge(third, second, office.actor())
    with pytest.raises(actions.CannotMerge):
        office.casework.merge(third, first, office.actor())
    office.casework.merge(second, first, office.actor())
    opened = office.opened(first)
    assert {row.id for row in opened.merged} == {second, third}
    assert {line.words for line in opened.lines if line.kind == "received"} == {"0", "1", "2"}
    assert office.kinds(first).count("merged") == 4
    with pytest.raises(actions.InvalidTransition):
        office.casework.perform(second, replace(IN_HAND, reason="x"), office.actor())
    office.casework.separate(second, office.actor())
    assert office.opened(second).row.state == "received"
    closed = office.leave(state=RequestState.CLOSED, outcome="answered", closed_at=office.now)
    office.casework.merge(closed, first, office.actor())
    office.casework.separate(closed, office.actor())
    row = office.opened(closed).row
    assert (row.state, row.outcome, row.merged_into) == ("closed", "answered", None), (
        "it is again what it was"
    )
    for one, other in ((first, first), (first, 99)):
        with pytest.raises(actions.ActionRefused):
            office.casework.merge(one, other, office.actor())


def test_a_held_request_is_merged_with_held_ones_alone(office: Office) -> None:
    first, second = office.leave(legal_hold=True), office.leave()
    with pytest.raises(actions.CannotMerge):
        office.casework.merge(first, second, office.actor())


def test_how_a_call_went_is_told_to_the_sender(office: Office) -> None:
    number = office.leave()
    office.casework.record_call(number, None, WENT["no-answer"], office.actor())
    row = office.opened(number).row
    assert (row.state, row.tried_on, row.last_contact_at) == ("tried", date(2026, 11, 22), office.now)
    office.now += timedelta(days=1)
    office.casework.record_call(number, None, WENT["reached"], office.actor())
    row = office.opened(number).row
    assert (row.state, row.tried_on) == ("in-hand", date(2026, 11, 22))


def test_another_try_is_planned_unless_a_later_day_is(office: Office) -> None:
    monday, later = (CONFIGURATION.calendar.ends_at(date(2026, *day)) for day in ((11, 23), (12, 9)))
    number = office.leave()
    office.casework.record_call(number, None, WENT["no-answer"], office.actor(), monday)
    assert office.opened(number).row.next_action_at == monday
    office.now += timedelta(days=1)
    office.casework.record_call(number, None, WENT["message"], office.actor())
    assert office.opened(number).row.next_action_at == monday
    office.casework.record_call(number, None, WENT["reached"], office.actor())
    assert office.opened(number).row.next_action_at is None, "the try that was planned is over"
    planned = CaseAction(sets_next_action=True, next_action_at=later)
    office.casework.perform(number, planned, office.actor())
    office.casework.record_call(number, None, WENT["other-person"], office.actor(), monday)
    office.casework.record_call(number, None, WENT["reached"], office.actor())
    assert office.opened(number).row.next_action_at == later


def test_the_day_of_a_try_is_the_offices_day(office: Office) -> None:
    office.now = office.now.replace(hour=3)
    number = office.leave()
    office.casework.perform(number, CaseAction(state=RequestState.TRIED), office.actor())
    assert office.opened(number).row.tried_on == date(2026, 11, 21)


def test_corrected_contact_details_replace_the_old_ones_and_keep_the_words(office: Office) -> None:
    number = office.leave()
    before = office.opened(number)
    assert before.request
    changed = replace(before.request, phone="+12065550199", voicemail_ok=True, message="not taken")
    office.casework.change_contact(number, changed, office.actor())
    after = office.opened(number)
    assert after.request
    assert (after.request.phone, after.request.voicemail_ok) == ("+12065550199", True)
    assert (after.request.message, after.reference) == ("marked words", before.reference)
    assert before.row.sealed != after.row.sealed


@pytest.mark.parametrize("column", ["erasure_requested_at", "contact_removed_at"])
def test_who_wants_to_be_erased_is_not_written_to(office: Office, column: str) -> None:
    number = office.leave(**{column: office.now})
    with pytest.raises(actions.ContactNotAllowed):
        office.casework.perform(number, CaseAction(message=NewMessage(Channel.TEXT, "words")), office.actor())


def test_an_erased_request_is_gone_for_the_office(office: Office) -> None:
    number = office.leave(state=RequestState.ERASED)
    with pytest.raises(actions.RequestGone):
        office.casework.perform(number, CaseAction("a note"), office.actor())


def test_the_words_are_sealed_to_their_place(office: Office) -> None:
    """No word of an officer is readable in the database, and none opens in another request's timeline."""
    number, other = office.leave(), office.leave()
    office.casework.perform(
        number, CaseAction("marked note", NewMessage(Channel.TEXT, "marked text")), office.actor()
    )
    with writing(office.engine) as connection:
        for row in connection.execute(select(TimelineRow.__table__)):
            assert b"marked" not in (row.sealed or b"")
        connection.execute(update(TimelineRow).where(TimelineRow.kind == "note").values(request_id=other))
    assert [line.words for line in office.opened(other).lines if line.kind == "note"] == [None]


def test_reading_is_told_once_in_a_while(office: Office) -> None:
    number = office.leave()
    for minutes, staff in ((0, 1), (5, 1), (5, 2), (40, 1)):
        office.now += timedelta(minutes=minutes)
        with writing(office.engine) as connection:
            note_reading(connection, number, staff, office.now)
    assert office.kinds(number) == ["received", "read", "read", "read"]


def test_a_request_sealed_to_a_lost_key_is_shown_as_that(office: Office, tmp_path: Path) -> None:
    number = office.leave()
    (tmp_path / "lost").mkdir()
    stranger = open_office(office.engine, tmp_path / "lost")
    opened = stranger.opened(number)
    assert opened.request is None
    assert opened.lines[0].words is None
    with pytest.raises(actions.RequestUnreadable):
        stranger.casework.perform(
            number, CaseAction(message=NewMessage(Channel.TEXT, "words")), stranger.actor()
        )


def test_every_change_is_in_the_audit_log_without_a_word(office: Office) -> None:
    number = office.leave()
    office.casework.perform(number, CaseAction("marked note", state=RequestState.IN_HAND), office.actor(4))
    with reading(office.engine) as connection:
        [event] = connection.execute(select(AuditEvent.__table__)).all()
        row = connection.execute(select(HelpRequestRow.__table__)).one()
    assert (event.kind, event.actor_id) == ("request-changed", 4)
    assert event.fields == f'{{"request": {number}, "state": "in-hand", "what": "note+state"}}'
    assert open_row(row, office.keys.current())[1]
