"""Merge two requests of one person: both are shown side by side, and it can be undone."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.actions import ActionRefused
from resident_app.casework.cases.timeline import OpenedCase, open_case
from resident_app.console.cases.actor import current_actor, current_reader, describe_refusal
from resident_app.console.cases.erased import describe_missing
from resident_app.console.context import current_context
from resident_app.console.rendering import language_name
from resident_app.database import writing

blueprint = Blueprint("merge", __name__)

NOT_A_NUMBER = "Enter the reference or the number of the other request."


@dataclass(frozen=True, repr=False)
class Compared:
    """One fact of two requests."""

    name: str
    values: tuple[str, str]
    is_telling: bool = True
    """Two requests of one person have the same."""
    is_contact: bool = False

    @property
    def is_same(self) -> bool:
        """Whether both have it, and it is the same."""
        one, other = (value.casefold() for value in self.values)
        return one == other != ""

    @property
    def differs(self) -> bool:
        """Whether both have it, and it is not the same."""
        return self.is_telling and all(self.values) and not self.is_same


@blueprint.post("/requests/<int:number>/merge")
def compare(number: int) -> AnyResponse | str:
    """Show both requests before anything is merged."""
    context = current_context()
    with writing(context.engine) as connection:
        found = context.request_index.named(request.form.get("other", ""))
        other = found.read(current_reader(connection))
        both = [_read_case(connection, one) for one in (number, other) if one is not None]
        missing = _missing(connection, request.form.get("other", "")) if other is None else ""
    if other is None:
        flash(missing, "error")
        return _back_to(number)
    if None in both or other == number:
        flash("These two requests cannot be merged.", "error")
        return _back_to(number)
    cases = [case for case in both if case is not None]
    facts = _facts(cases[0], cases[1])
    warnings = [f"{one.name} is not the same." for one in facts if one.differs]
    if not any(one.is_contact and one.is_same for one in facts):
        warnings.append("They have no number or address in common.")
    return render_template("merge.html", cases=cases, facts=facts, warnings=warnings)


@blueprint.post("/requests/<int:number>/merge/<int:other>")
def merge(number: int, other: int) -> AnyResponse:
    """Merge the other request into this one."""
    context = current_context()
    try:
        context.casework.merge(other, number, current_actor(request.form.get("form_token")))
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    else:
        flash(f"Request {other} is a part of this one now. You can separate them again below.", "done")
    return _back_to(number)


@blueprint.post("/requests/<int:number>/separate")
def separate(number: int) -> AnyResponse:
    """Undo a merge."""
    try:
        current_context().casework.separate(number, current_actor(request.form.get("form_token")))
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    else:
        flash(f"Request {number} is on its own again.", "done")
    return _back_to(number)


def _missing(connection: Connection, typed: str) -> str:
    number = "".join(filter(str.isdecimal, typed))
    if not number:
        return NOT_A_NUMBER
    return describe_missing(connection, int(number)) if len(number) < 10 else f"There is no request {number}."


def _read_case(connection: Connection, number: int) -> OpenedCase | None:
    found = open_case(connection, current_context().keys.current(), number)
    return found.read(current_reader(connection)) if found is not None else None


def _facts(one: OpenedCase, other: OpenedCase) -> list[Compared]:
    cases = (one, other)

    def asked(name: str) -> tuple[str, str]:
        first, second = (str(getattr(case.request, name)) if case.request else "" for case in cases)
        return first, second

    def language(name: str) -> tuple[str, str]:
        first, second = (language_name(getattr(case.row, name)) for case in cases)
        return first, second

    return [
        Compared("Name", asked("name")),
        Compared("Phone", asked("phone"), is_contact=True),
        Compared("Email", asked("email"), is_contact=True),
        Compared("Speaks", language("spoken_language")),
        Compared("Reads", language("written_language")),
        Compared("What they wrote", asked("message"), is_telling=False),
    ]


def _back_to(number: int) -> AnyResponse:
    return redirect(url_for("request.show", number=number), 303)
