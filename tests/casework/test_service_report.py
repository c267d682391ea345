"""Figures of how people were served: known numbers, nobody left out, nothing small said."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, update

from resident_app.casework.cases.queue_query import QueueClock, QueueView, count_matches
from resident_app.casework.reports.cell_suppression import Suppression
from resident_app.casework.reports.counting import Measure, OriginAndChannel, Period, ReportColumn, counted
from resident_app.casework.reports.service_report import ReportLine, ServiceReport, build_report
from resident_app.casework.reports.time_to_contact import (
    NEVER_CONTACTED,
    SurvivalEstimate,
    TimeToContact,
    estimate,
)
from resident_app.database import reading, writing
from resident_app.intake.message_tables import OutgoingRow
from resident_app.intake.request_tables import EntryKind, RequestState, TimelineRow
from tests.casework.office import CONFIGURATION
from tests.casework.served import Request, store
from tests.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CASEWORK = CONFIGURATION.casework
CLOCKS = QueueClock(NOW, CONFIGURATION.calendar, CASEWORK.overdue)
PERIOD = Period(date(2026, 11, 1), date(2026, 11, 22))
EVERY_STATE = tuple(state for state in RequestState if state is not RequestState.ERASED)
CAME = NOW - 10 * DAY


def figures(engine: Engine, period: Period = PERIOD, clocks: QueueClock = CLOCKS) -> ServiceReport:
    with reading(engine) as connection:
        found = list(counted(connection, period, clocks, CASEWORK.spoken_outcomes))
    return build_report(found, CASEWORK.outcomes, CASEWORK.figures, is_for_file=True)


def reached(after: timedelta) -> tuple[tuple[timedelta, str], ...]:
    return ((after, "reached"),)


def count(line: ReportLine, measure: Measure, outcome: str = "") -> int | None:
    return line.figure(measure, outcome).count


def line_of(found: ServiceReport, language: str) -> ReportLine:
    return next(line for line in found.languages if line.group == language)


# Waits


def test_without_anyone_waiting_it_is_the_plain_median() -> None:
    waits = [TimeToContact(hours, ended=True) for hours in (1, 2, 3, 4, 50)]
    assert estimate(0.5, waits) == SurvivalEstimate(3)
    assert estimate(0.9, waits) == SurvivalEstimate(50)


def test_a_published_example() -> None:
    """The drug arm of Freireich and others (1963): its median by Kaplan and Meier is 23 weeks."""
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    waits = sorted(
        [TimeToContact(t, ended=True) for t in ended] + [TimeToContact(t, ended=False) for t in censored]
    )
    assert estimate(0.5, waits) == SurvivalEstimate(23)
    assert estimate(0.25, waits) == SurvivalEstimate(13)
    assert estimate(0.9, waits) == SurvivalEstimate(35, at_least=True)


def test_who_still_waits_or_was_never_answered_makes_no_figure_better() -> None:
    answered = [TimeToContact(hours, ended=True) for hours in (1, 2, 3)]
    assert estimate(0.5, answered) == SurvivalEstimate(2)
    assert estimate(0.5, [*answered, *[TimeToContact(90, ended=False)] * 4]) == SurvivalEstimate(
        90, at_least=True
    )
    assert estimate(0.5, [*answered, *[NEVER_CONTACTED] * 4]) == SurvivalEstimate(3, at_least=True)
    assert estimate(0.5, [NEVER_CONTACTED]) is None
    assert estimate(0.5, []) is None


ended_waits = st.lists(st.integers(0, 50), min_size=1)


@given(ended_waits, st.lists(st.integers(0, 50)), st.integers(0, 9), st.sampled_from([0.5, 0.9]))
def test_the_unanswered_never_shorten_a_wait(
    answered: list[int], longer: list[int], never: int, share: float
) -> None:
    """Against those who were answered alone, when the others have waited at least as long."""
    top = max(answered)
    done = sorted(TimeToContact(seconds, ended=True) for seconds in answered)
    others = [TimeToContact(top + seconds, ended=False) for seconds in longer] + [NEVER_CONTACTED] * never
    alone, together = estimate(share, done), estimate(share, sorted(done + others))
    assert alone
    assert together
    assert together.seconds >= alone.seconds


# Counts


def test_known_numbers(engine: Engine) -> None:
    russian = Request(CAME, language="ru", closed=(DAY,), outcome="helped")
    store(
        engine,
        [
            *[Request(CAME, called=reached(hours * HOUR)) for hours in (1, 2, 3, 4, 5, 6)],
            *[Request(NOW - HOUR)] * 6,
            *[Request(NOW - 5 * DAY)] * 5,
            *[replace(russian, channel="text", called=((DAY, "no-answer"),), outcome="not-reached")] * 7,
            *[replace(russian, origin="phone", called=reached(DAY), closed=(DAY, 3 * DAY))] * 8,
        ],
    )
    found = figures(engine)
    korean, others = line_of(found, "ko"), line_of(found, "ru")
    assert count(found.everyone, Measure.CAME) == 32
    assert [count(korean, measure) for measure in Measure] == [17, 11, 11, 6, 0, 0]
    assert [count(others, measure) for measure in Measure] == [15, 0, 0, 8, 15, 8]
    assert count(others, Measure.CLOSED, "helped") == 8
    assert count(others, Measure.CLOSED, "not-reached") == 7
    assert others.reached_share == 8 / 15
    assert others.median == SurvivalEstimate(DAY.total_seconds())
    assert {line.group: count(line, Measure.CAME) for line in found.ways} == {
        OriginAndChannel("site", "phone"): 17,
        OriginAndChannel("site", "text"): 7,
        OriginAndChannel("phone", "phone"): 8,
    }


def test_each_figure_is_the_length_of_its_list(engine: Engine) -> None:
    store(engine, at_random(400))
    found = figures(engine)
    lists = {
        Measure.CAME: QueueView(states=EVERY_STATE),
        Measure.WAITING: QueueView(first_contact=True),
        Measure.OVERDUE: QueueView(due="overdue"),
        Measure.REACHED: QueueView(states=EVERY_STATE, reached=CASEWORK.spoken_outcomes),
        Measure.CLOSED: QueueView(states=("closed",)),
        Measure.REOPENED: QueueView(states=EVERY_STATE, reopened=True),
    }
    checked = 0
    with reading(engine) as connection:
        for line in [found.everyone, *found.languages, *found.ways]:
            for column, figure in line.figures.items():
                view = replace(
                    lists[column.measure], outcome=column.outcome, since=PERIOD.since, until=PERIOD.until
                )
                if isinstance(line.group, OriginAndChannel):
                    view = replace(view, origin=line.group.origin, channel=line.group.channel)
                elif line.group is not None:
                    view = replace(view, spoken=line.group)
                if figure.count is not None:
                    assert figure.count == count_matches(connection, view, CLOCKS), (line.group, column)
                    checked += 1
    assert checked > 60


def test_a_day_begins_at_the_offices_midnight(engine: Engine) -> None:
    """Also on the day that has 25 hours."""
    last = datetime(2026, 11, 2, 7, 59, 59, tzinfo=UTC)
    first = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
    second = timedelta(seconds=1)
    store(engine, [Request(at) for at in [first, last] * 4 + [first - second, last + second]])
    assert (
        figures(engine, Period(date(2026, 11, 1), date(2026, 11, 1))).everyone.figure(Measure.CAME).count == 8
    )


def test_the_merged_and_the_erased_are_not_counted(engine: Engine) -> None:
    store(engine, [Request(CAME)] * 6)
    merged = Request(CAME, outcome="merged", columns={"merged_into": 1})
    erased = Request(CAME, columns={"state": RequestState.ERASED})
    store(engine, [merged, erased], first=7)
    assert count(figures(engine).everyone, Measure.CAME) == 6


@pytest.mark.parametrize(
    ("state", "delivery", "waiting"),
    [("sent", "delivered", 0), ("sent", "undelivered", 6), ("sent", None, 6), ("failed", None, 6)],
)
def test_a_text_counts_once_it_has_arrived(
    engine: Engine, state: str, delivery: str | None, waiting: int
) -> None:
    has_arrived = delivery == "delivered"
    sent_columns = {"last_contact_at": CAME + HOUR if has_arrived else CAME}
    store(engine, [Request(CAME, entries=((EntryKind.TEXT_OUT, HOUR),), columns=sent_columns)] * 6)
    with writing(engine) as connection:
        message = {"id": 1, "key": "a" * 32, "channel": "text", "state": state, "delivery": delivery}
        connection.execute(
            insert(OutgoingRow).values(message | {"created_at": CAME, "sealed": b"", "sealed_to": ""})
        )
        connection.execute(update(TimelineRow).values(outgoing_id=1))
    found = figures(engine).everyone
    assert count(found, Measure.WAITING) == waiting
    assert found.median == (
        SurvivalEstimate(3600)
        if has_arrived
        else SurvivalEstimate((NOW - CAME).total_seconds(), at_least=True)
    )


def test_to_read_and_to_note_is_no_contact(engine: Engine) -> None:
    looked_at = ((EntryKind.READ, HOUR), (EntryKind.NOTE, HOUR))
    store(engine, [Request(CAME, entries=looked_at, called=((5 * HOUR, "no-answer"),))] * 6)
    assert figures(engine).everyone.median == SurvivalEstimate(5 * 3600)


def test_to_close_without_a_contact_makes_no_wait_shorter(engine: Engine) -> None:
    closed = Request(CAME, closed=(HOUR,), outcome="not-reached")
    store(engine, [Request(CAME, called=reached(5 * HOUR))] * 5 + [closed] * 6)
    assert figures(engine).everyone.median == SurvivalEstimate(5 * 3600, at_least=True)


def test_a_reply_is_a_person_reached(engine: Engine) -> None:
    store(engine, [Request(CAME, entries=((EntryKind.TEXT_OUT, HOUR), (EntryKind.TEXT_IN, 2 * HOUR)))] * 6)
    assert count(figures(engine).everyone, Measure.REACHED) == 6


def test_opened_again_by_its_sender_counts(engine: Engine) -> None:
    """Adding to a closed request opens it without a line of the office's."""
    store(engine, [Request(CAME, called=reached(HOUR), closed=(2 * HOUR,))] * 6)
    assert count(figures(engine).everyone, Measure.REOPENED) == 6


