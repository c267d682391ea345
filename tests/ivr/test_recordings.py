"""Recordings replace a voice, whole prompts at a time; a language with neither is refused at start."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ivr.call import Place, Turn, Wait
from ivr.simulator.twiml_reader import each, read
from ivr.twiml.renderer import Renderer
from ivr.words.descriptions import reference_said
from ivr.words.prompts import Kind, Prompt, Say, Value, say_with
from ivr.words.recordings import Recordings, refuse_the_voiceless
from resident_app.configuration import load_configuration
from resident_app.intake.reference import Reference
from resident_app.languages import Languages, load_languages
from resident_app.settings import SettingsError

CONFIGURATION = load_configuration()
VOICELESS = load_languages()["pa"]


@pytest.fixture
def languages() -> Languages:
    """Ours, in which one language has lost its voice."""
    assert VOICELESS.phone
    silent = replace(VOICELESS, phone=VOICELESS.phone.model_copy(update={"voice": ""}))
    return Languages([silent if one.code == "pa" else one for one in load_languages().values()])


def record(folder: Path, names: list[str], language: str = "pa") -> Recordings:
    (folder / language).mkdir(exist_ok=True)
    for name in names:
        (folder / language / f"{name}.wav").write_bytes(b"RIFF")
    return Recordings(folder)


def played(recordings: Recordings, languages: Languages, *says: Say, code: str = "pa") -> list[str]:
    """What a renderer plays or says, the names of files or the words."""
    renderer = Renderer("https://records.example.gov", languages, CONFIGURATION, recordings)
    turn = Turn(says=says, wait=Wait.KEY, place=Place.MAIN)
    verbs = each(read(renderer.turn(turn, code, "n")), "Say", "Play")
    return [re.sub(r"^.*/([^/]+)\.wav$", r"\1", verb.text or "") for verb in verbs]


def test_a_language_with_neither_is_refused_by_name(languages: Languages, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"pa has no voice.*missing"):
        refuse_the_voiceless(languages, Recordings(tmp_path), CONFIGURATION)
    missing = Recordings(tmp_path).missing(languages["pa"], CONFIGURATION)
    assert {"welcome", "main-check.1", "0", "9", "month-12", "weekday-1", "agencies-ICE", "percent"} <= set(
        missing
    )
    with pytest.raises(SettingsError, match=missing[0]):
        refuse_the_voiceless(languages, record(tmp_path, missing[1:]), CONFIGURATION)
    refuse_the_voiceless(languages, record(tmp_path, missing), CONFIGURATION)


def test_a_recording_replaces_one_prompt(tmp_path: Path) -> None:
    recordings = record(tmp_path, ["welcome"], "en")
    said = [Say(prompt=Prompt.WELCOME), Say(prompt=Prompt.HEAR_AGAIN)]
    assert played(recordings, load_languages(), *said, code="en") == ["welcome", Prompt.HEAR_AGAIN.value]


def test_values_are_played_in_the_order_of_the_words(tmp_path: Path) -> None:
    recordings = record(tmp_path, ["birth-read.1", "month-5", "day-12", *"0123456789"], "en")
    read_back = say_with(Prompt.BIRTH_READ, "date", Kind.DAY, date(1946, 5, 12))
    expected = ["birth-read.1", "month-5", "day-12", "1", "9", "4", "6"]
    assert played(recordings, load_languages(), read_back, code="en") == expected
    reference = reference_said(Reference("123456789012"))[1]
    said = played(record(tmp_path, ["reference.1"], "en"), load_languages(), reference, code="en")
    assert said == ["reference.1", *"123456789012"]


def test_a_prompt_that_lacks_a_part_is_said_by_the_voice(tmp_path: Path) -> None:
    recordings = record(tmp_path, ["birth-read.1"], "en")
    read_back = say_with(Prompt.BIRTH_READ, "date", Kind.DAY, date(1946, 5, 12))
    assert played(recordings, load_languages(), read_back, code="en") == ["Your birth date: May 12, 1946."]


def test_a_voiceless_language_plays_every_prompt(languages: Languages, tmp_path: Path) -> None:
    """Only names, which nobody recorded, are said by the source's voice."""
    names = Recordings(tmp_path).missing(languages["pa"], CONFIGURATION)
    recordings = record(tmp_path, names)
    spoken = {
        part for say in _every_say() for part in played(recordings, languages, say) if part not in names
    }
    assert spoken == {CONFIGURATION.office.led_by, "Tacoma"}


VALUES = {
    "date": Value(kind=Kind.DAY, raw="2018-01-10"),
    "start": Value(kind=Kind.MONTH, raw="2017-05-01"),
    "end": Value(kind=Kind.DAY, raw="2018-01-10"),
    "month": Value(kind=Kind.MONTH, raw="2017-09-01"),
    "time": Value(kind=Kind.MOMENT, raw="2026-11-23T08:00:00"),
    "number": Value(kind=Kind.PHONE, raw="+13603594454"),
    "reference": Value(kind=Kind.DIGITS, raw="123456789012"),
    "percent": Value(kind=Kind.PERCENT, raw="60"),
    "agency": Value(kind=Kind.AGENCY, raw="ICE-ERO"),
    "ground": Value(kind=Kind.GROUND, raw="1326"),
    "what": Value(kind=Kind.RELEASED, raw="photo+application"),
    "office": Value(kind=Kind.TEXT, raw="Tacoma"),
    "name": Value(kind=Kind.TEXT, raw=CONFIGURATION.office.led_by),
    "key": Value(kind=Kind.TEXT, raw="7"),
}
NUMBER = Value(kind=Kind.NUMBER, raw="12")


def _every_say() -> list[Say]:
    return [
        Say(
            prompt=prompt,
            values={name: VALUES.get(name, NUMBER) for name in re.findall(r"%\((\w+)\)s", prompt.value)},
        )
        for prompt in Prompt
    ]
