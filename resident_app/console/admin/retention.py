"""How long records are kept: the schedule, what is due, the proofs of what was removed, and what is held."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from sqlalchemy import Select, select

from resident_app.casework.retention.purge import due_now
from resident_app.casework.retention.schedule import RULES, kept_for
from resident_app.console.context import current_context
from resident_app.database import reading
from resident_app.intake.erasure_tables import PurgeReceiptRow
from resident_app.intake.request_tables import HelpRequestRow

PAGE = 100


def create_retention() -> Blueprint:
    retention = Blueprint("retention", __name__)
    retention.add_url_rule("/retention", "show", show)
    return retention


def show() -> str:
    parts = current_context()
    rules = parts.configuration.retention
    before = request.args.get("before", type=int)
    with reading(parts.engine) as connection:
        due = due_now(connection, rules, parts.clock())
        proofs = connection.execute(_proofs(before)).all()
        held = connection.execute(_held()).all()
    return render_template(
        "retention.html",
        schedule=[(one.rule, kept_for(rules, one.rule.setting), one.count) for one in due],
        proofs=proofs[:PAGE],
        older=proofs[PAGE - 1].id if len(proofs) > PAGE else None,
        before=before,
        rule_words={rule.setting: kept_for(rules, rule.setting) for rule in RULES},
        held=held,
        written=_written,
    )


def _proofs(before: int | None) -> Select[Any]:
    """The newest first, one more than a page."""
    chosen = select(PurgeReceiptRow.__table__).order_by(PurgeReceiptRow.id.desc()).limit(PAGE + 1)
    return chosen if before is None else chosen.where(PurgeReceiptRow.id < before)


def _held() -> Select[int, datetime, datetime | None]:
    """Every request under legal hold; those merged into one are part of it."""
    return (
        select(HelpRequestRow.id, HelpRequestRow.received_at, HelpRequestRow.erase_wanted_at)
        .where(HelpRequestRow.held, HelpRequestRow.merged_into.is_(None))
        .order_by(HelpRequestRow.id)
    )


def _written(at: datetime) -> str:
    zone = ZoneInfo(current_context().configuration.office.time_zone)
    return at.astimezone(zone).strftime("%b %-d, %Y, %-I:%M %p")
