"""The check: a form, and the answer on the page itself, with the offer to save it as a file."""

from flask import Response, make_response, request

from resident_app.i18n import current_language
from resident_app.public_context import current_context
from resident_app.register.check import Answer, AnswerKind
from resident_app.site.blueprint import site
from resident_app.site.forms import CheckForm, mistakes
from resident_app.site.rendering import page, request_source, with_retry_after
from resident_app.web.page_cache import current_page_cache

_STATUS = {AnswerKind.PAUSED: 429, AnswerKind.BUSY: 503}
# In a cached page this marks where the token of each answer goes.
_TOKEN_MARK = "the-token-goes-here"  # noqa: S105


@site.get("/<lang>/check")
def check_form() -> str:
    return page("check.html", mistakes={})


@site.post("/<lang>/check")
def check() -> Response:
    """Answer, and show nothing of what was typed, so that every refusal is the same page."""
    form = CheckForm(request.form, current_context().today())
    if not form.validate():
        return make_response(page("check.html", mistakes=mistakes(form)), 422)
    answer = current_context().register.check_record(form.facts, request_source())
    response = make_response(_answer_page(answer), _STATUS.get(answer.kind, 200))
    return with_retry_after(response) if answer.kind is AnswerKind.BUSY else response


def _answer_page(answer: Answer) -> bytes:
    """Render an answer. Without disclosures the page depends on nothing about a person, so it is cached."""
    token = _letter_token(answer)
    if answer.kind is AnswerKind.SHARED:
        return page("check_answer.html", answer=answer, letter_token=token).encode()
    key = ("answer", current_language().code, answer.kind, answer.edition.id if answer.edition else None)
    cached = current_page_cache().get(
        key, lambda: page("check_answer.html", answer=answer, letter_token=_TOKEN_MARK).encode()
    )
    return cached.replace(_TOKEN_MARK.encode(), token.encode())


def _letter_token(answer: Answer) -> str:
    """Return what the answer's page asks for a letter with; empty if the answer has no letter."""
    context = current_context()
    if answer.kind not in (AnswerKind.SHARED, AnswerKind.NOT_SHARED):
        return ""
    return context.letters.make_token(answer, context.today(), context.clock())
