"""Asking for help: a form, and the reference once the request is stored."""

from datetime import date, timedelta

from flask import Response, make_response, request

from resident_app.i18n import current_language
from resident_app.intake.help_desk import Flooded
from resident_app.intake.help_request import HelpRequest
from resident_app.intake.reference import Reference
from resident_app.intake.request_storage import Erased, NoReferenceLeft
from resident_app.public_context import current_context
from resident_app.register.letter_token import GivenAnswer, NotAnAnswerToken
from resident_app.security.capacity import Overloaded
from resident_app.security.rate_limits import RateLimited
from resident_app.site.blueprint import site
from resident_app.site.forms import mistakes, new_form_token
from resident_app.site.help_form import HelpForm
from resident_app.site.reference_form import ReferenceForm
from resident_app.site.rendering import Typed, form_page, is_language_change, page, request_source

# No other topic has an address: in a browser's history it would tell what the answer to a check was.
_WITHOUT_CARD = "card"


@site.get("/<lang>/help")
def help_form() -> str:
    return _empty_form()


@site.get("/<lang>/help/card")
def help_form_without_card() -> str:
    """Show the form with its topic chosen, for people who cannot check without a card."""
    return _empty_form(topic=_WITHOUT_CARD)


@site.post("/<lang>/help/start")
def start_help() -> str:
    """Show the form with the topic of the answer that a page took along, or of the link that was pressed."""
    token = request.form.get("answer", "")
    given = _given_answer(token)
    if given is not None:
        return _empty_form(given.answer.topic, token)
    topic = request.form.get("topic", "")
    return _empty_form(topic if topic in current_context().configuration.codes.topics else "")


@site.post("/<lang>/help")
def request_help() -> Response:
    """Show the reference once the request is stored; else the form with everything that was typed."""
    context = current_context()
    form = HelpForm(request.form)
    token = form.answer.data or ""
    typed = form.data | {"answer": token if _given_answer(token) else ""}
    if is_language_change():
        if "received" in request.form:
            return _received_again(form, typed["answer"])
        return form_page("help.html", _in_the_new_language(typed), {}, 200)
    if not form.validate():
        typed["asked_about"] = form.asked_about.data or ""
        return form_page("help.html", typed, mistakes(form), 422, suggested=form.suggested)
    wanted = _wanted(form)
    try:
        reference = context.help_desk.leave(wanted, form.token, request_source())
    except Flooded:
        return form_page("help.html", typed, {}, 429, "shut")
    except RateLimited:
        return form_page("help.html", typed, {}, 429)
    except NoReferenceLeft:
        return form_page("help.html", typed, {}, 503, "shut")
    except Overloaded:
        return form_page("help.html", typed, {}, 503)
    except Erased:
        return form_page("help.html", typed | {"form_token": new_form_token()}, {}, 409)
    return _received(reference, wanted, typed["answer"])


def _wanted(form: HelpForm) -> HelpRequest:
    context = current_context()
    return form.request(current_language().code, list(context.languages), context.configuration.codes)


def _received(reference: Reference, wanted: HelpRequest, answer: str) -> Response:
    values = {"reference": reference, "request": wanted, "answer": answer}
    more = {"form_token": new_form_token(), "contact_by": _contact_by()}
    return make_response(page("help_received.html", **values, **more))


def _received_again(form: HelpForm, answer: str) -> Response:
    """Show that a request is stored in another language, from what its page took along."""
    shown = ReferenceForm(request.form)
    if shown.validate() and form.validate():
        return _received(shown.parsed_reference, _wanted(form), answer)
    return form_page("request_status/form.html", shown.data, {}, 200)


def _contact_by() -> date:
    """Return the day by which the office first reaches out. After it the console calls a request overdue."""
    configuration = current_context().configuration
    days = timedelta(days=configuration.casework.overdue.first_contact_days)
    return configuration.calendar.first_working_day(current_context().today() + days)


def _given_answer(token: str) -> GivenAnswer | None:
    """Return the answer that the page took along, or None if there is none, or it is too old."""
    context = current_context()
    try:
        return context.letters.open_answer(token, context.clock()) if token else None
    except NotAnAnswerToken:
        return None


def _in_the_new_language(typed: Typed) -> Typed:
    """Return what was typed. A language that the person did not choose becomes the new page's."""
    old, new = request.form["change_language"], current_language().code
    return typed | {name: new for name in ("spoken", "written") if typed[name] == old}


def _empty_form(topic: str = "", answer: str = "") -> str:
    """Render the form with a token that identifies its submission."""
    language = current_language().code
    typed = {"form_token": new_form_token(), "spoken": language, "written": language}
    typed |= {"topic": topic, "answer": answer}
    return page("help.html", typed=typed, mistakes={}, problem=None)
