"""The check: a form, and the answer on the page itself."""

from collections.abc import Callable

from flask import Blueprint, Response, make_response, request

from resident_app import languages
from resident_app.records.check import Answer, Kind
from resident_app.safeguards.source import from_address
from resident_app.services import current_services
from resident_app.site.forms import CheckForm, mistakes
from resident_app.site.rendering import page

_STATUS = {Kind.PAUSED: 429, Kind.BUSY: 503}


def add_to(site: Blueprint) -> None:
    site.add_url_rule("/<lang>/check", "check", show_form, methods=["GET"])
    site.add_url_rule("/<lang>/check", "answer", _answering({}), methods=["POST"])


def show_form() -> str:
    return page("check.html", mistakes={})


def _answering(kept: dict[tuple[object, ...], bytes]) -> Callable[[], Response]:
    """A view that answers. An answer without disclosures depends on nothing of a person's: it is kept."""

    def answer() -> Response:
        """Nothing of what was typed is shown again, so every refusal is the same page."""
        form = CheckForm(request.form, current_services().today())
        if not form.validate():
            return make_response(page("check.html", mistakes=mistakes(form)), 422)
        source = from_address(request.remote_addr or "")
        found = current_services().register.check_record(form.facts, source)
        if found.kind is Kind.SHARED:
            return answer_page(found, page("answer.html", answer=found).encode())
        key = (languages.current().code, found.kind, found.edition.id if found.edition else None)
        if key not in kept:
            kept[key] = page("answer.html", answer=found).encode()
        return answer_page(found, kept[key])

    return answer


def answer_page(found: Answer, text: bytes) -> Response:
    response = make_response(text, _STATUS.get(found.kind, 200))
    if found.kind is Kind.BUSY:
        seconds = current_services().configuration.limits.capacity.retry_after_seconds
        response.headers["Retry-After"] = str(seconds)
    return response
