"""The longest answers: pages rendered with the longest values, so that no answer to a form is longer."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from flask import Flask, request

from resident_app.characters import LONGEST_ENTRY
from resident_app.i18n import choose_language
from resident_app.intake.help_request import MESSAGE_LENGTH, SHORT_LENGTH
from resident_app.languages import Language
from resident_app.public_context import PublicContext, context_of
from resident_app.register.check import Answer, AnswerKind
from resident_app.register.disclosure import (
    OFFICE_CHARACTERS,
    RELEASED,
    REQUEST_BYTES,
    SLOTS,
    Disclosure,
    Disclosures,
)
from resident_app.register.edition import Argon2Parameters, Edition
from resident_app.register.letter_token import TOKEN_CHARACTERS
from resident_app.site.check_form import longest_mistakes
from resident_app.site.forms import TOO_LONG
from resident_app.site.help_form import EMAIL_WRONG, PHONE_WRONG, REACH_BY_WRONG
from resident_app.site.identity import Identity, choose_identity
from resident_app.site.rendering import page

# Of all characters this one takes the most bytes in HTML: &#34;
_LONGEST_CHARACTER = '"'
_MOST_DISCLOSURES = 0xFFFF


def longest_answer(app: Flask) -> int:
    """Return the bytes of the longest page that answers a form in any language."""
    context = context_of(app)
    lengths = [
        len(text.encode())
        for language in context.languages.on_the_site()
        for text in _longest_pages(app, context, language)
    ]
    return max(lengths)


def _longest_pages(app: Flask, context: PublicContext, language: Language) -> Iterator[str]:
    """Yield an answer with all disclosures that an envelope lists, and forms with everything wrong."""
    yield _rendered(
        app,
        language,
        "check",
        lambda: page(
            "check_answer.html",
            answer=_longest_answer(context, language),
            answered_on=_longest_day(language),
            taken="x" * TOKEN_CHARACTERS,
            letter_languages={language.code},
        ),
    )
    yield _rendered(
        app,
        language,
        "check",
        lambda: page("check.html", mistakes=longest_mistakes(language)),
    )
    yield _rendered(
        app,
        language,
        "help",
        lambda: page("help.html", typed=_longest_typed(), mistakes=_all_mistakes(), problem="busy"),
    )


def _rendered(app: Flask, language: Language, path: str, render: Callable[[], str]) -> str:
    with app.test_request_context(f"/{language.code}/{path}", method="POST"):
        # As at the beginning of a request: the language is no value of a view.
        (request.view_args or {}).pop("lang", None)
        choose_language(language)
        # The longest banner, so that answers have one length whichever edition is published later.
        choose_identity(Identity.OFFICIAL)
        return render()


def _longest_answer(context: PublicContext, language: Language) -> Answer:
    codes = context.configuration.codes
    day = _longest_day(language)
    disclosure = Disclosure(
        answered_on=day,
        agency=_longest_name(codes.agencies, language),
        office=_LONGEST_CHARACTER * OFFICE_CHARACTERS,
        released=RELEASED,
        ground=_longest_name(codes.grounds, language),
        request=_LONGEST_CHARACTER * REQUEST_BYTES,
    )
    edition = Edition(
        id=bytes(16),
        period_from=day,
        period_to=day,
        systems=tuple(codes.systems),
        argon2=Argon2Parameters(0, 0),
        envelopes=0,
        sealed_on=day,
        dictionary=b"",
    )
    found = Disclosures((disclosure,) * SLOTS, _MOST_DISCLOSURES, frozenset(codes.agencies))
    return Answer(AnswerKind.SHARED, edition, found)


def _longest_typed() -> dict[str, str]:
    """Return the longest values that a form without a mistake can have."""
    lengths = {
        "form_token": LONGEST_ENTRY,
        "phone": LONGEST_ENTRY,
        "email": LONGEST_ENTRY,
        "name": SHORT_LENGTH,
        "message": MESSAGE_LENGTH,
    }
    typed = {name: _LONGEST_CHARACTER * length for name, length in lengths.items()}
    return typed | {"answer": "x" * TOKEN_CHARACTERS, "topic": "renewed"}


def _all_mistakes() -> dict[str, str]:
    """Return the longest mistake for each field that can have one."""
    words = (REACH_BY_WRONG, PHONE_WRONG, EMAIL_WRONG, TOO_LONG)
    longest = max((str(word) for word in words), key=_bytes)
    return dict.fromkeys(("name", "reach_by", "phone", "email", "message", "best_time"), longest)


def _longest_day(language: Language) -> date:
    return max((date(2017, month, 28) for month in range(1, 13)), key=lambda day: _bytes(language.day(day)))


def _longest_name(names: Mapping[str, str], language: Language) -> str:
    """Return the code whose name is longest in a language."""
    return max(names, key=lambda code: _bytes(language.text(names[code])))


def _bytes(text: str) -> int:
    return len(text.encode())
