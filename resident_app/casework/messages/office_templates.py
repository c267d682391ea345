"""Templates that the office writes: an English text, its translations, and who reviewed each.

What a database writer made is worth nothing: each text has a MAC. The template has one over the ids of its
current texts, and a version that the audit log knows. So a text that was changed, or an older one that was
put back, is not offered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Select, Table, func, insert, select, update

from resident_app.casework.messages.template_tables import OfficeTemplateRow, TemplateTextRow
from resident_app.languages import SOURCE
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.security.row_authentication import authentic_rows, seal_row
from resident_app.security.row_versions import newest_rows, newest_version, record_version

LONGEST_TITLE = 80
LONGEST_PURPOSE = 200

_TEMPLATE = cast(Table, OfficeTemplateRow.__table__)
_TEXT = cast(Table, TemplateTextRow.__table__)


class TemplateRefused(Exception):
    """The change was not made: the template is not authentic, or is not as the person saw it."""


class OwnReview(TemplateRefused):
    """Who wrote a text cannot review it."""


@dataclass(frozen=True)
class TemplateText:
    """One version of a template's words in one language."""

    id: int
    language: str
    number: int
    of_number: int
    words: str
    read_back: str
    written_by: int
    written_at: datetime
    reviewed_by: int | None
    reviewed_at: datetime | None

    @property
    def is_reviewed(self) -> bool:
        return self.reviewed_by is not None


@dataclass(frozen=True)
class OfficeTemplate:
    """A template with its current texts by language. English is always among them."""

    id: int
    title: str
    purpose: str
    channel: str
    is_retired: bool
    texts: Mapping[str, TemplateText]

    @property
    def english(self) -> TemplateText:
        return self.texts[SOURCE]

    def current(self, language: str) -> TemplateText | None:
        """Return the text in a language, if it is a translation of the English as it is now."""
        text = self.texts.get(language)
        is_current = text is not None and (language == SOURCE or text.of_number == self.english.number)
        return text if is_current else None

    def outdated(self) -> list[TemplateText]:
        """Return the translations of an older English text."""
        return [text for language, text in self.texts.items() if self.current(language) is None]


def every_template(connection: Connection) -> list[OfficeTemplate]:
    """Return the authentic templates by their titles, retired ones too. The others are noted as refused."""
    by_title = select(OfficeTemplateRow).order_by(OfficeTemplateRow.title, OfficeTemplateRow.id)
    return _authentic(connection, by_title)


def count_refused(connection: Connection) -> int:
    """Return how many templates are in the table and not authentic."""
    stored = connection.execute(select(func.count()).select_from(OfficeTemplateRow)).scalar_one()
    return stored - len(every_template(connection))


def find_template(connection: Connection, number: int) -> OfficeTemplate | None:
    """Return a template, or None if it does not exist or is not authentic."""
    found = _authentic(connection, select(OfficeTemplateRow).where(OfficeTemplateRow.id == number))
    return found[0] if found else None


def every_text(connection: Connection, number: int) -> list[TemplateText]:
    """Return all versions of a template's texts that are authentic, the newest first."""
    texts = (
        select(TemplateTextRow)
        .where(TemplateTextRow.template_id == number)
        .order_by(TemplateTextRow.id.desc())
    )
    return [_text(row) for row in authentic_rows(connection, texts, _TEXT)]


def add_template(
    connection: Connection, title: str, purpose: str, channel: str, words: str, by: int, at: datetime
) -> int:
    """Add a template with its English text. Return its id."""
    audit_log.lock_log(connection)
    made = connection.execute(
        insert(OfficeTemplateRow).values(title=title, purpose=purpose, channel=channel, texts="", version=0)
    ).inserted_primary_key
    number = int(cast(tuple[int], made)[0])
    text = _insert_text(connection, number, SOURCE, words, "", 0, by, at)
    _write(connection, number, at, texts=str(text))
    _record(connection, number, "written", text, by, at)
    return number


def describe(
    connection: Connection, number: int, title: str, purpose: str, channel: str, by: int, at: datetime
) -> None:
    """Change what a template is called, what it is for and how it may be sent. Raises TemplateRefused."""
    _to_change(connection, number)
    _write(connection, number, at, title=title, purpose=purpose, channel=channel)
    _record(connection, number, "described", None, by, at)


def write_text(
    connection: Connection,
    number: int,
    language: str,
    words: str,
    read_back: str,
    by: int,
    at: datetime,
    *,
    of_number: int = 0,
) -> int:
    """Add a version of a template's words in a language, which nobody has reviewed. Return the text's id.

    A translation names the version of the English that it is of. Raises TemplateRefused if there is a newer.
    """
    template = _to_change(connection, number)
    if language != SOURCE and of_number != template.english.number:
        raise TemplateRefused
    text = _insert_text(connection, number, language, words, read_back, of_number, by, at)
    current = {code: each.id for code, each in template.texts.items()} | {language: text}
    _write(connection, number, at, texts=",".join(map(str, current.values())))
    _record(connection, number, "written", text, by, at)
    return text


