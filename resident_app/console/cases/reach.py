"""How the office can reach one person now, and why not in the other ways."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from resident_app.casework.cases.timeline import TimelineLine
from resident_app.casework.worker_status import worker_status
from resident_app.configuration.keywords import Keyword
from resident_app.console.context import ConsoleContext
from resident_app.console.failures import working_parts
from resident_app.contact_points import Channel, can_be_texted
from resident_app.database import reading
from resident_app.intake.help_request import HelpRequest
from resident_app.intake.message_tables import DeliveryError
from resident_app.intake.request_tables import EntryKind, HelpRequestRow

_OPTED_OUT_AT_CARRIER = 21610
"""https://www.twilio.com/docs/api/errors/21610"""
_NOBODY = "Nobody may contact this person any more."
_UNREADABLE = "This request does not open with the office’s keys."
_NO_NUMBER = "There is no phone number. Add one under “Correct the number, address, name or time zone”."
_NO_ADDRESS = "There is no email address. Add one under “Correct the number, address, name or time zone”."
_NOT_TEXTED = "This number cannot get text messages."
_SAID_STOP = "This number answered STOP. Texts are possible again when the person texts START."
_NO_PHONE_COMPANY = "No phone company is set up. Tell the people who run this system."
_NO_MAIL_SERVER = "No mail server is set up. Tell the people who run this system."


@dataclass(frozen=True)
class Reach:
    """What can be offered for a person. `why_not` has a sentence for each way that cannot."""

    channels: tuple[str, ...] = ()
    """For a message; the one that the person asked for is first."""
    why_not: Mapping[str, str] = field(default_factory=dict)
    """By channel: phone, text or email."""

    @property
    def can_call(self) -> bool:
        return Channel.PHONE not in self.why_not


def reach_of(
    row: HelpRequestRow,
    asked: HelpRequest | None,
    context: ConsoleContext,
    lines: Iterable[TimelineLine] = (),
) -> Reach:
    """Return how a person can be reached. `lines` are the timeline of the request, the newest first."""
    if row.erasure_requested_at or row.contact_removed_at:
        return Reach((), dict.fromkeys(Channel, _NOBODY))
    if asked is None:
        return Reach((), dict.fromkeys(Channel, _UNREADABLE))
    with reading(context.engine) as connection:
        worker = worker_status(connection, context.clock())
    # A worker that never ran says nothing of what it has.
    is_known = worker.seen_at is not None
    why_not: dict[str, str] = {}
    if not asked.phone:
        why_not |= {Channel.PHONE: _NO_NUMBER, Channel.TEXT: _NO_NUMBER}
    elif is_known and not worker.phone_company:
        why_not |= {Channel.PHONE: _NO_PHONE_COMPANY, Channel.TEXT: _NO_PHONE_COMPANY}
    elif not can_be_texted(asked.phone):
        why_not[Channel.TEXT] = _NOT_TEXTED
    elif context.opt_outs.has(asked.phone) or _was_refused(lines):
        why_not[Channel.TEXT] = _SAID_STOP
    worker_problem = working_parts().worker_problem
    if worker_problem and Channel.PHONE not in why_not:
        why_not[Channel.PHONE] = worker_problem
    if not asked.email:
        why_not[Channel.EMAIL] = _NO_ADDRESS
    elif is_known and not worker.mail_server:
        why_not[Channel.EMAIL] = _NO_MAIL_SERVER
    usable = [channel.value for channel in (Channel.TEXT, Channel.EMAIL) if channel not in why_not]
    return Reach(tuple(sorted(usable, key=lambda channel: channel != asked.reach_by)), why_not)


def _was_refused(lines: Iterable[TimelineLine]) -> bool:
    """Return whether the carrier refused the newest text because of a STOP, and no START came since."""
    for line in lines:
        if line.kind == EntryKind.TEXT_IN and line.code == Keyword.START.value:
            return False
        if line.kind == EntryKind.TEXT_OUT and (line.sending or line.delivery):
            return line.error is DeliveryError.OPTED_OUT or line.delivery_error == _OPTED_OUT_AT_CARRIER
    return False
