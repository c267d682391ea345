"""Who read how many requests on which day, for leads."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import Connection, select

from resident_app.console.admin.audit import READS, READS_VIEW
from resident_app.console.context import current_context
from resident_app.database import reading
from resident_app.security.audit_log import AuditEvent
from resident_app.web.accounts.directory import staff_directory

DAYS = 14

blueprint = Blueprint("readings", __name__)


@dataclass(frozen=True)
class ReadCount:
    """How often one person read on one day. `requests` are different ones, and replies that have none."""

    times: int
    requests: int
    address: str
    """Where the events are listed."""


@blueprint.get("/audit/readings")
def show() -> str:
    """Show a table of staff and days, up to the day in the address or today."""
    context = current_context()
    zone = ZoneInfo(context.configuration.office.time_zone)
    today = context.today()
    until = min(_day(request.args.get("until", "")) or today, today)
    days = [until - timedelta(days=back) for back in range(DAYS)]
    with reading(context.engine) as connection:
        counts = _counts(connection, days, zone)
    people = staff_directory(context.engine)
    names = {id: people[id].name if id in people else f"Account {id}" for id in {who for who, _ in counts}}
    return render_template(
        "readings.html",
        days=days,
        names=sorted(names.items(), key=lambda item: (item[1].casefold(), item[0])),
        counts=counts,
        earlier=days[-1] - timedelta(days=1),
        later=min(until + timedelta(days=DAYS), today) if until < today else None,
    )


def _counts(connection: Connection, days: list[date], zone: ZoneInfo) -> dict[tuple[int, date], ReadCount]:
    """Count the readings of each person and day at the office, without those of commands."""
    begins = datetime.combine(days[-1], time(), zone)
    ends = datetime.combine(days[0] + timedelta(days=1), time(), zone)
    events = connection.execute(
        select(AuditEvent.actor_id, AuditEvent.at, AuditEvent.fields).where(
            AuditEvent.kind.in_(READS),
            AuditEvent.at >= begins,
            AuditEvent.at < ends,
        )
    )
    times: Counter[tuple[int, date]] = Counter()
    different: dict[tuple[int, date], set[tuple[str, int]]] = defaultdict(set)
    for actor_id, at, text in events:
        if actor_id is None:
            continue
        key, fields = (actor_id, at.astimezone(zone).date()), json.loads(text)
        times[key] += 1
        different[key].add(
            ("request", fields["request"]) if "request" in fields else ("reply", fields.get("reply"))
        )
    return {
        (who, day): ReadCount(
            count,
            len(different[who, day]),
            url_for("audit.show", kind=READS_VIEW, officer=who, day=day.isoformat()),
        )
        for (who, day), count in times.items()
    }


def _day(text: str) -> date | None:
    """Return the day, or None. Only years 2000 to 2499: the databases cannot hold every other midnight."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2500 else None
