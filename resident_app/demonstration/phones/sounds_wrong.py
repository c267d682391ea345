"""What a listener marks as wrong: a file with a line of JSON for each, in the instance directory."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from resident_app.demonstration.phones.prompt_list import SpokenPrompt

FILE_NAME = "sounds-wrong.jsonl"
LONGEST_NOTE = 500


@dataclass(frozen=True)
class MarkedPrompt:
    """One prompt that sounds wrong in a language, as it was on the day `at` (ISO 8601)."""

    at: str
    language: str
    prompt: str
    english: str
    words: str
    note: str


def mark(path: Path, language: str, prompt: SpokenPrompt, note: str, now: datetime) -> None:
    """Add a mark to the file. Raises OSError."""
    at = now.isoformat(timespec="seconds")
    marked = MarkedPrompt(
        at, language, prompt.name, prompt.english, prompt.words, note.strip()[:LONGEST_NOTE]
    )
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(marked), ensure_ascii=False) + "\n")


def marks_of(path: Path, language: str) -> Iterator[MarkedPrompt]:
    """Return the marks of a language, in the order in which they were made. Other lines are left out."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in lines:
        try:
            found = MarkedPrompt(**json.loads(line))
        except (ValueError, TypeError):
            continue
        if found.language == language:
            yield found
