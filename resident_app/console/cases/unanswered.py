"""What the person wrote since the office last answered: all of it, and what they asked first."""

from collections.abc import Collection, Sequence

from resident_app.casework.cases.timeline import TimelineLine
from resident_app.console.rendering import REPLY_KINDS
from resident_app.intake.message_tables import OutgoingState, TextDelivery
from resident_app.intake.request_tables import EntryKind

_NOT_ARRIVED = (TextDelivery.UNDELIVERED, TextDelivery.FAILED)


def last_words(lines: Sequence[TimelineLine], reached: Collection[str]) -> list[TimelineLine]:
    """Return what the person wrote since the office answered, newest first, and what they asked first.

    `lines` are a timeline, newest first; `reached` the outcomes of calls in which they were spoken with.
    If nothing waits for an answer, return the last of their words. A reaction is returned if they wrote no
    more.
    """
    written = [line for line in lines if line.from_resident and line.words]
    if not written:
        return []
    since = next((at for at, line in enumerate(lines) if _is_answer(line, reached)), len(lines))
    words = [line for line in written if not _is_reaction(line)] or written
    waiting = [line for line in lines[:since] if line in words]
    shown = waiting or words[:1]
    return shown if written[-1] in shown else [*shown, written[-1]]


def _is_reaction(line: TimelineLine) -> bool:
    return line.code in REPLY_KINDS


def _is_answer(line: TimelineLine, reached: Collection[str]) -> bool:
    if line.kind in (EntryKind.TEXT_OUT, EntryKind.EMAIL_OUT):
        # A message whose row the schedule removed was sent long ago.
        return line.sending in (None, OutgoingState.SENT) and line.delivery not in _NOT_ARRIVED
    return line.kind == EntryKind.ANSWERED or (line.kind == EntryKind.CALL and line.code in reached)
