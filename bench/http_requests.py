"""The requests of the load generator: made up, signed and encoded before measuring begins."""

import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from bench.instance import BASE_URL, Instance
from bench.load import HttpRequest
from resident_app.demonstration.made_up_cards import MadeUpCard

_MAIN_MENU = "/voice/main/"
_ENGLISH_KEY = "1"


def empty_page() -> list[HttpRequest]:
    return [HttpRequest(_request("GET", "/"), "")]


def home_page() -> list[HttpRequest]:
    return [HttpRequest(_request("GET", "/en/"), "</html>")]


def checks(cards: Sequence[MadeUpCard], count: int) -> list[HttpRequest]:
    """Return checks that match, over all cards in turn, each from another network."""
    return [_check(cards[number % len(cards)], number) for number in range(count)]


def calls(instance: Instance) -> list[HttpRequest]:
    """Return the first webhook of a call."""
    return [_signed(instance, "/voice/start", {}, "<Gather")]


def language_steps(instance: Instance, count: int) -> list[HttpRequest]:
    """Return the first key of `count` calls, each from another number. The response is the main menu."""
    digits = {"Digits": _ENGLISH_KEY}
    return [
        _signed(instance, f"/voice/language/{secrets.token_hex(12)}", digits, _MAIN_MENU)
        for _ in range(count)
    ]


def _caller() -> str:
    """Return a made-up number, rarely the same twice, because calls from one number are limited."""
    return f"+1206{2_000_000 + secrets.randbelow(8 * 10**6)}"


def _check(card: MadeUpCard, number: int) -> HttpRequest:
    form = {
        "card_number": card.card_number,
        "birth_year": card.born_on.year,
        "birth_month": card.born_on.month,
        "birth_day": card.born_on.day,
        "issue_year": card.issued_on.year,
        "issue_month": card.issued_on.month,
        "issue_day": card.issued_on.day,
    }
    network = {"X-Forwarded-For": f"10.{number // 256 % 256}.{number % 256}.1"}
    return HttpRequest(_request("POST", "/en/check", network, form), f'data-answer="{card.answer}"')


def _signed(instance: Instance, path: str, keyed: Mapping[str, str], expected: str) -> HttpRequest:
    form = {
        "CallSid": "CA" + secrets.token_hex(16),
        "From": _caller(),
        "CallStatus": "in-progress",
        **keyed,
    }
    signature = RequestValidator(instance.token).compute_signature(BASE_URL + path, form)
    return HttpRequest(_request("POST", path, {"X-Twilio-Signature": signature}, form), expected)


def _request(
    method: str, path: str, headers: Mapping[str, str] | None = None, form: Mapping[str, object] | None = None
) -> str:
    """Encode an HTTP/1.1 request in ASCII."""
    body = urlencode(form) if form else ""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", body])
