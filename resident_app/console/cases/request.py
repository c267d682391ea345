"""One request: its timeline, and an officer's actions on it."""

from dataclasses import replace
from datetime import datetime

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases import presence
from resident_app.casework.cases.actions import ActionRefused, StaleVersion
from resident_app.casework.cases.bulk_changes import count_open_by_assignee
from resident_app.casework.cases.contact_correction import adopt_corrections
from resident_app.casework.cases.drafts import SavedDraft, discard_draft
from resident_app.casework.cases.queue_query import QueueRow, due_state, rows_by_id, tags_of
from resident_app.casework.cases.timeline import (
    OpenedCase,
    find_row,
    note_reading,
    open_case,
    was_just_read,
)
from resident_app.casework.cases.transitions import TRANSITIONS
from resident_app.casework.messages.outbox import OutboxEntry, still_waiting
from resident_app.casework.notices.mentions import callable_by, mentioned
from resident_app.casework.notices.staff_notices import mark_read
from resident_app.console.cases.actor import current_actor, current_reader, describe_refusal
from resident_app.console.cases.contact_now import contact_now, goes_out
from resident_app.console.cases.draft import CaseDraft, describe_action, empty_draft, read_draft
from resident_app.console.cases.erased import refuse_missing
from resident_app.console.cases.lost_message import lost_message
from resident_app.console.cases.neighbors import find_neighbors
from resident_app.console.cases.plan import last_plan_day, plan_fields
from resident_app.console.cases.queue import assignable_officers
from resident_app.console.cases.queue_address import queue_clock
from resident_app.console.cases.reach import Reach, reach_of
from resident_app.console.cases.ready_message import templates_for
from resident_app.console.cases.saved_draft import restore
from resident_app.console.cases.unanswered import last_words
from resident_app.console.context import current_context
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.request_tables import RequestState
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_addresses, staff_directory
from resident_app.web.accounts.permissions import AccessLevel

REPEATED = "This was saved before. Nothing was done twice."

blueprint = Blueprint("request", __name__)


@blueprint.get("/requests/<int:number>")
def show(number: int) -> AnyResponse:
    """Open a request. The timeline and the audit log note who opened it."""
    context = current_context()
    with writing(context.engine) as connection:
        row = find_row(connection, number)
        if row is not None and row.merged_into is not None:
            return redirect(url_for("request.show", number=row.merged_into), 303)
        opened = _read_case(connection, number)
        note_reading(connection, number, current_staff().id, context.clock())
        presence.mark_present(connection, number, current_staff().id, context.clock())
        mark_read(connection, current_staff().id, context.clock(), request=number)
        repeats = _read_repeats(connection, number)
        saved = restore(connection, opened.row)
    reach = _reach(opened)
    draft = empty_draft(opened, reach, context)
    if saved is not None:
        draft = _restored(saved, draft, opened, reach)
    return make_response(_page(opened, reach, draft, repeats, saved.saved_at if saved else None))


@blueprint.get("/requests/<int:number>/live")
def live(number: int) -> str:
    """Return the parts that change while the page is open: who else has it open, and the timeline."""
    context, staff = current_context(), current_staff()
    with writing(context.engine) as connection:
        adopt_corrections(connection, context.keys.current(), number, context.clock())
        found = open_case(connection, context.keys.current(), number)
        if found is None:
            refuse_missing(connection, number)
        opened = found.read_again(current_reader(connection), was_just_read)
        presence.mark_present(connection, number, staff.id, context.clock())
    return render_template("request_live.html", **_shared_variables(opened))


@blueprint.post("/requests/<int:number>/act")
def act(number: int) -> AnyResponse:
    """Carry out the form: note, message, state, next action. If it is refused, what was typed stays."""
    context = current_context()
    with writing(context.engine) as connection:
        opened = _read_case(connection, number)
        repeats = _read_repeats(connection, number)
    reach = _reach(opened)
    draft = read_draft(request.form, opened, reach, current_staff().name, context)
    if draft.is_preview:
        return make_response(_page(opened, reach, draft, repeats))
    if draft.mistakes:
        return make_response(_page(opened, reach, draft, repeats), 422)
    actor = current_actor(draft.form_token)
    try:
        action = replace(draft.action, mentioned=_colleagues_in(draft.action.note))
        is_done = context.casework.perform(number, action, actor, draft.version)
    except ActionRefused as refused:
        status = 409 if isinstance(refused, StaleVersion) else 422
        mistakes = {"act": describe_refusal(refused)}
        again = replace(draft, mistakes=mistakes, version=opened.row.version)
        return make_response(_page(opened, reach, again, repeats), status)
    with writing(context.engine) as connection:
        discard_draft(connection, number, current_staff().id)
    waits_until = _waits_until(draft, opened)
    flash(describe_action(draft.action, context, waits_until) if is_done else REPEATED, "done")
    return _back_to(number)


def _waits_until(draft: CaseDraft, opened: OpenedCase) -> str:
    """Return when the text message of a form goes out, if it waits; else ""."""
    message = draft.action.message
    if message is None or message.channel != Channel.TEXT or opened.request is None:
        return ""
    moment = contact_now(opened.request)
    return goes_out(moment.allowed_at) if moment.is_quiet else ""