def review_text(
    connection: Connection, number: int, text: int, read_back: str, by: int, at: datetime
) -> None:
    """Note that a second person has read a text, and what it says in English as that person read it.

    Raises OwnReview, and TemplateRefused if the text is not a current one, or was reviewed.
    """
    template = _to_change(connection, number)
    found = next((each for each in template.texts.values() if each.id == text), None)
    if found is None or found.is_reviewed or template.current(found.language) is None:
        raise TemplateRefused
    if found.written_by == by:
        raise OwnReview
    changed = (
        {}
        if found.language == SOURCE or read_back == found.read_back
        else {
            "read_back": read_back,
            "read_back_by": by,
        }
    )
    connection.execute(
        update(TemplateTextRow)
        .where(TemplateTextRow.id == text)
        .values(reviewed_by=by, reviewed_at=at, **changed)
    )
    seal_row(connection, _TEXT, text)
    _record(connection, number, "reviewed", text, by, at)


def retire(connection: Connection, number: int, by: int, at: datetime, *, is_retired: bool) -> None:
    """Offer a template no more, or again. Raises TemplateRefused."""
    _to_change(connection, number)
    _write(connection, number, at, retired_at=at if is_retired else None)
    _record(connection, number, "retired" if is_retired else "offered-again", None, by, at)


def _to_change(connection: Connection, number: int) -> OfficeTemplate:
    """Return a template that nobody else changes until the transaction ends. Raises TemplateRefused."""
    audit_log.lock_log(connection)
    found = find_template(connection, number)
    if found is None:
        raise TemplateRefused
    return found


def _authentic(connection: Connection, statement: Select[OfficeTemplateRow]) -> list[OfficeTemplate]:
    believed = newest_rows(connection, statement, _TEMPLATE)
    ids = [number for row in believed for number in _text_ids(row)]
    chosen = select(TemplateTextRow).where(TemplateTextRow.id.in_(ids))
    texts = {text.id: text for text in authentic_rows(connection, chosen, _TEXT)}
    return [
        _template(row, [texts[number] for number in _text_ids(row)])
        for row in believed
        if all(number in texts and texts[number].template_id == row.id for number in _text_ids(row))
    ]


def _text_ids(row: OfficeTemplateRow) -> list[int]:
    return [int(number) for number in row.texts.split(",")]


def _template(row: OfficeTemplateRow, texts: Sequence[TemplateTextRow]) -> OfficeTemplate:
    return OfficeTemplate(
        row.id,
        row.title,
        row.purpose,
        row.channel,
        row.retired_at is not None,
        {text.written_language: _text(text) for text in texts},
    )


def _text(row: TemplateTextRow) -> TemplateText:
    return TemplateText(
        row.id,
        row.written_language,
        row.number,
        row.of_number,
        row.words,
        row.read_back,
        row.written_by,
        row.written_at,
        row.reviewed_by,
        row.reviewed_at,
    )


def _insert_text(
    connection: Connection,
    template: int,
    language: str,
    words: str,
    read_back: str,
    of_number: int,
    by: int,
    at: datetime,
) -> int:
    newest = select(func.max(TemplateTextRow.number)).where(
        TemplateTextRow.template_id == template, TemplateTextRow.written_language == language
    )
    made = connection.execute(
        insert(TemplateTextRow).values(
            template_id=template,
            written_language=language,
            number=(connection.execute(newest).scalar_one() or 0) + 1,
            of_number=of_number,
            words=words,
            read_back=read_back,
            written_by=by,
            written_at=at,
            read_back_by=by if read_back else None,
        )
    ).inserted_primary_key
    number = int(cast(tuple[int], made)[0])
    seal_row(connection, _TEXT, number)
    return number


def _write(connection: Connection, number: int, at: datetime, **columns: object) -> None:
    """Write columns of a template with its next version, and record that version."""
    version = newest_version(connection, _TEMPLATE, number) + 1
    connection.execute(
        update(OfficeTemplateRow).where(OfficeTemplateRow.id == number).values(**columns, version=version)
    )
    seal_row(connection, _TEMPLATE, number)
    record_version(connection, _TEMPLATE, number, version, at)


def _record(
    connection: Connection, template: int, what: str, text: int | None, by: int, at: datetime
) -> None:
    about = {} if text is None else {"text": text}
    audit_log.record(
        connection, Audited.TEMPLATE_CHANGED, actor_id=by, at=at, template=template, what=what, **about
    )
