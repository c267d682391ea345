"""The check: a form, and the answer on the page itself, with the offer to take it along."""

from collections.abc import Callable

from flask import Blueprint, Response, make_response, request

from resident_app.i18n import current_language
from resident_app.public_context import current_context
from resident_app.register.check import Answer, AnswerKind
from resident_app.site.forms import CheckForm, mistakes
from resident_app.site.rendering import ask_again_later, network, page

_STATUS = {AnswerKind.PAUSED: 429, AnswerKind.BUSY: 503}
# Stands in a kept page where each answer has a token of its own.
_TOKEN = "a-token-stands-here"  # noqa: S105


def add_to(site: Blueprint) -> None:
    site.add_url_rule("/<lang>/check", "check", show_form, methods=["GET"])
    site.add_url_rule("/<lang>/check", "answer", _answering({}), methods=["POST"])


def show_form() -> str:
    return page("check.html", mistakes={})


def _answering(kept: dict[tuple[object, ...], bytes]) -> Callable[[], Response]:
    """A view that answers. An answer without disclosures depends on nothing of a person's: it is kept."""

    def answer() -> Response:
        """Nothing of what was typed is shown again, so every refusal is the same page."""
        form = CheckForm(request.form, current_context().today())
        if not form.validate():
            return make_response(page("check.html", mistakes=mistakes(form)), 422)
        found = current_context().register.check_record(form.facts, network())
        token = letter_token(found)
        if found.kind is AnswerKind.SHARED:
            return answer_page(found, page("answer.html", answer=found, letter_token=token).encode())
        key = (current_language().code, found.kind, found.edition.id if found.edition else None)
        if key not in kept:
            kept[key] = page("answer.html", answer=found, letter_token=_TOKEN).encode()
        return answer_page(found, kept[key].replace(_TOKEN.encode(), token.encode()))

    return answer


def letter_token(found: Answer) -> str:
    """What the answer's page asks for a letter with; empty for an answer that has none."""
    context = current_context()
    if found.kind not in (AnswerKind.SHARED, AnswerKind.NOT_SHARED):
        return ""
    return context.letters.make_token(found, context.today(), context.clock())


def answer_page(found: Answer, text: bytes) -> Response:
    response = make_response(text, _STATUS.get(found.kind, 200))
    return response if found.kind is not AnswerKind.BUSY else ask_again_later(response)
