"""Every prompt is heard once, by a machine: espeak-ng speaks each in each language of the phone.

It fails on silence, on words that the language's voice cannot say, and on a sentence that is too long to keep
in mind. The words that are tested are the finished sentences, with values.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

import pytest

from ivr.call import Topic
from ivr.simulator.twiml_reader import each, read
from ivr.twiml.agent_whisper import whisper
from ivr.words.descriptions import describe_reference, describe_system_error
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, Value, ValueKind, render
from resident_app.configuration import load_configuration
from resident_app.intake.call_endings import ENDING_WORDS
from resident_app.intake.reference import derived_reference
from resident_app.languages import Language, load_languages
from tests.ivr.espeak import VOICES, WITHOUT_A_VOICE, has_voice, phonemes, speak
from translations.speech import unspeakable

CONFIGURATION = load_configuration()
LANGUAGES = load_languages()
ON_THE_PHONE = LANGUAGES.on_the_phone()
SPOKEN = [language.code for language in ON_THE_PHONE]

LONGEST_SENTENCE = 20.0
"""Seconds, without values."""
# What is longer has a limit of its own. In seconds.
LONGEST_MENU_OF_LANGUAGES = 25.0
LONGEST_REFERENCE = 25.0
"""Sixteen digits, twice."""
LONGEST_FAULT = 20.0
LONGEST_FAULT_IN_EVERY_LANGUAGE = 180.0

QUIETEST = 500.0
"""Root mean square of the samples. Speech has more than 2,000, silence has 0."""

# Who speaks Chinese says Latin letters by their English names, and so do the carrier's Chinese voices.
LATIN_CAPITALS_ARE_SAID = {"zh-Hans", "yue-Hant"}

# What its dictionary says in English, as people do, though it is written in the language's own script.
LOAN_WORDS = {"pa": ("ਟੈਕਸਟ",)}

A_NAME = "3000"
"""In place of a name, such as Tacoma, which every voice says as it can: no voice has other letters for it."""
# A value of each placeholder, by its name in the prompts.
SAMPLES: Mapping[str, tuple[ValueKind, tuple[str, ...]]] = {
    "key": (ValueKind.KEY, ("1",)),
    "date": (ValueKind.DAY, ("2018-01-10", "2017-09-30")),
    "start": (ValueKind.MONTH, ("2017-05-01",)),
    "end": (ValueKind.DAY, ("2018-01-10",)),
    "month": (ValueKind.MONTH, ("2017-09-01",)),
    "year": (ValueKind.YEAR, ("2018",)),
    "time": (ValueKind.MOMENT, ("2026-11-23T08:00", "2026-11-27T13:30")),
    "count": (ValueKind.NUMBER, ("3",)),
    "requests": (ValueKind.NUMBER, ("1234",)),
    "place": (ValueKind.NUMBER, ("2",)),
    "percent": (ValueKind.PERCENT, ("60",)),
    "number": (ValueKind.PHONE, ("+13603594454",)),
    "reference": (ValueKind.DIGITS, ("1234567890123456",)),
    "agencies": (ValueKind.SHORT_AGENCIES, ("CBP+DHS",)),
    "agency": (ValueKind.AGENCY, tuple(CONFIGURATION.codes.agencies)),
    "ground": (ValueKind.GROUND, tuple(CONFIGURATION.codes.grounds)),
    "what": (ValueKind.RELEASED, ("+".join(CONFIGURATION.codes.released),)),
    "office": (ValueKind.TEXT, (A_NAME,)),
    "name": (ValueKind.TEXT, (A_NAME,)),
    "address": (ValueKind.ADDRESS, ("dol.wa.gov",)),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
SENTENCE_END = re.compile(r"(?<=[.?!。？！؟።।])(?=\s|\w)")


def samples(prompt: Prompt) -> Iterator[Utterance]:
    """A prompt with each sample of each of its values."""
    names = sorted(set(PLACEHOLDER.findall(prompt.value)))
    for raws in product(*(SAMPLES[name][1] for name in names)):
        yield Utterance(
            prompt,
            {name: Value(SAMPLES[name][0], raw) for name, raw in zip(names, raws, strict=True)},
        )


@cache
def finished(code: str) -> dict[str, Prompt]:
    """Every sentence of a language with its values, and the prompt that it is of."""
    return {
        render(utterance, LANGUAGES[code], CONFIGURATION): prompt
        for prompt in Prompt
        for utterance in samples(prompt)
    }


def seconds_of(utterances: tuple[Utterance, ...], language: Language) -> float:
    """How long a caller listens to what has a limit of its own."""
    return sum(speak(render(one, language, CONFIGURATION), language.code).seconds for one in utterances)


def test_each_language_has_a_voice_here() -> None:
    assert set(VOICES) == set(SPOKEN)
    assert not [name for name in WITHOUT_A_VOICE.values() if has_voice(name)], "now espeak-ng has it"


def test_the_ear_hears() -> None:
    """What the tests below would find."""
    assert speak("።", "ko").loudness < QUIETEST < speak("네", "ko").loudness
    assert "(en)" in phonemes("DOL은 정보를", "ko")
    assert "(en)" in phonemes("免許局", "ru")
    assert "(en)" not in phonemes("디 오 엘은 정보를", "ko")
    assert 0.5 < speak("one two three", "en").seconds < 2


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("ICE (HSI) or CBP", ["(", ")"]),
        ("美国海关（CBP）", ["（", "）"]),
        ("ਪੌਂਡ (#) ਦਬਾਓ।", ["#", "(", ")"]),
        ("and/or § 5", ["/", "§"]),
        ("8 U.S.C. 1325", ["U.S.C"]),
        ("8 U. S. C. 1325", ["U. S. C"]),
        ("¿Sí? В’їзд: 60%. 免許局、です。ኤል፣ ነው።", []),
    ],
)
def test_marks_for_the_eye_are_found(text: str, marks: list[str]) -> None:
    assert unspeakable(text) == marks


@pytest.mark.parametrize("code", SPOKEN)
def test_nothing_is_silent(code: str) -> None:
    for text in finished(code):
        for sentence in SENTENCE_END.split(text):
            assert speak(sentence, code).loudness > QUIETEST, sentence


@pytest.mark.parametrize("code", SPOKEN)
def test_no_mark_is_spoken(code: str) -> None:
    assert {text: marks for text in finished(code) if (marks := unspeakable(text))} == {}


@pytest.mark.parametrize("code", [*LANGUAGES, None])
def test_no_mark_is_spoken_to_the_office(code: str | None) -> None:
    """What an officer hears of a caller. Where a language is written its name has its script in brackets."""
    locale = LANGUAGES[code].locale if code else None
    for topic in Topic:
        [heard] = each(read(whisper(locale, topic, "https://records.example.gov/x")), "Say")
        assert unspeakable(heard.text) == []
    assert [ending for ending, words in ENDING_WORDS.items() if unspeakable(words)] == []


@pytest.mark.parametrize("code", [language.code for language in ON_THE_PHONE if language.script != "Latn"])
def test_no_other_script_is_spoken(code: str) -> None:
    """Neither by the letters nor by the ear: the voice never changes to another language."""
    found = []
    for text in finished(code):
        own = re.sub("[A-Z]+", " ", text) if code in LATIN_CAPITALS_ARE_SAID else text
        for word in LOAN_WORDS.get(code, ()):
            own = own.replace(word, " ")
        if re.search("[A-Za-z]", own) or re.search(r"\([a-z-]+\)", phonemes(own, code)):
            found.append((own, phonemes(own, code)))
    assert found == []


@pytest.mark.parametrize("code", SPOKEN)
def test_no_sentence_is_too_long(code: str) -> None:
    for prompt in Prompt:
        for sentence in SENTENCE_END.split(LANGUAGES[code].spoken(prompt.value)):
            words = PLACEHOLDER.sub("", sentence)
            if re.search(r"\w", words):
                assert speak(words, code).seconds < LONGEST_SENTENCE, words


@pytest.mark.parametrize("menu", [1, 2])
def test_the_menus_of_languages_are_short(menu: int) -> None:
    languages = LANGUAGES.on_the_phone(menu)
    assert (
        sum(seconds_of(tuple(samples(Prompt.CHOOSE_LANGUAGE)), language) for language in languages)
        < LONGEST_MENU_OF_LANGUAGES
    )


@pytest.mark.parametrize("code", SPOKEN)
def test_a_reference_and_a_fault_are_short(code: str) -> None:
    language = LANGUAGES[code]
    reference = describe_reference(derived_reference(b"1" * 32, 0))
    assert seconds_of(reference, language) < LONGEST_REFERENCE
    assert seconds_of(fault(), language) < LONGEST_FAULT


def test_a_fault_in_every_language_is_short() -> None:
    assert sum(seconds_of(fault(), language) for language in ON_THE_PHONE) < LONGEST_FAULT_IN_EVERY_LANGUAGE


def fault() -> tuple[Utterance, ...]:
    return (*describe_system_error(CONFIGURATION.office), Utterance(Prompt.SYSTEM_ERROR_STAY))
