"""What a template of the office may leave open, how that is written in each language, and what is refused."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resident_app.casework.messages.composing import DraftProblem
from resident_app.casework.messages.template_checks import (
    TemplateProblem,
    TextProblem,
    read_back_problems,
    words_problems,
)
from resident_app.casework.messages.template_variables import (
    TemplateValues,
    fill,
    normalized,
    unknown_variables,
)
from resident_app.casework.messages.text_segments import count_segments
from resident_app.configuration import load_configuration
from resident_app.languages import load_languages

LANGUAGES = load_languages()
OFFICE = load_configuration().office
VALUES = TemplateValues(OFFICE, "Ana", date(2026, 12, 1), time(14, 30))
ENGLISH = "{officer} will call you on {day} at {time}."
KOREAN = "{day} {time}에 {officer} 담당자가 전화드리겠습니다."


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("en", "December 1, 2026 2:30 PM"),
        ("es", "1 de diciembre de 2026 14:30"),
        ("ko", "2026년 12월 1일 오후 2:30"),
        ("ja", "2026年12月1日 14:30"),
        ("zh-Hant", "2026年12月1日 下午2:30"),
        ("km", "1 ធ្នូ 2026 14:30"),
        ("am", "1 ዲሴምበር 2026 2:30 ከሰዓት"),
    ],
)
def test_a_day_and_a_time_are_written_as_the_language_does(code: str, written: str) -> None:
    assert fill("{day} {time}", LANGUAGES[code], VALUES) == written


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_variable_is_filled_in_every_language(code: str) -> None:
    words = fill("{number} {day} {time} {officer} {hours}", LANGUAGES[code], VALUES)
    assert "{" not in words
    assert "____" not in words
    assert OFFICE.line_in_words in words


def test_what_was_not_chosen_is_seen() -> None:
    assert fill("{day} {time} {officer}", LANGUAGES["en"], TemplateValues(OFFICE)) == "____ ____ ____"


def test_full_width_braces_are_taken_as_braces() -> None:
    """A Korean, Chinese or Japanese keyboard makes them."""
    assert normalized("｛ＤＡＹ｝에 ｛ day ｝") == "{day}에 {day}"
    assert unknown_variables(normalized("｛이름｝ {Name}")) == ("이름", "name")


def kinds(words: str, code: str, channel: str = "", english: str = "") -> list[TemplateProblem]:
    return words_problems(words, LANGUAGES[code], channel, LANGUAGES, OFFICE, english)


@pytest.mark.parametrize(
    ("words", "code", "channel", "refused"),
    [
        (ENGLISH, "en", "", []),
        ("", "en", "", [TemplateProblem(DraftProblem.EMPTY)]),
        ("Call {name} today.", "en", "", [TemplateProblem(TextProblem.UNKNOWN_VARIABLE, ("{name}",))]),
        ("Call us on %(day)s.", "en", "", [TemplateProblem(DraftProblem.PLACEHOLDER_LEFT)]),
        ("We write to you about ICE.", "en", "", [TemplateProblem(DraftProblem.REVEALING)]),
        ("We write to you about ICE.", "en", "text", [TemplateProblem(DraftProblem.REVEALING)]),
        ("We write to you about ICE.", "en", "email", []),
        ("Hello " * 200, "en", "text", [TemplateProblem(TextProblem.TOO_MANY_SEGMENTS, number=9)]),
        ("Hello " * 200, "en", "email", []),
    ],
)
def test_what_english_is_refused(words: str, code: str, channel: str, refused: list[TemplateProblem]) -> None:
    assert kinds(words, code, channel) == refused


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (KOREAN, []),
        (
            "{day}에 {officer} 담당자가 전화드리겠습니다.",
            [TemplateProblem(TextProblem.MISSING_VARIABLE, ("{time}",))],
        ),
        (KOREAN + " {hours}", [TemplateProblem(TextProblem.EXTRA_VARIABLE, ("{hours}",))]),
        (ENGLISH, [TemplateProblem(DraftProblem.WRONG_SCRIPT)]),
        ("{day} {time} {officer} 이민국", [TemplateProblem(DraftProblem.REVEALING)]),
    ],
)
def test_what_translation_is_refused(words: str, refused: list[TemplateProblem]) -> None:
    assert kinds(words, "ko", english=ENGLISH) == refused


@pytest.mark.parametrize(
    ("says", "refused"),
    [
        ("At {time} on {day} the officer {officer} will call you.", []),
        ("", [TemplateProblem(DraftProblem.EMPTY)]),
        ("On {day} {officer} calls.", [TemplateProblem(TextProblem.MISSING_VARIABLE, ("{time}",))]),
        (KOREAN, [TemplateProblem(TextProblem.NOT_READ_BACK)] * 2),
        ("{officer} le llamará a usted el {day} a las {time}.", [TemplateProblem(TextProblem.NOT_READ_BACK)]),
    ],
)
def test_what_read_back_is_refused(says: str, refused: list[TemplateProblem]) -> None:
    assert read_back_problems(says, KOREAN, LANGUAGES) == refused


@pytest.mark.parametrize(
    ("words", "number", "outside"),
    [
        ("", 1, ""),
        ("a" * 160, 1, ""),
        ("a" * 161, 2, ""),
        ("a" * 306, 2, ""),
        ("a" * 307, 3, ""),
        ("é" * 160, 1, ""),
        ("€" * 80, 1, ""),
        ("€" * 81, 2, ""),
        # 153 septets hold 76 of two each: the 153rd stays empty.
        ("€" * 153, 3, ""),
        ("á" * 70, 1, "á"),
        ("á" * 71, 2, "á"),
        ("가" * 134, 2, "가"),
        ("가" * 135, 3, "가"),
        # Two code units each, and never split: 33 in a part of 67.
        ("👍" * 35, 1, "👍"),
        ("👍" * 66, 2, "👍"),
        ("👍" * 67, 3, "👍"),
        ("a" * 100 + "’", 2, "’"),
    ],
)
def test_parts_of_a_text_message(words: str, number: int, outside: str) -> None:
    """By 3GPP TS 23.038 and 23.040: 160 and 153 septets, 70 and 67 code units."""
    found = count_segments(words)
    assert (found.number, found.outside) == (number, outside)


@given(st.text(max_size=200), st.sampled_from([*LANGUAGES]), st.sampled_from(["", "text", "email"]))
def test_no_words_break_the_checks(words: str, code: str, channel: str) -> None:
    kinds(normalized(words), code, channel, ENGLISH)
    read_back_problems(words, KOREAN, LANGUAGES)
    count_segments(words)
