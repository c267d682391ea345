"""The check: a form, and the answer on the page itself, with the offer to save it as a file."""

from datetime import date

from flask import Response, make_response, request

from resident_app.public_context import current_context
from resident_app.register.check import Answer, AnswerKind
from resident_app.register.letter_token import NotAnAnswerToken
from resident_app.site.blueprint import site
from resident_app.site.check_form import CheckForm
from resident_app.site.rendering import is_language_change, page, page_key, request_source, with_retry_after
from resident_app.web.page_cache import current_page_cache

_STATUS = {AnswerKind.PAUSED: 429, AnswerKind.BUSY: 503}
# In a cached page this marks where the token of each answer goes.
_TOKEN_MARK = "the-token-goes-here"  # noqa: S105


@site.get("/<lang>/check")
def check_form() -> str:
    return page("check.html", mistakes=[])


@site.post("/<lang>/check")
def check() -> Response:
    """Answer, and show nothing of what was typed, so that every refusal is the same page."""
    if is_language_change():
        return make_response(_in_another_language())
    form = CheckForm(request.form, current_context().today())
    if not form.validate():
        return make_response(page("check.html", mistakes=form.mistakes), 422)
    context = current_context()
    answer = context.register.check_record(form.facts, request_source())
    answered_on = context.today()
    token = context.letters.make_token(answer, answered_on, context.clock())
    response = make_response(_answer_page(answer, answered_on, token), _STATUS.get(answer.kind, 200))
    return with_retry_after(response) if answer.kind is AnswerKind.BUSY else response


def _in_another_language() -> bytes:
    """Render the answer that a page took along, without facts and without a second check.

    If it cannot be shown any more, the form says so.
    """
    context = current_context()
    token = request.form.get("answer", "")
    try:
        given = context.letters.open_answer(token, context.clock())
    except NotAnAnswerToken:
        return page("check.html", mistakes=[], answer_is_gone=True).encode()
    return _answer_page(given.answer, given.answered_on, token)


def _answer_page(answer: Answer, answered_on: date, token: str) -> bytes:
    """Render an answer. Without disclosures the page depends on nothing about a person, so it is cached.

    `token` is the sealed answer, which the page takes along: to another language, to the office, to a letter.
    """

    def render(taken: str) -> bytes:
        return page("check_answer.html", answer=answer, answered_on=answered_on, taken=taken).encode()

    if answer.kind is AnswerKind.SHARED:
        return render(token)
    key = page_key("answer", answer.kind, answer.edition.id if answer.edition else None, answered_on)
    cached = current_page_cache().get(key, lambda: render(_TOKEN_MARK))
    return cached.replace(_TOKEN_MARK.encode(), token.encode())
