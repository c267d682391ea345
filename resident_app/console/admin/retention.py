"""Retention: the schedule, what is due, receipts of what was purged, and requests under legal hold."""

from datetime import datetime

from flask import Blueprint, render_template, request
from sqlalchemy import Select, select

from resident_app.casework.retention.purge import due_now
from resident_app.casework.retention.schedule import kept_for
from resident_app.console.admin.audit_sentences import removed_in_words
from resident_app.console.context import current_context
from resident_app.database import reading
from resident_app.intake.erasure_tables import PurgeReceiptRow
from resident_app.intake.request_tables import HelpRequestRow

PAGE = 100


blueprint = Blueprint("retention", __name__)


@blueprint.get("/retention")
def show() -> str:
    """Show the schedule, what is under legal hold, and what was purged."""
    context = current_context()
    rules = context.configuration.retention
    before = request.args.get("before", type=int)
    with reading(context.engine) as connection:
        due = due_now(connection, rules, context.clock())
        receipts = connection.execute(_receipts(before)).all()
        on_hold = connection.execute(_on_legal_hold()).all()
    return render_template(
        "retention.html",
        schedule=[(one.rule, kept_for(rules, one.rule.setting), one.count) for one in due],
        receipts=receipts[:PAGE],
        older=receipts[PAGE - 1].id if len(receipts) > PAGE else None,
        before=before,
        removed_in_words=removed_in_words,
        on_hold=on_hold,
    )


def _receipts(before: int | None) -> Select[int, datetime, str, str, int]:
    """Select a page of receipts and one more, the newest first."""
    chosen = (
        select(
            PurgeReceiptRow.id,
            PurgeReceiptRow.at,
            PurgeReceiptRow.kind,
            PurgeReceiptRow.rule,
            PurgeReceiptRow.count,
        )
        .order_by(PurgeReceiptRow.id.desc())
        .limit(PAGE + 1)
    )
    return chosen if before is None else chosen.where(PurgeReceiptRow.id < before)


def _on_legal_hold() -> Select[int, datetime, datetime | None]:
    """Select the requests under legal hold. A merged one is part of the request it repeats."""
    return (
        select(HelpRequestRow.id, HelpRequestRow.received_at, HelpRequestRow.erasure_requested_at)
        .where(HelpRequestRow.legal_hold, HelpRequestRow.merged_into.is_(None))
        .order_by(HelpRequestRow.id)
    )
