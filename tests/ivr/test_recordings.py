"""Recordings replace a voice, whole prompts at a time; a language with neither is refused at start."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ivr.call import Node
from ivr.simulator.twiml_reader import each, read
from ivr.steps import CallResponse, InputMode
from ivr.twiml.renderer import Renderer
from ivr.words.descriptions import describe_reference
from ivr.words.prompts import Prompt
from ivr.words.recordings import Extent, Recordings
from ivr.words.utterances import Utterance, Value, ValueKind, with_value
from resident_app.configuration import load_configuration
from resident_app.intake.reference import Reference
from resident_app.languages import Languages, load_languages

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


def played(
    recordings: Recordings, languages: Languages, *utterances: Utterance, code: str = "pa"
) -> list[str]:
    """What a renderer plays or says, the names of files or the words."""
    renderer = Renderer("https://records.example.gov", languages, CONFIGURATION, recordings)
    response = CallResponse(utterances, InputMode.KEY, Node.MAIN)
    verbs = each(read(renderer.response(response, code, "n")), "Say", "Play")
    return [re.sub(r"^.*/([^/]+)\.wav$", r"\1", verb.text or "") for verb in verbs]


def test_a_language_without_a_voice_is_heard_as_far_as_it_is_recorded(
    languages: Languages, tmp_path: Path
) -> None:
    codes = CONFIGURATION.codes

    def extent(recordings: Recordings) -> Extent:
        return recordings.extent(languages["pa"], codes)

    missing = Recordings(tmp_path).missing(languages["pa"], codes)
    assert {"go-back", "main-check.1", "0", "9", "month-12", "weekday-1", "agencies-ICE", "percent"} <= set(
        missing
    )
    needed = Recordings(tmp_path).missing_for_call_back(languages["pa"])
    assert set(needed) < set(missing)
    assert extent(Recordings(tmp_path)) is Extent.NOTHING
    assert extent(record(tmp_path, needed[1:])) is Extent.NOTHING
    assert extent(record(tmp_path, needed)) is Extent.CALL_BACK
    (tmp_path / "pa" / "percent.wav").unlink(missing_ok=True)
    assert extent(record(tmp_path, [name for name in missing if name != "percent"])) is Extent.CALL_BACK
    assert extent(record(tmp_path, missing)) is Extent.WHOLE
    assert Recordings(tmp_path).extent(load_languages()["pa"], codes) is Extent.WHOLE, "it has a voice"
    assert Recordings(tmp_path).extent(load_languages()["zh-Hant"], codes) is Extent.NOTHING, "site alone"


def test_a_recording_replaces_one_prompt(tmp_path: Path) -> None:
    recordings = record(tmp_path, ["go-back"], "en")
    said = [Utterance(Prompt.GO_BACK), Utterance(Prompt.HEAR_AGAIN)]
    assert played(recordings, load_languages(), *said, code="en") == ["go-back", Prompt.HEAR_AGAIN.value]


def test_values_are_played_in_the_order_of_the_words(tmp_path: Path) -> None:
    recordings = record(tmp_path, ["birth-read.1", "month-5", "day-12", *"0123456789"], "en")
    read_back = with_value(Prompt.BIRTH_READ, "date", ValueKind.DAY, date(1946, 5, 12))
    expected = ["birth-read.1", "month-5", "day-12", "1", "9", "4", "6"]
    assert played(recordings, load_languages(), read_back, code="en") == expected
    reference = describe_reference(Reference("1234567890123456"))[0]
    said = played(record(tmp_path, ["reference.1"], "en"), load_languages(), reference, code="en")
    assert said == ["reference.1", *"1234567890123456"]


def test_a_prompt_that_lacks_a_part_is_said_by_the_voice(tmp_path: Path) -> None:
    recordings = record(tmp_path, ["birth-read.1"], "en")
    read_back = with_value(Prompt.BIRTH_READ, "date", ValueKind.DAY, date(1946, 5, 12))
    assert played(recordings, load_languages(), read_back, code="en") == ["Your birth date: May 12, 1946."]


def test_a_voiceless_language_plays_every_prompt(languages: Languages, tmp_path: Path) -> None:
    """Only names, which nobody recorded, are said by the source's voice."""
    names = Recordings(tmp_path).missing(languages["pa"], CONFIGURATION.codes)
    recordings = record(tmp_path, names)
    spoken = {
        part for say in _every_utterance() for part in played(recordings, languages, say) if part not in names
    }
    assert spoken == {CONFIGURATION.office.led_by, "Tacoma"}


VALUES = {
    "date": Value(ValueKind.DAY, "2018-01-10"),
    "start": Value(ValueKind.MONTH, "2017-05-01"),
    "end": Value(ValueKind.DAY, "2018-01-10"),
    "month": Value(ValueKind.MONTH, "2017-09-01"),
    "time": Value(ValueKind.MOMENT, "2026-11-23T08:00:00"),
    "number": Value(ValueKind.PHONE, "+13603594454"),
    "reference": Value(ValueKind.DIGITS, "1234567890123456"),
    "percent": Value(ValueKind.PERCENT, "60"),
    "agency": Value(ValueKind.AGENCY, "ICE-ERO"),
    "ground": Value(ValueKind.GROUND, "1326"),
    "what": Value(ValueKind.RELEASED, "photo+application"),
    "office": Value(ValueKind.TEXT, "Tacoma"),
    "name": Value(ValueKind.TEXT, CONFIGURATION.office.led_by),
    "key": Value(ValueKind.KEY, "7"),
}
NUMBER = Value(ValueKind.NUMBER, "12")


def _every_utterance() -> list[Utterance]:
    return [
        Utterance(
            prompt, {name: VALUES.get(name, NUMBER) for name in re.findall(r"%\((\w+)\)s", prompt.value)}
        )
        for prompt in Prompt
    ]
