"""No page of the console shows what is sealed without an event. Every address is asked, a new one too."""

import html
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from resident_app.casework.cases.actions import CaseAction, NewMessage
from resident_app.casework.messages import placement
from resident_app.casework.opened import Opened
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake import inbound_messages
from resident_app.intake.message_tables import InboundState
from resident_app.security import audit_log
from resident_app.security.audit_log import AuditEvent
from tests.casework.office import Office
from tests.console.conftest import Console
from tests.console.strict_console import StrictConsole

SHOWS = {
    ("GET", "request.show"),
    ("GET", "request.live"),
    ("POST", "request.act"),
    ("GET", "call.panel"),
    ("GET", "contact.show"),
    ("POST", "queue.search"),
    ("GET", "replies.show"),
    ("POST", "replies.compare"),
}
"""What is known to show sealed facts. So the test sees that its marks are looked for in the right places."""


@dataclass(frozen=True)
class Planted:
    """A request with marks in each sealed field, a repeat of it, one merged into it, and a reply."""

    request: int
    repeat: int
    merged: int
    reply: int
    marks: dict[str, tuple[str, int]]
    """What event each mark needs: `request` or `reply`, and its number."""
    name: str


def plant(console: Console) -> Planted:
    office = Office(console.engine, console.context.keys, now=console.clock())
    serial, phone = secrets.token_hex(4), f"+1206555{secrets.randbelow(9000) + 1000}"
    ids, marks = [], {}
    for which in ("first", "repeat", "merged"):
        facts = {
            "name": f"name-{which}-{serial}",
            "email": f"{which}.{serial}@example.org",
            "message": f"message-{which}-{serial}",
            "best_time": f"time-{which}-{serial}",
            "language_note": f"language-{which}-{serial}",
        }
        number = office.leave(phone=phone, spoken="en", written="en", **facts)
        ids.append(number)
        marks |= dict.fromkeys(facts.values(), ("request", number))
        marks[office.opened(number).reference] = ("request", number)
    first, repeat, merged = ids
    marks[phone] = ("request", first)
    note, text = f"note-{serial}", f"Please call us back, text-{serial}"
    message = NewMessage(Channel.EMAIL, text)
    office.casework.perform(first, CaseAction(note=note, message=message), office.actor())
    marks |= {note: ("request", first), text: ("request", first)}
    office.casework.merge(merged, first, office.actor())
    words, sender = f"reply-{serial}", f"stranger.{serial}@example.org"
    reply = unplaced_reply(console, words, sender)
    marks |= {words: ("reply", reply), sender: ("reply", reply)}
    return Planted(first, repeat, merged, reply, marks, f"name-first-{serial}")


def unplaced_reply(console: Console, words: str, sender: str) -> int:
    key = console.context.keys.current().newest.public
    with writing(console.engine) as connection:
        inbound_messages.store_inbound(
            connection,
            key,
            channel=Channel.EMAIL,
            sender=sender,
            words=words,
            submission=secrets.token_bytes(16),
            at=console.clock(),
        )
        [row] = placement.in_state(connection, InboundState.NEW)
        placement.set_inbound_state(connection, row, InboundState.UNPLACED)
        return row.id


