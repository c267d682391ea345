"""One length: every page that answers a form has as many bytes as every other, so its size tells nothing.

The length is what the longest answer in any language needs (`longest_answers`), rounded up. It follows from
the code, `config/` and the catalogues alone, so all processes of a deployment have the same one.

Only a form whose text is longer than it may be can need more bytes, to show all of it again. How many then
follows from the length of the request's body alone, which the network sees anyway.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from flask import Flask, Response, current_app, request

from resident_app.public_context import current_context
from resident_app.security import event_log
from resident_app.site.blueprint import site

_EXTENSION = "answer_length"
_BLOCK = 4096
# What takes three bytes in a form, such as %26, takes at most five in a page: &amp;
_ENCODED_BYTES, _ESCAPED_BYTES = 3, 5
_PADDING = (b"<!--", b"-->")
_PADDING_BYTES = sum(map(len, _PADDING))
# The head of every answer has the same length too, because TLS 1.2 cannot pad its records. HTTP/1.1 writes
# the status in words: here they are the same for each. Only some answers have Retry-After. The others have a
# header with a name as long, which HTTP/2 compresses to as many bytes (RFC 7541, appendix B).
_REASON = "Answer"
_RETRY_AFTER = "Retry-After"
_NO_RETRY_AFTER = "X-Padding-0"


class TooLong(Exception):
    """A page is longer than every answer may be."""


@dataclass(frozen=True)
class LongestAnswers:
    """The bytes of the longest answer to a form whose text is not too long, and of a form without text."""

    usual: int
    empty_form: int


class AnswerLength:
    """The length of every answer of one application, measured when the first one needs it."""

    def __init__(self, longest: Callable[[], LongestAnswers]):
        self._longest = longest

    @cached_property
    def _measured(self) -> LongestAnswers:
        return self._longest()

    @property
    def total(self) -> int:
        """The length of every answer, in bytes, but of one that shows too much text: a multiple of 4,096."""
        return _rounded_up(self._measured.usual + _PADDING_BYTES)

    def after(self, body: int) -> int:
        """Return the length that has room for all text of a form of `body` bytes."""
        text = -(-body * _ESCAPED_BYTES // _ENCODED_BYTES)
        return max(self.total, _rounded_up(self._measured.empty_form + text + _PADDING_BYTES))

    def fits(self, page: str) -> bool:
        """Return whether a page is short enough to answer the current request."""
        return len(page.encode()) + _PADDING_BYTES <= self._most

    def pad(self, page: bytes) -> bytes:
        """Return a page with a comment of spaces after it (WHATWG HTML, 13.1.1). Raises TooLong."""
        taken = len(page) + _PADDING_BYTES
        length = self.total if taken <= self.total else self._most
        if taken > length:
            raise TooLong
        return page + (b" " * (length - taken)).join(_PADDING)

    @property
    def _most(self) -> int:
        """The most that the current request can be answered in. A body that is too large is not read."""
        body, largest = request.content_length, request.max_content_length
        return self.total if body is None or largest is None or body > largest else self.after(body)


def install(app: Flask, longest: Callable[[], LongestAnswers], error_page: Callable[[int], Response]) -> None:
    """Pad every page of the site that answers a POST. One that is too long becomes an error page, padded too.

    `longest` measures the longest answers. The phone line's answers are not padded.
    """
    length = app.extensions[_EXTENSION] = AnswerLength(longest)

    def pad(response: Response) -> Response:
        if request.blueprint != site.name or request.method != "POST" or response.mimetype != "text/html":
            return response
        try:
            response.set_data(length.pad(response.get_data()))
        except TooLong as error:
            event_log.failed(request.endpoint or "no endpoint", error)
            response = error_page(500)
            response.set_data(length.pad(response.get_data()))
        _even_out_head(response)
        return response

    app.after_request(pad)


def measure(app: Flask) -> int:
    """Measure the usual length of an application's answers, in bytes, before the first request."""
    length: AnswerLength = app.extensions[_EXTENSION]
    return length.total


def current_answer_length() -> AnswerLength:
    """Return the length of the application that serves this request."""
    length: AnswerLength = current_app.extensions[_EXTENSION]
    return length


def _rounded_up(length: int) -> int:
    return -(-length // _BLOCK) * _BLOCK


def _even_out_head(response: Response) -> None:
    """Give the response the same head as every other answer, but for the number of its status."""
    response.status = f"{response.status_code} {_REASON}"
    if _RETRY_AFTER not in response.headers:
        seconds = current_context().configuration.limits.capacity.retry_after_seconds
        response.headers[_NO_RETRY_AFTER] = str(seconds)
