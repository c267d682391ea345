"""Asking for help on the site: a form, and the reference once the request is stored."""

from typing import Any

from flask import Blueprint, Response, make_response, request

from resident_app.i18n import current_language
from resident_app.intake.help_desk import Erased
from resident_app.public_context import current_context
from resident_app.security.capacity import Overloaded
from resident_app.security.rate_limits import RateLimited
from resident_app.site.forms import HelpForm, mistakes, new_form_token
from resident_app.site.rendering import form_page, network, only_language_changes, page

# Other topics have no address of their own: one would say in a browser's history what the answer was.
_WITHOUT_CARD = "card"


def add_to(site: Blueprint) -> None:
    site.add_url_rule("/<lang>/help", "help", show_help_form, methods=["GET"])
    site.add_url_rule("/<lang>/help/card", "help_without_card", show_help_without_card, methods=["GET"])
    site.add_url_rule("/<lang>/help", "leave_request", leave_request, methods=["POST"])


def show_help_form() -> str:
    return _blank()


def show_help_without_card() -> str:
    """The form with its topic chosen, for people who cannot check by themselves."""
    return _blank(topic=_WITHOUT_CARD)


def leave_request() -> Response:
    """The reference, once the request is stored; else the form with everything that was typed."""
    context = current_context()
    form = HelpForm(request.form)
    if only_language_changes():
        return form_page("help.html", _in_the_new_language(form.data), {}, 200)
    if not form.validate():
        return form_page("help.html", form.data, mistakes(form), 422)
    wanted = form.request(current_language().code, list(context.languages), context.configuration.codes)
    try:
        reference = context.help_desk.leave(wanted, form.token, network())
    except RateLimited:
        return form_page("help.html", form.data, {}, 429)
    except Overloaded:
        return form_page("help.html", form.data, {}, 503)
    except Erased:
        return form_page("help.html", form.data | {"form_token": new_form_token()}, {}, 409)
    return make_response(page("received.html", reference=reference, request=wanted))


def _in_the_new_language(typed: dict[str, Any]) -> dict[str, Any]:
    """What was typed; languages that nobody chose otherwise follow the page's."""
    left, current = request.form["change_language"], current_language().code
    return typed | {name: current for name in ("spoken", "written") if typed[name] == left}


def _blank(topic: str = "") -> str:
    """The form, with a token by which its second sending is known."""
    language = current_language().code
    blank = {"form_token": new_form_token(), "spoken": language, "written": language, "topic": topic}
    return page("help.html", typed=blank, mistakes={}, trouble=None)
