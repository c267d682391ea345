"""Letters: an answer as a file, if the resident asks for it, and the page that confirms a letter."""

from pathlib import Path

from flask import Response, abort, make_response, request

from resident_app.characters import readable
from resident_app.i18n import current_language
from resident_app.i18n import lazy_gettext as _l
from resident_app.public_context import current_context
from resident_app.register.letter_code import LONGEST_TYPED, NotALetterCode
from resident_app.register.letter_token import Letter, NotALetterToken
from resident_app.security.capacity import Overloaded
from resident_app.site.blueprint import site
from resident_app.site.rendering import is_language_change, page
from resident_app.web.typesetting.fonts import can_typeset
from resident_app.web.typesetting.pdf import pad_pdf, typeset

# NOTE: Error beside the field for the code of a letter.
CODE_WRONG = _l("This is not the code of one of our letters. Please check each letter and number.")
# NOTE: Title of the file that a person saves. It must not say what the letter is about.
TITLE = _l("Letter")
FILE_NAME = "letter.pdf"
FILE_BYTES = 12 * 16_384
"""The length of every letter, whatever it says. The longest of our languages' need two thirds of it."""
SHEET = (Path(__file__).parent / "letter.typ").read_text(encoding="utf-8")
"""How the letter looks (Typst)."""


@site.post("/<lang>/letter/file")
def letter_file() -> Response:
    """Return the answer that the page's token contains as a PDF. It exists only in memory."""
    context = current_context()
    language = current_language()
    if not can_typeset(language):
        abort(404)
    try:
        letter = context.letters.open_token(request.form.get("answer", ""), context.clock())
    except NotALetterToken:
        abort(410)
    text = page("letter_file.html", letter=letter, code=context.letters.code(letter))
    try:
        with context.typesetting.slot(context.configuration.limits.capacity.wait_seconds, 1):
            file = typeset(SHEET, text, str(TITLE), language)
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
    letters = current_context().letters
    try:
        letter = letters.confirm(typed)
    except NotALetterCode:
        text = _code_page(typed=typed[:LONGEST_TYPED], mistakes={"code": CODE_WRONG})
        return make_response(text, 422)
    return make_response(_code_page(letter=letter, is_live=letters.is_live(letter)))


def _code_page(
    typed: str = "",
    mistakes: dict[str, object] | None = None,
    letter: Letter | None = None,
    is_live: bool = True,
) -> str:
    return page("letter.html", typed=typed, mistakes=mistakes or {}, letter=letter, is_live=is_live)
