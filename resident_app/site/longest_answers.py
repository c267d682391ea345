"""The longest answers: pages rendered with the longest values, so that no answer to a form is longer."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import partial

from flask import Flask, request
from markupsafe import escape

from resident_app.i18n import choose_language
from resident_app.intake.help_request import MESSAGE_LENGTH
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
from resident_app.register.letter_code import CodeScope
from resident_app.register.letter_token import TOKEN_CHARACTERS, Letter
from resident_app.register.recipients import other_agencies
from resident_app.site.answer_length import LongestAnswers
from resident_app.site.check_form import longest_mistakes
from resident_app.site.contact_form import DID_YOU_MEAN, EMAIL_MISTAKES, PHONE_MISTAKES, REACH_BY_WRONG
from resident_app.site.forms import MESSAGE_TOO_LONG, TOO_LONG
from resident_app.site.identity import Identity, choose_identity
from resident_app.site.rendering import page

# Of all characters this one takes the most bytes in HTML: &#34;
_LONGEST_CHARACTER = '"'
_LONGEST_ADDRESS = "&" * 64 + "@" + "x" * 189
_MOST_DISCLOSURES = 0xFFFF
_LONGEST_TEXT_BYTES = MESSAGE_LENGTH * len("&#34;") + 300
"""The longest message that is not too long, and what a person is called and how we reach them."""


def longest_answers(app: Flask) -> LongestAnswers:
    """Measure the longest pages that answer a form in any language."""
    context = context_of(app)
    languages = context.languages.on_the_site()
    usual = max(_bytes(text) for language in languages for text in _usual_pages(app, context, language))
    empty_form = max(_bytes(_help_form(app, language)) for language in languages)
    return LongestAnswers(max(usual, empty_form + _LONGEST_TEXT_BYTES), empty_form)


def _usual_pages(app: Flask, context: PublicContext, language: Language) -> Iterator[str]:
    """Yield an answer with all disclosures that are listed, its letter, and a check with everything wrong."""
    for answer in _longest_shared(context, language):
        assert answer.edition
        letter = Letter(_longest_day(language), answer.edition, answer.found)
        yield _rendered(
            app,
            language,
            "letter",
            partial(
                page,
                "letter.html",
                typed="",
                mistakes={},
                letter=letter,
                scope=CodeScope.EVERYTHING,
                is_live=False,
            ),
        )
        yield _rendered(
            app,
            language,
            "check",
            partial(
                page,
                "check_answer.html",
                answer=answer,
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


def _help_form(app: Flask, language: Language) -> str:
    """Render a help form with everything wrong, and without a text that a person typed."""
    typed = {"answer": "x" * TOKEN_CHARACTERS, "topic": "renewed", "asked_about": _LONGEST_ADDRESS}
    return _rendered(
        app,
        language,
        "help",
        lambda: page(
            "help.html",
            typed=typed,
            mistakes=_all_mistakes(),
            suggested=_LONGEST_ADDRESS,
            problem="busy",
        ),
    )


def _rendered(app: Flask, language: Language, path: str, render: Callable[[], str]) -> str:
    with app.test_request_context(f"/{language.code}/{path}", method="POST"):
        # As at the beginning of a request: the language is no value of a view.
        (request.view_args or {}).pop("lang", None)
        choose_language(language)
        # The longest banner, so that answers have one length whichever edition is published later.
        choose_identity(Identity.OFFICIAL)
        return render()


def _longest_shared(context: PublicContext, language: Language) -> Iterator[Answer]:
    """Yield the longest answers that name ICE, and that leave open whether ICE received the record."""
    codes = context.configuration.codes
    without_ice = {code: codes.agencies[code] for code in other_agencies(codes)}
    for agencies in (codes.agencies, without_ice):
        if agencies:
            agency = _longest_name(agencies, language)
            found = Disclosures(
                (_longest_disclosure(context, language, agency),) * SLOTS,
                _MOST_DISCLOSURES,
                frozenset(agencies),
                all_agencies_known=agencies is codes.agencies,
            )
            yield Answer(AnswerKind.SHARED, _edition(context, language), found)


def _longest_disclosure(context: PublicContext, language: Language, agency: str) -> Disclosure:
    codes = context.configuration.codes
    return Disclosure(
        answered_on=_longest_day(language),
        agency=agency,
        office=_LONGEST_CHARACTER * OFFICE_CHARACTERS,
        released=RELEASED,
        ground=_longest_name(codes.grounds, language),
        request=_LONGEST_CHARACTER * REQUEST_BYTES,
    )


def _edition(context: PublicContext, language: Language) -> Edition:
    codes, day = context.configuration.codes, _longest_day(language)
    return Edition(
        id=bytes(16),
        period_from=day,
        period_to=day,
        systems=tuple(codes.systems),
        argon2=Argon2Parameters(0, 0),
        envelopes=0,
        sealed_on=day,
        dictionary=b"",
    )


def _all_mistakes() -> dict[str, str]:
    """Return the longest mistake for each field that can have one."""
    most = f"{10**6:,}"
    mistakes: dict[str, Iterable[object]] = {
        "reach_by": (REACH_BY_WRONG,),
        "phone": PHONE_MISTAKES.values(),
        "email": (*EMAIL_MISTAKES.values(), str(DID_YOU_MEAN) % {"address": escape(_LONGEST_ADDRESS)}),
        "best_time": (TOO_LONG,),
        "name": (TOO_LONG,),
        "message": (str(MESSAGE_TOO_LONG) % {"count": most, "most": most},),
    }
    return {name: max(map(str, words), key=_bytes) for name, words in mistakes.items()}


def _longest_day(language: Language) -> date:
    return max((date(2017, month, 28) for month in range(1, 13)), key=lambda day: _bytes(language.day(day)))


def _longest_name(names: Mapping[str, str], language: Language) -> str:
    """Return the code whose name is longest in a language."""
    return max(names, key=lambda code: _bytes(language.text(names[code])))


def _bytes(text: str) -> int:
    return len(text.encode())