def test_a_period_without_anyone(engine: Engine) -> None:
    found = figures(engine)
    assert count(found.everyone, Measure.CAME) == 0
    assert found.everyone.median is None
    assert not found.languages
    assert not found.uneven


# What stands out, and what is hidden


def test_a_language_that_waits_much_longer_stands_out(engine: Engine) -> None:
    store(
        engine,
        [
            *[Request(CAME, language="en", called=reached(5 * HOUR))] * 20,
            *[Request(CAME, language="ko", called=reached(3 * DAY))] * 10,
            *[Request(CAME, language="ru", called=reached(9 * DAY))] * 9,
            *[Request(CAME, language="vi", called=reached(28 * HOUR))] * 10,
        ],
    )
    (one,) = figures(engine).uneven
    assert one.language == "ko"
    assert one.median == SurvivalEstimate(3 * 86_400)
    assert one.rest == SurvivalEstimate(5 * 3600)


def test_a_language_that_nobody_answers_stands_out(engine: Engine) -> None:
    """There is no first contact to measure, and that is the point."""
    store(
        engine,
        [
            *[Request(CAME, language="en", called=reached(5 * HOUR))] * 20,
            *[Request(CAME, language="ko")] * 10,
        ],
    )
    (one,) = figures(engine).uneven
    assert one.median == SurvivalEstimate((NOW - CAME).total_seconds(), at_least=True)


