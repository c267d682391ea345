"""The check: a form, and the answer on the page itself, with the offer to save it as a file."""

from flask import Response, make_response, request

from resident_app.public_context import current_context
from resident_app.register.check import Answer, AnswerKind
from resident_app.register.letter_token import TOKEN_CHARACTERS, NotALetterToken
from resident_app.site.blueprint import site
from resident_app.site.check_form import CheckForm
from resident_app.site.forms import mistakes
from resident_app.site.rendering import is_language_change, page, page_key, request_source, with_retry_after
from resident_app.web.page_cache import current_page_cache

# What a page takes along for another language if its answer says nothing about a card: the answer's name, as
# long as a token, so that the length of the request does not tell which answer it was.
_WITHOUT_TOKEN: dict[AnswerKind, str] = {
    kind: kind.value.ljust(TOKEN_CHARACTERS, "-")
    for kind in (AnswerKind.NO_MATCH, AnswerKind.PAUSED, AnswerKind.BUSY)
}
_STATUS = {AnswerKind.PAUSED: 429, AnswerKind.BUSY: 503}
# In a cached page this marks where the token of each answer goes.
_TOKEN_MARK = "the-token-goes-here"  # noqa: S105


@site.get("/<lang>/check")
def check_form() -> str:
    return page("check.html", mistakes={})


@site.post("/<lang>/check")
def check() -> Response:
    """Answer, and show nothing of what was typed, so that every refusal is the same page."""
    if is_language_change():
        return make_response(_in_another_language())
    form = CheckForm(request.form, current_context().today())
    if not form.validate():
        return make_response(page("check.html", mistakes=mistakes(form)), 422)
    answer = current_context().register.check_record(form.facts, request_source())
    response = make_response(_answer_page(answer, _taken_along(answer)), _STATUS.get(answer.kind, 200))
    return with_retry_after(response) if answer.kind is AnswerKind.BUSY else response


def _in_another_language() -> bytes:
    """Render the answer that a page took along, without facts and without a second check; else the form."""
    context = current_context()
    taken = request.form.get("answer", "")
    for kind, name in _WITHOUT_TOKEN.items():
        if name == taken:
            return _answer_page(Answer(kind), name)
    try:
        return _answer_page(context.letters.open_token(taken, context.clock()).answer, taken)
    except NotALetterToken:
        return page("check.html", mistakes={}).encode()


def _answer_page(answer: Answer, taken: str) -> bytes:
    """Render an answer. Without disclosures the page depends on nothing about a person, so it is cached.

    `taken` is what the page takes along for a letter, and to be shown in another language.
    """
    if answer.kind is AnswerKind.SHARED:
        return page("check_answer.html", answer=answer, taken=taken).encode()
    key = page_key("answer", answer.kind, answer.edition.id if answer.edition else None)
    cached = current_page_cache().get(
        key, lambda: page("check_answer.html", answer=answer, taken=_TOKEN_MARK).encode()
    )
    return cached.replace(_TOKEN_MARK.encode(), taken.encode())


def _taken_along(answer: Answer) -> str:
    """Return the sealed answer, or the name of one that says nothing about a card."""
    context = current_context()
    if answer.kind in _WITHOUT_TOKEN:
        return _WITHOUT_TOKEN[answer.kind]
    return context.letters.make_token(answer, context.today(), context.clock())
