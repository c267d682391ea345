"""A message goes out whole, in the reader's language, and a text message reveals nothing."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.words.prompts import Prompt
from resident_app.casework.messages.back_translations import load_back_translations, mistakes_in
from resident_app.casework.messages.composing import DraftProblem, MessageDraft, draft_problems
from resident_app.casework.messages.offered_templates import built_in_words
from resident_app.casework.messages.sensitive_terms import contains_sensitive_terms
from resident_app.casework.messages.template_variables import TemplateValues, fill
from resident_app.casework.messages.templates import MESSAGES, MessageTemplate
from resident_app.catalogues import messages_of
from resident_app.configuration import load_configuration
from resident_app.languages import SOURCE, load_languages
from resident_app.settings import TRANSLATIONS_DIR, SettingsError

LANGUAGES = load_languages()
BACK = load_back_translations(LANGUAGES)
OFFICE = load_configuration().office
VALUES = TemplateValues(OFFICE, day=date(2026, 12, 1))
REVEALING = (
    "Does DOL share my information with immigration officers?",
    "We never ask about immigration status, citizenship, place of birth or social security number.",
    "Washington State Department of Licensing (DOL)",
)
WRONG = {DraftProblem.WRONG_SCRIPT, DraftProblem.WRONG_LANGUAGE}


def filled(template: MessageTemplate, code: str, values: TemplateValues = VALUES) -> str:
    return fill(built_in_words(template, LANGUAGES[code]), LANGUAGES[code], values)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("channel", ["text", "email"])
def test_every_ready_message_may_go_out_in_its_own_language(code: str, channel: str) -> None:
    for template in MessageTemplate:
        words = filled(template, code)
        assert draft_problems(MessageDraft(words, code, channel), LANGUAGES) == (), (template, words)


@pytest.mark.parametrize("code", LANGUAGES)
def test_and_in_no_other(code: str) -> None:
    """But who reads Cantonese reads a message in Traditional Chinese."""
    words = " ".join(filled(template, code) for template in MessageTemplate)
    for other in set(LANGUAGES) - {code}:
        found = set(draft_problems(MessageDraft(words, other, "email"), LANGUAGES))
        assert found & WRONG or (code, other) == ("zh-Hant", "yue-Hant"), other


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_sentence_of_ours_is_taken_for_another_language(code: str) -> None:
    language = LANGUAGES[code]
    written = messages_of(TRANSLATIONS_DIR / "site.pot") if language.site else MESSAGES.values()
    heard = messages_of(TRANSLATIONS_DIR / "phone.pot") if language.has_voice else ()
    for translated in (*map(language.text, written), *map(language.spoken, heard)):
        words = re.sub(r"%\(\w+\)s", "7", translated)
        assert not set(draft_problems(MessageDraft(words, code, "email"), LANGUAGES)) & WRONG, words


@pytest.mark.parametrize(
    ("words", "code", "channel", "refused"),
    [
        ("", "en", "text", {DraftProblem.EMPTY}),
        (" \n", "en", "email", {DraftProblem.EMPTY}),
        ("a" * 1_700, "en", "text", {DraftProblem.TOO_LONG}),
        ("a" * 1_700, "en", "email", set()),
        ("a" * 10_001, "en", "email", {DraftProblem.TOO_LONG}),
        *(
            (f"Hello {placeholder}, please call us today.", "en", "text", {DraftProblem.PLACEHOLDER_LEFT})
            for placeholder in (
                *("%(name)s", "%s", "{name}", "{{ name }}", "[NAME]", "[FIRST NAME]", "<name>", "____"),
                *("XXX", "TODO", "％（name）s", "｛name｝", "［NAME］", "＜name＞", "＿＿＿", "ＸＸＸ"),
            )
        ),
        ("请拨打｛号码｝给我们打电话", "zh-Hans", "text", {DraftProblem.PLACEHOLDER_LEFT}),
        ("TODO ESTÁ BIEN, LE LLAMAREMOS MAÑANA", "es", "text", set()),
        ("Please call us (any day is good).", "en", "text", set()),
        ("Please call us [any day is good].", "en", "text", set()),
        ("It is 10% less than before, and < 3 days.", "en", "text", set()),
        ("We tried to reach you by phone today.", "es", "text", {DraftProblem.WRONG_LANGUAGE}),
        ("We tried to reach you by phone today.", "so", "text", {DraftProblem.WRONG_LANGUAGE}),
        ("Waxaan isku daynay inaan kula soo xiriirno maanta.", "en", "text", {DraftProblem.WRONG_LANGUAGE}),
        ("Hoy intentamos llamarle por teléfono a su casa.", "fil", "text", {DraftProblem.WRONG_LANGUAGE}),
        ("Мы пытались вам сегодня позвонить.", "uk", "text", {DraftProblem.WRONG_LANGUAGE}),
        (
            "Ми намагалися вам сьогодні зателефонувати і написати.",
            "ru",
            "text",
            {DraftProblem.WRONG_LANGUAGE},
        ),
        ("我哋打過電話畀您，請打返畀我哋", "zh-Hant", "text", {DraftProblem.WRONG_LANGUAGE}),
        ("We tried to reach you by phone today.", "ko", "text", {DraftProblem.WRONG_SCRIPT}),
        ("WE TRIED TO REACH YOU BY PHONE.", "ko", "text", {DraftProblem.WRONG_SCRIPT}),
        ("我們打過電話給您，請再打給我們", "zh-Hans", "text", {DraftProblem.WRONG_SCRIPT}),
        ("我们给您打过电话，请再打给我们", "zh-Hant", "text", {DraftProblem.WRONG_SCRIPT}),
        ("我们给您打过电话，请再打给我们", "ja", "text", {DraftProblem.WRONG_SCRIPT}),
        ("お電話しましたが、つながりませんでした", "zh-Hant", "text", {DraftProblem.WRONG_SCRIPT}),
        ("请给我们打电话。Please call us tomorrow morning.", "zh-Hans", "text", {DraftProblem.WRONG_SCRIPT}),
        ("OK", "es", "text", set()),
        ("Ja, gern.", "es", "text", set()),
        ("360-359-4454", "ko", "text", set()),
        ("María Peña, https://dol.wa.gov/contact-us", "ko", "email", set()),
        ("Пан Олексій просив переказати: дзвоніть", "uk", "text", set()),
        ("Jennifer Whitfield 과장이 전화드리겠습니다", "ko", "text", set()),
        ("请写信到maria.pena@example.com。", "zh-Hans", "email", set()),
        ("Anything at all in any language", "other", "text", set()),
        ("We tried to call you about ICE today.", "en", "text", {DraftProblem.REVEALING}),
        ("We tried to call you about ICE today.", "en", "email", set()),
        ("There is ice on the road today.", "en", "text", set()),
        ("我们想和您谈谈ICE的事情", "zh-Hans", "text", {DraftProblem.REVEALING}),
        ("Es sobre su licencia de conducir de Washington.", "es", "text", {DraftProblem.REVEALING}),
        ("Is your LICENSE at hand when we call?", "en", "text", {DraftProblem.REVEALING}),
    ],
)
def test_what_is_refused(words: str, code: str, channel: str, refused: set[DraftProblem]) -> None:
    assert set(draft_problems(MessageDraft(words, code, channel), LANGUAGES)) == refused


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != SOURCE])
def test_what_it_is_about_is_known_in_every_language(code: str) -> None:
    """Without the agencies' and the department's letters, which stand in every language."""
    language = LANGUAGES[code]
    written = map(language.text, REVEALING) if language.site else ()
    heard = [language.spoken(Prompt.ASK_POLICE.value)] if language.has_voice else []
    for translated in (*written, *heard):
        words = re.sub(r"\b(?:ICE|DOL|DHS|CBP)\b", " ", translated)
        assert contains_sensitive_terms(words, LANGUAGES), words


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_strangers_may_see_or_hear_reveals_nothing(code: str) -> None:
    heard = (Prompt.OFFICE_CALLS, Prompt.OFFICE_CALLS_WAIT, Prompt.OFFICE_CALLS_MESSAGE)
    language = LANGUAGES[code]
    for message in MESSAGES.values():
        assert not contains_sensitive_terms(language.text(message), LANGUAGES), message
    for prompt in heard:
        assert not contains_sensitive_terms(language.spoken(prompt.value), LANGUAGES), prompt


def test_a_day_that_was_not_chosen_is_seen() -> None:
    for code in LANGUAGES:
        words = filled(MessageTemplate.WILL_CALL, code, TemplateValues(OFFICE))
        assert DraftProblem.PLACEHOLDER_LEFT in draft_problems(MessageDraft(words, code, "text"), LANGUAGES)


def test_a_missing_or_old_reading_is_found() -> None:
    texts = {"ko": LANGUAGES["ko"].text}
    korean = BACK.table["ko"]
    assert mistakes_in({"ko": korean}, texts) == []
    without = {name: reading for name, reading in korean.items() if name != "DONE"}
    assert mistakes_in({"ko": without}, texts) == ["ko: DONE is missing"]
    assert mistakes_in({"ko": {**korean, "DONE": BACK.table["es"]["DONE"]}}, texts) == [
        f'ko: DONE was read from an older translation; the new one has of = "{korean["DONE"].of}"'
    ]
    other = korean["DONE"].model_copy(update={"says": "Call us."})
    assert mistakes_in({"ko": {**korean, "DONE": other}}, texts) == ["ko: DONE has other placeholders"]
    assert mistakes_in({"ko": {**korean, "GONE": other}}, texts) == ["ko: GONE: no such message"]
    assert mistakes_in({"ko": korean, "xx": korean}, texts) == ["xx: no such language"]
    assert len(mistakes_in({}, texts)) == len(MESSAGES)


def test_a_server_does_not_start_with_an_old_reading(tmp_path: Path) -> None:
    text = (TRANSLATIONS_DIR / "back.toml").read_text(encoding="utf-8")
    old = text.replace(BACK.table["ar"]["DONE"].of, "00000000")
    (tmp_path / "back.toml").write_text(old, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"translations/back\.toml: ar: DONE was read from an older"):
        load_back_translations(LANGUAGES, tmp_path)


@given(st.text(max_size=300), st.sampled_from([*LANGUAGES, "other", ""]), st.sampled_from(["text", "email"]))
def test_no_words_break_it(words: str, code: str, channel: str) -> None:
    draft_problems(MessageDraft(words, code, channel), LANGUAGES)
