"""A file that came with a message, as pictures of its pages. The file itself is given to nobody's browser."""

import re

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from resident_app.casework.attachments.rendering import CannotShow, NotShown, RenderedPage, render_page
from resident_app.casework.attachments.stored_files import OpenedFile, open_reply_file, open_request_file
from resident_app.casework.messages import placement
from resident_app.console.cases.actor import current_reader
from resident_app.console.context import current_context
from resident_app.database import writing
from resident_app.intake.mail_text import decode_as, visible_text
from resident_app.intake.message_tables import InboundRow, InboundState

blueprint = Blueprint("attachment", __name__)

_HTML = re.compile(r"<(?:html|head|body|div|p|br|table)\b", re.IGNORECASE)
_MOST_PAGES = 60
"""More are not listed on one page."""
_WHY_NOT = {
    NotShown.ENCRYPTED: "This PDF is locked with a password. Ask the person for one without a password.",
    NotShown.DAMAGED: "This file is damaged, or is not what it seems to be. Ask the person to send it again.",
    NotShown.TOO_LARGE: "This file is too large to be shown safely. Ask the person for a smaller picture.",
    NotShown.TOO_SLOW: "This file took too long to open, and was stopped. Ask the person to send it again.",
    NotShown.NO_PAGE: "This file has no such page.",
    NotShown.BUSY: "Other files are being opened. Wait a moment, then try again.",
    NotShown.NOT_LIMITED: "This computer cannot open files safely, so nothing is shown. Tell an admin.",
}
ENCODINGS = {
    "utf-8": "Unicode (UTF-8)",
    "windows-1252": "Western (Windows-1252)",
    "windows-1251": "Cyrillic (Windows-1251)",
    "koi8-r": "Russian (KOI8-R)",
    "koi8-u": "Ukrainian (KOI8-U)",
    "gb18030": "Chinese, simplified (GB18030)",
    "big5": "Chinese, traditional (Big5)",
    "shift_jis": "Japanese (Shift JIS)",
    "iso-2022-jp": "Japanese (ISO-2022-JP)",
    "euc-jp": "Japanese (EUC-JP)",
    "euc-kr": "Korean (EUC-KR)",
    "windows-1258": "Vietnamese (Windows-1258)",
    "windows-1256": "Arabic (Windows-1256)",
    "utf-16le": "Unicode (UTF-16)",
}
"""By label (WHATWG Encoding Standard): those of the languages of our site."""


@blueprint.get("/requests/<int:number>/attachments/<key>")
def show(number: int, key: str) -> Response:
    """Show a file of a request."""
    address = url_for("attachment.page", number=number, key=key, page=0)
    return _show(_of_request(number, key), address, url_for("request.show", number=number))


@blueprint.get("/requests/<int:number>/attachments/<key>/pages/<int:page>")
def page(number: int, key: str, page: int) -> Response:
    """Return the picture of one page, counted from 0."""
    return _picture(_of_request(number, key), page)


@blueprint.get("/replies/<int:number>/attachments/<key>")
def show_of_reply(number: int, key: str) -> Response:
    """Show a file of a reply that belongs to no request."""
    address = url_for("attachment.page_of_reply", number=number, key=key, page=0)
    return _show(_of_reply(number, key), address, url_for("replies.show"))


@blueprint.get("/replies/<int:number>/attachments/<key>/pages/<int:page>")
def page_of_reply(number: int, key: str, page: int) -> Response:
    """Return the picture of one page, counted from 0."""
    return _picture(_of_reply(number, key), page)


def _of_request(number: int, key: str) -> OpenedFile:
    """Open a file, and record that it was read."""
    context = current_context()
    with writing(context.engine) as connection:
        found = open_request_file(connection, context.keys.current(), number, key)
        return found.read(current_reader(connection)) if found is not None else abort(404)


def _of_reply(number: int, key: str) -> OpenedFile:
    """Open a file, and record that it was read."""
    context = current_context()
    with writing(context.engine) as connection:
        stored = placement.stored_inbound(
            connection, InboundRow.id == number, InboundRow.state == InboundState.UNPLACED
        )
        found = open_reply_file(connection, context.keys.current(), stored[0], key) if stored else None
        return found.read(current_reader(connection)) if found is not None else abort(404)


def _show(file: OpenedFile, first: str, back: str) -> Response:
    """Show what can be shown of a file, or why it cannot."""
    if file.attachment.is_original_text:
        chosen = _encoding(file.attachment.label)
        words = decode_as(file.contents, chosen)
        if _HTML.search(words):
            words = visible_text(words)
        return make_response(
            render_template(
                "original_text.html",
                file=file.attachment,
                back=back,
                encodings=ENCODINGS,
                chosen=chosen,
                words=words,
            )
        )
    problem, pages = "", 0
    try:
        pages = _rendered(file, 0).pages
    except CannotShow as refused:
        problem = _WHY_NOT[refused.reason]
    base = first.removesuffix("0")
    addresses = [f"{base}{number}" for number in range(min(pages, _MOST_PAGES))]
    return make_response(
        render_template(
            "attachment.html",
            file=file.attachment,
            back=back,
            problem=problem,
            pages=pages,
            addresses=addresses,
        ),
        422 if problem else 200,
    )


def _picture(file: OpenedFile, number: int) -> Response:
    if file.attachment.is_original_text:
        abort(404)
    try:
        made = _rendered(file, number)
    except CannotShow as refused:
        abort(
            503
            if refused.reason in (NotShown.BUSY, NotShown.NOT_LIMITED)
            else 404
            if refused.reason is NotShown.NO_PAGE
            else 422
        )
    response = make_response(made.jpeg)
    response.headers["Content-Type"] = "image/jpeg"
    response.headers["Content-Disposition"] = "inline"
    return response


def _rendered(file: OpenedFile, number: int) -> RenderedPage:
    return render_page(file.contents, file.attachment.type, number)


def _encoding(claimed: str) -> str:
    """Return the encoding that was chosen, or else the claimed one if it is listed, or else the first."""
    for label in (request.args.get("encoding", ""), claimed.lower()):
        if label in ENCODINGS:
            return label
    return next(iter(ENCODINGS))
