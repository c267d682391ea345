"""Malformed requests do not flood the log: a few lines of each kind, and how many more there were."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from resident_app.security.repeated_events import RepeatedEvents
from tests.conftest import DeployWith
from tests.load.servers import serving

MALFORMED = (
    b"nonsense\r\n\r\n",
    b"GET /x\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /en/ HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET /en/ HTTP/1.1\r\nHost: x\r\nMarked Header: y\r\n\r\n",
    b"POST /en/check HTTP/1.1\r\nHost: x\r\nContent-Length: marked\r\n\r\n",
    b"POST /en/help HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nmarked\r\n\r\n",
    b"POST /voice/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nmarked\r\n\r\n",
)
TIMES = 1_500


def events_in(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_thousands_of_malformed_requests_leave_a_bounded_log(deploy: DeployWith) -> None:
    instance = deploy().context.settings.instance_dir
    with serving(instance, WEB_CONCURRENCY="1") as server:
        before, began = len(events_in(server.log)), time.monotonic()
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(server.raw, MALFORMED * TIMES))
        periods = 1 + (time.monotonic() - began) // 60
        lines = len(events_in(server.log)) - before
    assert all(answer.startswith(b"HTTP/1.1 400") for answer in answers)
    kinds = len({json.dumps([e.get("event"), e.get("error")]) for e in events_in(server.log)})
    assert lines <= 21 * kinds * periods
    told = [
        event
        for event in events_in(server.log)
        if event.get("of", event["event"]) in ("server", "refused_request")
    ]
    counted = sum(event.get("times", 1) for event in told if event.get("text") is None)
    assert counted == len(MALFORMED) * TIMES, "each is counted, the last ones when the server stops"
    assert b"arked" not in server.log.read_bytes()
    assert not [event for event in events_in(server.log) if event["event"] == "failed"]


def test_what_was_left_out_is_told_without_another_event() -> None:
    logged: list[tuple[str, dict[str, object]]] = []
    events = RepeatedEvents(most=3, seconds=0.2)
    for number in range(10):
        events.log(lambda event, **fields: logged.append((event, fields)), "failed", place="here")
        if number == 5:
            events.log(lambda event, **fields: logged.append((event, fields)), "failed", place="there")
    assert [fields["place"] for _, fields in logged] == ["here", "here", "here", "there"], (
        "each kind has its own"
    )
    deadline = time.monotonic() + 10
    while len(logged) < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert logged[4:] == [("repeated", {"of": "failed", "times": 7, "place": "here"})]
    events.log(lambda event, **fields: logged.append((event, fields)), "failed", place="here")
    assert len(logged) == 6, "then it begins again"