@blueprint.post("/requests/<int:number>/assign")
def assign(number: int) -> AnyResponse:
    """Assign the request to an officer, or to nobody."""
    context, chosen = current_context(), request.form.get("officer", "")
    officer = int(chosen) if chosen.isascii() and chosen.isdigit() else None
    people = staff_directory(context.engine)
    if officer is not None and (officer not in people or not people[officer].active):
        abort(422)
    reason = request.form.get("reason", "").strip()
    actor = current_actor(request.form.get("form_token"))
    try:
        is_changed = context.casework.assign(number, officer, actor, reason)
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    else:
        name = people[officer].name if officer is not None else "nobody"
        told = f"Assigned to {name}." if is_changed else f"Nothing changed: it is assigned to {name} already."
        flash(told, "done")
    return _back_to(number)


@blueprint.post("/requests/<int:number>/answered")
def mark_answered(number: int) -> AnyResponse:
    """Note that what the person wrote was read and needs no answer. What they wrote since still waits."""
    context = current_context()
    try:
        seen = datetime.fromisoformat(request.form.get("seen", ""))
    except ValueError:
        abort(422)
    if seen.tzinfo is None:
        abort(422)
    actor = current_actor(request.form.get("form_token"))
    try:
        context.casework.mark_answered(number, seen, actor)
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    else:
        flash("Noted: no answer is needed. What the person writes from now on waits for one.", "done")
    return _back_to(number)


def _colleagues_in(note: str) -> frozenset[int]:
    """Return the accounts of the colleagues whom a note names with an @."""
    if "@" not in note:
        return frozenset()
    engine = current_context().engine
    addresses = staff_addresses(engine)
    active = [one for one in staff_directory(engine).values() if one.active]
    return mentioned(note, {one.id: callable_by(one.name, addresses[one.id]) for one in active})


def _restored(saved: SavedDraft, empty: CaseDraft, opened: OpenedCase, reach: Reach) -> CaseDraft:
    """Return the form as it was typed. The plan and the version are today's unless a plan was typed."""
    fields = {
        "channel": empty.channel,
        "next_action_day": empty.next_action_day,
        "next_action_time": empty.next_action_time,
        **saved.fields,
        "version": str(empty.version),
        "show": "yes",
    }
    return read_draft(fields, opened, reach, current_staff().name, current_context())


def _back_to(number: int) -> AnyResponse:
    return redirect(url_for("request.show", number=number), 303)


def _read_case(connection: Connection, number: int) -> OpenedCase:
    """Open a request for this page, and record that it was read."""
    context = current_context()
    adopt_corrections(connection, context.keys.current(), number, context.clock())
    found = open_case(connection, context.keys.current(), number)
    if found is None:
        refuse_missing(connection, number)
    return found.read(current_reader(connection))


def _read_repeats(connection: Connection, number: int) -> list[QueueRow]:
    """Return the other requests with the same number or address, and record that they are shown."""
    alike = current_context().request_index.alike(number)
    return rows_by_id(connection, alike.read(current_reader(connection)))


def _page(
    opened: OpenedCase,
    reach: Reach,
    draft: CaseDraft,
    repeats: list[QueueRow],
    kept_at: datetime | None = None,
) -> str:
    context = current_context()
    clocks = queue_clock(context)
    waits: list[OutboxEntry] = []
    if opened.row.state is RequestState.CLOSED:
        with reading(context.engine) as connection:
            waits = still_waiting(connection, [opened.row.id])
    return render_template(
        "request.html",
        **_shared_variables(opened),
        draft=draft,
        reach=reach,
        last_words=last_words(
            opened.lines, {call.code for call in context.configuration.casework.call if call.reached}
        ),
        kept_at=kept_at,
        neighbors=find_neighbors(opened.row.id),
        offer=templates_for(opened.row.written_language, context),
        repeats=repeats,
        due_now=due_state(opened.row, clocks),
        first_plan_day=clocks.today,
        last_plan_day=last_plan_day(clocks),
        plan_day=plan_fields(opened.row.next_action_at, clocks.calendar.zone)[0],
        unread=context.request_index.unread,
        outcomes=context.configuration.casework.outcomes,
        next_states=[state for state in RequestState if state in TRANSITIONS[RequestState(opened.row.state)]],
        still_waiting=waits,
        lost=lost_message(opened),
        is_lead=current_staff().may(AccessLevel.LEAD),
    )


def _reach(opened: OpenedCase) -> Reach:
    return reach_of(opened.row, opened.request, current_context(), opened.lines)


def _shared_variables(opened: OpenedCase) -> dict[str, object]:
    """Return the template variables of the page and of its live part."""
    context, staff = current_context(), current_staff()
    with reading(context.engine) as connection:
        open_now = count_open_by_assignee(connection)
        tags = tags_of(connection, [opened.row.id]).get(opened.row.id, [])
        others = presence.others_present(connection, opened.row.id, staff.id, context.clock())
    people = staff_directory(context.engine)
    return {
        "row": opened.row,
        "opened": opened,
        "people": people,
        "tags": tags,
        "assignable": assignable_officers(people, open_now, opened.row.spoken_language),
        "others": [people[number].name for number in others if number in people],
        "call_names": {call.code: call.name for call in context.configuration.casework.call},
        "outcome_names": context.configuration.casework.outcomes,
    }