def test_nothing_of_a_small_group_is_said(engine: Engine) -> None:
    store(
        engine,
        [
            *[Request(CAME, language="en", called=reached(HOUR))] * 20,
            *[Request(CAME, language="ko", called=reached(HOUR))] * 9,
            *[Request(CAME, language="so", called=reached(DAY), closed=(DAY,), outcome="helped")] * 2,
        ],
    )
    found = figures(engine)
    small, next_smallest = line_of(found, "so"), line_of(found, "ko")
    assert {figure.hidden for figure in small.figures.values()} == {Suppression.FEW}
    assert (small.median, small.ninetieth, small.reached_share) == (None, None, None)
    assert next_smallest.figure(Measure.CAME).hidden is Suppression.WITHHELD
    assert next_smallest.reached_share is None
    assert next_smallest.median == SurvivalEstimate(3600)
    assert next(line.group for line in found.languages) == "en"
    assert found.everyone.figure(Measure.CLOSED).hidden is Suppression.FEW


def test_a_hidden_group_is_not_betrayed_by_its_place(engine: Engine) -> None:
    """Hidden ones are in the order of their codes, whatever their numbers."""
    sizes = {"vi": 4, "am": 1, "so": 3, "en": 30}
    store(engine, [Request(CAME, language=code) for code, size in sizes.items() for _ in range(size)])
    assert [line.group for line in figures(engine).languages] == ["en", "am", "so", "vi"]


def at_random(number: int) -> list[Request]:
    """Requests as an office may have them, the same each time."""
    draw = random.Random(5)
    outcomes = [code for code in CASEWORK.outcomes if code != "merged"]
    made = []
    for _ in range(number):
        came = NOW - draw.uniform(0, 20) * DAY
        age = NOW - came
        calls = [(draw.random() * age, draw.choice(["reached", "message", "no-answer"]))] * draw.choice(
            [0, 1, 1]
        )
        closings = [draw.random() * age for _ in range(draw.choice([0, 0, 1, 1, 2]))]
        made.append(
            Request(
                came,
                language=draw.choices(["en", "es", "ko", "vi", "so"], [50, 30, 15, 12, 3])[0],
                channel=draw.choice(["phone", "text", "email"]),
                origin=draw.choice(["site", "site", "phone"]),
                called=tuple(calls),
                closed=tuple(closings),
                outcome=draw.choice(outcomes) if closings and draw.random() < 0.8 else "",
            )
        )
    return made


def test_columns_are_all_there(engine: Engine) -> None:
    store(engine, [Request(CAME, closed=(HOUR,), outcome="a-code-of-old")] * 6)
    found = figures(engine)
    assert [*CASEWORK.outcomes, "a-code-of-old"] == list(found.outcomes)
    assert found.everyone.figures[ReportColumn(Measure.CLOSED, "a-code-of-old")].count == 6
