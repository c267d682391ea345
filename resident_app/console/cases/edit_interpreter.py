"""Adding an interpreter, and changing one: name, languages, number and hours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.calls.interpreters import (
    ALWAYS,
    LONGEST_NAME,
    Interpreter,
    InterpreterDetails,
    add_interpreter,
    change_interpreter,
    find_interpreter,
)
from resident_app.characters import readable
from resident_app.configuration.office import Period
from resident_app.console.context import current_context
from resident_app.contact_points import NotAPhoneNumber, parse_phone_number
from resident_app.database import reading, writing
from resident_app.web.accounts.account import WRONG_PHONE
from resident_app.web.accounts.current_staff import current_staff

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ANY_LANGUAGE = "any"
_OFFICE_DAY = ("09:00", "17:00")
_NO_DAY = ("", "")

blueprint = Blueprint("edit_interpreter", __name__)


@dataclass(frozen=True)
class InterpreterForm:
    """What is typed. `times` are from and until, of Monday to Sunday."""

    name: str = ""
    phone: str = ""
    languages: tuple[str, ...] = ()
    any_hour: bool = False
    times: tuple[tuple[str, str], ...] = (*(_OFFICE_DAY,) * 5, _NO_DAY, _NO_DAY)
    active: bool = True
    mistakes: Mapping[str, str] = field(default_factory=dict)


@blueprint.get("/interpreters/new")
def new() -> Response:
    """Show the form for a new interpreter."""
    return _page(InterpreterForm())


@blueprint.post("/interpreters/new")
def add() -> AnyResponse:
    """Add an interpreter."""
    context = current_context()
    form, details = _read(request.form, is_new=True)
    if details is None:
        return _page(form)
    with writing(context.engine) as connection:
        add_interpreter(connection, details, current_staff().id, context.clock())
    return _saved(details)


@blueprint.get("/interpreters/<int:number>")
def show(number: int) -> Response:
    """Show the form of an interpreter."""
    found = _found(number)
    return _page(_form_of(found), found)


@blueprint.post("/interpreters/<int:number>")
def save(number: int) -> AnyResponse:
    """Change an interpreter."""
    context, found = current_context(), _found(number)
    form, details = _read(request.form, is_new=False)
    if details is None:
        return _page(form, found)
    with writing(context.engine) as connection:
        if not change_interpreter(connection, number, details, current_staff().id, context.clock()):
            abort(404)
    return _saved(details)


def _found(number: int) -> Interpreter:
    with reading(current_context().engine) as connection:
        found = find_interpreter(connection, number)
    return found or abort(404)


def _saved(details: InterpreterDetails) -> AnyResponse:
    flash(f"Saved: {details.name}.", "done")
    return redirect(url_for("interpreters.show"), 303)


def _page(form: InterpreterForm, found: Interpreter | None = None) -> Response:
    text = render_template(
        "edit_interpreter.html",
        form=form,
        found=found,
        days=DAYS,
        any_language=ANY_LANGUAGE,
        longest_name=LONGEST_NAME,
    )
    return make_response(text, 422 if form.mistakes else 200)


def _form_of(found: Interpreter) -> InterpreterForm:
    any_hour = tuple(found.hours) == ALWAYS
    hours = [None] * 7 if any_hour else found.hours
    return InterpreterForm(
        found.name,
        found.phone,
        found.languages or (ANY_LANGUAGE,),
        any_hour,
        tuple((f"{day[0]:%H:%M}", f"{day[1]:%H:%M}") if day else _NO_DAY for day in hours),
        found.active,
    )


def _read(typed: MultiDict[str, str], *, is_new: bool) -> tuple[InterpreterForm, InterpreterDetails | None]:
    """Return what was typed with its mistakes, and the interpreter's details if there are none."""
    known = {language.code for language in current_context().languages.values()}
    chosen = typed.getlist("languages")
    languages = tuple(code for code in chosen if code == ANY_LANGUAGE or code in known)
    name = readable(typed.get("name", "")).strip()
    any_hour = typed.get("any_hour") == "yes"
    times = tuple((typed.get(f"from-{day}", ""), typed.get(f"until-{day}", "")) for day in range(7))
    active = is_new or typed.get("active") == "yes"
    mistakes: dict[str, str] = {}
    if not name or len(name) > LONGEST_NAME:
        mistakes["name"] = f"Enter a name of up to {LONGEST_NAME} letters."
    try:
        phone = parse_phone_number(typed.get("phone", ""))
    except NotAPhoneNumber:
        phone = None
    if phone is None or ";" in phone:  # An extension: a phone is rung, not a switchboard.
        mistakes["phone"] = WRONG_PHONE
    if not languages:
        mistakes["languages"] = "Choose at least one language."
    hours = list(ALWAYS) if any_hour else [_period(*day) for day in times]
    for day, (period, both) in enumerate(zip(hours, times, strict=True)):
        if not any_hour and period is None and any(both):
            mistakes[f"from-{day}"] = f"{DAYS[day]}: enter from when to a later time, or clear both."
    if not any(hours) and not mistakes:
        mistakes["from-0"] = "Enter the hours of at least one day."
    form = InterpreterForm(name, typed.get("phone", ""), languages, any_hour, times, active, mistakes)
    if mistakes or phone is None:
        return form, None
    codes = () if ANY_LANGUAGE in languages else languages
    return form, InterpreterDetails(name, codes, phone, hours, active)


def _period(opens: str, closes: str) -> Period | None:
    """Return the hours of a day, or None if they are not two times, the second one later."""
    try:
        found = (time.fromisoformat(opens), time.fromisoformat(closes))
    except ValueError:
        return None
    return found if not (found[0].tzinfo or found[1].tzinfo) and found[0] < found[1] else None
