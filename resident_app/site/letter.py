"""Letters: an answer as a file, if the resident asks for it, and the page that confirms a letter."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Response, abort, make_response, request

from resident_app.characters import readable
from resident_app.i18n import current_language
from resident_app.i18n import lazy_gettext as _l
from resident_app.public_context import current_context
from resident_app.register.letter_code import LONGEST_TYPED, CodeScope, NotALetterCode
from resident_app.register.letter_token import Letter, NotAnAnswerToken
from resident_app.security.capacity import Overloaded
from resident_app.security.rate_limits import LimitState, RateLimit, RateLimited, rate_limited
from resident_app.security.request_source import SourceKind
from resident_app.site.blueprint import site
from resident_app.site.letter_sheet import letter_text
from resident_app.site.rendering import is_language_change, page, request_source
from resident_app.web.typesetting.fonts import can_typeset
from resident_app.web.typesetting.pdf import pad_pdf, typeset

# NOTE: Error beside the field for the code of a letter.
CODE_WRONG = _l("This is not the code of one of our letters. Please check each letter and number.")
# NOTE: Title of the file that a person saves. It must not say what the letter is about.
TITLE = _l("Letter")
FILE_NAME = "letter.pdf"
FILE_BYTES = 16 * 16_384
"""The length of every letter, whatever it says. Long ones need three quarters of it."""
SHEET = (Path(__file__).parent / "letter.typ").read_text(encoding="utf-8")
"""How the letter looks (Typst)."""
_LONGEST_LAYOUT = timedelta(minutes=1)
"""A letter that is being made counts no longer than this, even if its process dies."""


@site.post("/<lang>/letter/file")
def letter_file() -> Response:
    """Return the answer that the page's token contains as a PDF. It exists only in memory."""
    context = current_context()
    language = current_language()
    if not can_typeset(language):
        abort(404)
    token = request.form.get("answer", "")
    try:
        letter = context.letters.open_token(token, context.clock())
    except NotAnAnswerToken:
        abort(410)
    text = letter_text(letter)
    try:
        with (
            _limited(_letter_limits(token)),
            _one_of_few_at_once(),
            context.typesetting.slot(context.configuration.limits.capacity.wait_seconds, 1),
        ):
            file = typeset(SHEET, text.xml, text.parts, str(TITLE), language)
    except Overloaded:
        abort(503)
    response = make_response(pad_pdf(file, FILE_BYTES))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f"attachment; filename={FILE_NAME}"
    return response


@site.get("/<lang>/letter")
def letter_form() -> str:
    return _code_page()


@site.post("/<lang>/letter")
def confirm_letter() -> Response:
    """Show what the letter with the typed code must say."""
    typed = readable(request.form.get("code", ""))
    if is_language_change():
        return make_response(_code_page(typed=typed[:LONGEST_TYPED]))
    context = current_context()
    letters = context.letters
    most = context.configuration.limits.letters.confirmations_per_address
    try:
        with _limited(_by_network("letter code", most)):
            pass
        letter, scope = letters.confirm(typed)
    except Overloaded:
        abort(503)
    except NotALetterCode:
        text = _code_page(typed=typed[:LONGEST_TYPED], mistakes={"code": CODE_WRONG})
        return make_response(text, 422)
    return make_response(_code_page(letter=letter, scope=scope, is_live=letters.is_live(letter)))


def _letter_limits(token: str) -> Sequence[RateLimit]:
    """Return what limits the letters of one answer, and those of one network."""
    limits = current_context().configuration.limits.letters
    own = RateLimit("letter answer", token, limits.per_answer)
    return (own, *_by_network("letter network", limits.per_address))


def _by_network(purpose: str, most: int) -> Sequence[RateLimit]:
    """Return a limit of the request's network. Behind an unknown proxy there is none."""
    source = request_source()
    return () if source.kind is SourceKind.UNKNOWN else (RateLimit(purpose, source.name, most),)


@contextmanager
def _limited(limits: Sequence[RateLimit]) -> Iterator[None]:
    """Count the block under limits; the page of status 429 if one is reached. Raises Overloaded."""
    context = current_context()
    try:
        with rate_limited(context.attempts, limits, context.clock()):
            yield
    except RateLimited:
        abort(429)


@contextmanager
def _one_of_few_at_once() -> Iterator[None]:
    """Let one network have only a few letters made at the same time, so that others' letters find room.

    Raises Overloaded.
    """
    context, source = current_context(), request_source()
    if source.kind is SourceKind.UNKNOWN:
        yield
        return
    most = context.configuration.limits.letters.at_once_per_address
    limit = RateLimit("letters at once", source.widest, most, window=_LONGEST_LAYOUT)
    reservation = context.attempts.reserve([limit], context.clock())
    if reservation.state is not LimitState.OPEN:
        raise Overloaded
    try:
        yield
    finally:
        context.attempts.give_back(reservation)


def _code_page(
    typed: str = "",
    mistakes: dict[str, object] | None = None,
    letter: Letter | None = None,
    scope: CodeScope | None = None,
    is_live: bool = True,
) -> str:
    return page(
        "letter.html", typed=typed, mistakes=mistakes or {}, letter=letter, scope=scope, is_live=is_live
    )
