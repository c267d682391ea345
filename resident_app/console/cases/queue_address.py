"""Queue views in addresses: `/requests?state=open&language=ko,es&officer=me`."""

from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import date
from urllib.parse import urlencode

from resident_app.casework.cases.queue_query import NOBODY, DueState, QueueClock, QueueOrder, QueueView
from resident_app.configuration import Configuration
from resident_app.console import rendering
from resident_app.console.context import ConsoleContext
from resident_app.intake.help_request import ANOTHER_LANGUAGE
from resident_app.intake.request_tables import OPEN, RequestState
from resident_app.web.accounts.current_staff import SignedInStaff

MINE, ME = "mine", "me"
_OPEN = "open"
_STATES = {state.value for state in RequestState if state is not RequestState.ERASED}
_FIRST = "first"


def queue_clock(context: ConsoleContext) -> QueueClock:
    return QueueClock(
        context.clock(),
        context.configuration.calendar,
        context.configuration.casework.overdue,
        context.configuration.casework.queue.first,
    )


def parse_view(asked: Mapping[str, str], staff: SignedInStaff, context: ConsoleContext) -> QueueView:
    """Return the view that an address describes. Values that mean nothing are ignored."""
    codes = context.configuration.codes
    return QueueView(
        states=_states(asked.get("state", "")),
        languages=_languages(asked.get("language", ""), staff, {*context.languages, ANOTHER_LANGUAGE}),
        spoken=_one_of(asked.get("spoken", ""), {*context.languages, ANOTHER_LANGUAGE}),
        topic=_one_of(asked.get("topic", ""), codes.every_topic),
        channel=_one_of(asked.get("channel", ""), ("phone", "text", "email")),
        origin=_one_of(asked.get("origin", ""), ("site", "phone", "staff")),
        officer=_officer(asked.get("officer", ""), staff),
        given=asked.get("given") == "1",
        priority=asked.get("priority") == "1",
        tag=_one_of(asked.get("tag", ""), context.configuration.casework.tags),
        due=_one_of(asked.get("due", ""), [due.value for due in DueState]) or _overdue(asked),
        first_contact=asked.get("waiting") == _FIRST,
        reached=context.configuration.casework.spoken_outcomes if asked.get("reached") == "1" else (),
        reopened=asked.get("reopened") == "1",
        wrote=asked.get("wrote") == "1",
        undelivered=asked.get("undelivered") == "1",
        outcome=_one_of(asked.get("outcome", ""), context.configuration.casework.outcomes),
        since=_day(asked.get("from", "")),
        until=_day(asked.get("to", "")),
        order=QueueOrder(
            _one_of(asked.get("sort", ""), [order.value for order in QueueOrder]) or QueueOrder.WAITING.value
        ),
    )


def view_query(view: QueueView) -> str:
    """Return the query string of a view. `parse_view` is its inverse."""
    return urlencode(dict(_asked(view)))


def describe_view(view: QueueView, configuration: Configuration, staff_names: Mapping[int, str]) -> str:
    """Return a view in a few words."""
    words = (
        ["Open"]
        if set(view.states) == {s.value for s in OPEN}
        else [rendering.STATES[RequestState(state)] for state in view.states]
    )
    words += [rendering.language_name(code) for code in view.languages]
    words += [f"speaks {rendering.language_name(view.spoken)}"] if view.spoken else []
    words += _names((view.channel,), rendering.CHANNELS) + _names((view.due,), rendering.DUE)
    words += _names((view.outcome,), configuration.casework.outcomes)
    words += _names((view.tag,), {code: tag.name for code, tag in configuration.casework.tags.items()})
    words += _names((view.topic,), configuration.codes.every_topic)
    if view.since or view.until:
        words.append(_describe_days(view.since, view.until))
    found = {
        "With priority": view.priority,
        "Not opened yet by the officer": view.given,
        "No contact yet": view.first_contact,
        "Reached": view.reached,
        "Reopened": view.reopened,
        "They wrote": view.wrote,
        "A message was not delivered": view.undelivered,
    }
    words += [name for name, wanted in found.items() if wanted]
    if view.officer == NOBODY:
        words.append("Unassigned")
    elif view.officer:
        words.append(f"Assigned to {staff_names.get(int(view.officer), 'an account that is gone')}")
    return " · ".join(words)


def _names(codes: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return [names.get(code, code) for code in codes if code]


def _describe_days(since: date | None, until: date | None) -> str:
    if since and until:
        return f"Received {rendering.format_day(since)} to {rendering.format_day(until)}"
    return (
        f"Received from {rendering.format_day(since)}"
        if since
        else f"Received until {rendering.format_day(until)}"
    )


def _asked(view: QueueView) -> Iterator[tuple[str, str]]:
    is_open = set(view.states) == {state.value for state in OPEN}
    yield "state", _OPEN if is_open else ",".join(view.states)
    plain = {
        "language": ",".join(view.languages),
        "spoken": view.spoken,
        "topic": view.topic,
        "channel": view.channel,
        "origin": view.origin,
        "officer": view.officer,
        "given": "1" if view.given else "",
        "priority": "1" if view.priority else "",
        "tag": view.tag,
        "due": view.due,
        "waiting": _FIRST if view.first_contact else "",
        "reached": "1" if view.reached else "",
        "reopened": "1" if view.reopened else "",
        "wrote": "1" if view.wrote else "",
        "undelivered": "1" if view.undelivered else "",
        "outcome": view.outcome,
        "from": view.since.isoformat() if view.since else "",
        "to": view.until.isoformat() if view.until else "",
        "sort": view.order.value if view.order is not QueueOrder.WAITING else "",
    }
    yield from ((name, value) for name, value in plain.items() if value)


def _states(asked: str) -> tuple[str, ...]:
    chosen = tuple(state for state in asked.split(",") if state in _STATES)
    return chosen or tuple(state.value for state in OPEN)


def _languages(asked: str, staff: SignedInStaff, known: set[str]) -> tuple[str, ...]:
    if asked == MINE:
        return staff.languages
    return tuple(code for code in asked.split(",") if code in known)


def _officer(asked: str, staff: SignedInStaff) -> str:
    if asked == ME:
        return str(staff.id)
    return asked if asked == NOBODY or (asked.isascii() and asked.isdigit() and len(asked) < 10) else ""


def _overdue(asked: Mapping[str, str]) -> str:
    return DueState.OVERDUE.value if asked.get("overdue") == "1" else ""


def _one_of(asked: str, known: Container[str]) -> str:
    return asked if asked and asked in known else ""


def _day(asked: str) -> date | None:
    """Return the date, or None. Only years 2000 to 2499: the databases cannot hold every other midnight."""
    try:
        found = date.fromisoformat(asked)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2500 else None