def endpoints(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield every method and endpoint, from the application's own table of routes."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule.endpoint


def address_of(app: Flask, method: str, endpoint: str, planted: Planted) -> str:
    """Return the address about what was planted."""
    adapter = app.url_map.bind("localhost:8001")
    number = planted.reply if endpoint.startswith("replies.") else planted.request
    arguments = {name for rule in app.url_map.iter_rules(endpoint) for name in rule.arguments}
    return adapter.build(endpoint, dict.fromkeys(arguments, str(number)), method=method)


def forms(planted: Planted) -> list[dict[str, Any]]:
    """What is sent to each address: nothing, what is refused, and what most pages accept."""
    return [
        {},
        {"phone": "no number", "reach_by": "phone", "show": "1", "message": "____", "channel": "email"},
        {"words": planted.name, "note": "a note", "request": str(planted.request), "reach_by": "phone"},
        {
            "words": planted.name,
            "state": "closed:",
            "version": "0",
            "email": "no address",
            "reach_by": "email",
        },
    ]


def events_since(console: Console, number: int, actor: int | None) -> set[tuple[str, int]]:
    """Return what this person read by the log, after an event."""
    with reading(console.engine) as connection:
        found = connection.execute(
            select(AuditEvent.kind, AuditEvent.fields).where(
                AuditEvent.number > number, AuditEvent.actor_id == actor
            )
        ).all()
    read = set()
    for kind, text in found:
        fields = json.loads(text)
        if kind in ("request-read", "reply-read"):
            read.add(("reply", fields["reply"]) if kind == "reply-read" else ("request", fields["request"]))
    return read


def last_number(console: Console) -> int:
    with reading(console.engine) as connection:
        last = audit_log.last_event(connection)
    return last.number if last else 0


def shown(response: Any, planted: Planted) -> set[str]:
    body = html.unescape(response.get_data(as_text=True)) + str(response.headers)
    return {mark for mark in planted.marks if mark in body}


def ask(client: StrictConsole, method: str, path: str, form: dict[str, Any]) -> Any:
    return client.send(path, form) if method == "POST" else client.raw(method, path)


def test_every_page_that_shows_a_sealed_fact_has_recorded_it(console: Console) -> None:
    showed: set[tuple[str, str]] = set()
    for method, endpoint in endpoints(console.app):
        planted = plant(console)
        path = address_of(console.app, method, endpoint, planted)
        for form in forms(planted) if method == "POST" else [{}]:
            client = console.sign_in("admin", phone="+13605550123")
            before = last_number(console)
            response = ask(client, method, path, form)
            seen = shown(response, planted)
            needed = {planted.marks[mark] for mark in seen}
            if needed:
                showed.add((method, endpoint))
            recorded = events_since(console, before, client.staff)
            assert needed <= recorded, f"{method} {path} showed {needed - recorded} without an event"
    assert showed == SHOWS, "a page shows more or less than is known here"


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/requests/{0}"),
        ("GET", "/requests/{0}/live"),
        ("GET", "/requests/{0}/contact"),
        ("POST", "/requests/{0}/act"),
        ("GET", "/requests/{0}/call"),
        ("POST", "/requests/search"),
        ("GET", "/replies"),
    ],
)
def test_what_cannot_be_recorded_is_not_shown(console: Console, method: str, address: str) -> None:
    planted = plant(console)
    client = console.sign_in()
    with writing(console.engine) as connection:
        last = audit_log.last_event(connection)
        assert last is not None
        connection.execute(
            AuditEvent.__table__.update().where(AuditEvent.number == last.number).values(fields="{}")
        )  # type: ignore[attr-defined]
    response = ask(client, method, address.format(planted.request), {"words": planted.name})
    assert response.status_code in (500, 503)
    assert not shown(response, planted)


def reads(console: Console, kind: str = "request-read") -> int:
    with reading(console.engine) as connection:
        return len(connection.execute(select(AuditEvent.number).where(AuditEvent.kind == kind)).all())


def test_a_page_that_polls_is_one_reading_until_something_is_new(console: Console) -> None:
    planted = plant(console)
    first, second = console.sign_in(), console.sign_in()
    live = f"/requests/{planted.request}/live"
    for client in (first, second):
        before = last_number(console)
        for _ in range(5):
            assert shown(client.raw("GET", live), planted)
        assert events_since(console, before, client.staff) >= {("request", planted.request)}
    before = reads(console)
    first.raw("GET", live)
    assert reads(console) == before
    office = Office(console.engine, console.context.keys, now=console.clock())
    office.casework.perform(planted.request, CaseAction(note="something new"), office.actor())
    assert "something new" in first.raw("GET", live).get_data(as_text=True)
    assert reads(console) == before + 1
    console.clock.now += timedelta(seconds=601)
    first.raw("GET", live)
    assert reads(console) == before + 3, "the request, and the one that was merged into it"


def test_a_search_is_one_event_with_one_for_each_request_and_never_its_words(console: Console) -> None:
    planted = plant(console)
    client = console.sign_in()
    before = last_number(console)
    client.post("/requests/search", {"words": planted.name})
    assert events_since(console, before, client.staff) == {("request", planted.request)}
    assert reads(console, "searched") == 1
    with reading(console.engine) as connection:
        every = connection.execute(select(AuditEvent.fields)).scalars().all()
    assert not [fields for fields in every if "name-" in fields]


def test_warming_the_index_records_nothing(console: Console) -> None:
    plant(console)
    before = last_number(console)
    console.context.request_index.fill()
    console.context.request_index.alike(1)
    assert last_number(console) == before


def test_opened_data_in_a_template_is_an_error(console: Console) -> None:
    opened = Opened("marked", [])
    with console.app.app_context():
        for source in ("{{ it }}", "{{ it|safe }}", "{{ 'x' ~ it }}", "{{ it|tojson }}", "{{ it|length }}"):
            with pytest.raises(TypeError):
                console.app.jinja_env.from_string(source).render(it=opened)
