"""What does not work now, in an officer's words: the worker, the phone company, the mail server."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Flask

from resident_app.casework.messages.stalled import StalledChannel, stalled_channels
from resident_app.casework.worker_status import WorkerStatus, worker_status
from resident_app.console.context import current_context
from resident_app.console.rendering import format_moment
from resident_app.contact_points import Channel
from resident_app.database import reading
from resident_app.intake.message_tables import DeliveryError

TELL = "Tell whoever runs this system."

_WAITING = "It waits for its turn."
_ERRORS = {
    DeliveryError.NOT_SET_UP: "This cannot be sent yet: no {kind} is set up.",
    DeliveryError.QUIET_HOURS: "Nobody is texted in quiet hours. It goes out when they end.",
    DeliveryError.UNREACHABLE: "{Name} cannot be reached.",
    DeliveryError.TOO_BUSY: "{Name} is too busy.",
    DeliveryError.NOT_LET_IN: "{Name} does not accept our password.",
    DeliveryError.UNCERTAIN: "It was handed to {name}, which did not say whether it was taken.",
    DeliveryError.OPTED_OUT: "This number answered STOP: it opted out of texts.",
    DeliveryError.NOT_A_NUMBER: "This number cannot get texts.",
    DeliveryError.NO_SUCH_ADDRESS: "There is no such email address.",
    DeliveryError.REFUSED: "{Name} refused it.",
    DeliveryError.RETURNED: "The email came back: it could not be delivered.",
    DeliveryError.CANNOT_OPEN: "It does not open with the office’s keys.",
    DeliveryError.NOT_AUTHORIZED: (
        "Nobody at the office wrote this message as it is in the database. It is never sent."
        " Tell whoever runs this system today."
    ),
}
_KINDS = {Channel.TEXT: "phone company", Channel.EMAIL: "mail server"}
_MESSAGES = {Channel.TEXT: ("text message", "text messages"), Channel.EMAIL: ("email", "emails")}


@dataclass(frozen=True)
class WorkingParts:
    """How the worker is, in words for an officer. An empty string: nothing is wrong."""

    status: WorkerStatus
    worker_problem: str
    stalled: tuple[StalledChannel, ...] = ()

    def channel_problem(self, channel: str) -> str:
        """Why a message that is written now would wait."""
        if self.worker_problem:
            return self.worker_problem
        found = {Channel.TEXT: self.status.phone_company, Channel.EMAIL: self.status.mail_server}
        known = Channel(channel)
        return "" if found[known] else f"No {_KINDS[known]} is set up, so {_MESSAGES[known][1]} wait. {TELL}"

    def name(self, channel: Channel) -> str:
        """Return the phone company or the mail server with its name, if the worker knows it."""
        found = {Channel.TEXT: self.status.phone_company, Channel.EMAIL: self.status.mail_server}[channel]
        return f"the {_KINDS[channel]} ({found})" if found else f"the {_KINDS[channel]}"

    def error(self, error: DeliveryError | None, channel: Channel) -> str:
        """Return why a message has not gone out."""
        name = self.name(channel)
        words = _ERRORS[error] if error else _WAITING
        return words.format(kind=_KINDS[channel], name=name, Name=name[:1].upper() + name[1:])

    def alerts(self) -> list[str]:
        """Return what everybody in the console must know now."""
        return list(self._alerts())

    def _alerts(self) -> Iterator[str]:
        if self.worker_problem:
            yield self.worker_problem
            return
        for one in self.stalled:
            singular, plural = _MESSAGES[one.channel]
            many = f"{one.messages:,} {singular if one.messages == 1 else plural}"
            yield (
                f"No {singular} has gone out for half an hour, and {many} "
                f"{'waits' if one.messages == 1 else 'wait'}, the oldest since {_moment(one.since)}: "
                f"{self.error(one.error, one.channel)} {TELL}"
            )


def working_parts() -> WorkingParts:
    """Return how the worker is now."""
    context = current_context()
    now = context.clock()
    with reading(context.engine) as connection:
        status = worker_status(connection, now)
        stalled = stalled_channels(connection, now) if status.runs else []
    return WorkingParts(status, _worker_problem(status), tuple(stalled))


def _worker_problem(status: WorkerStatus) -> str:
    if status.seen_at is None:
        return f"The worker has not run yet: calls and messages wait. {TELL}"
    if not status.runs:
        since = _moment(status.seen_at)
        return f"The worker has not run since {since}: calls and messages wait. {TELL}"
    if status.problem:
        return f"The worker does nothing: {status.problem}. Calls and messages wait. {TELL}"
    return ""


def _moment(at: datetime) -> str:
    return format_moment(at, current_context().configuration.calendar.zone)


def install(app: Flask) -> None:
    """Give templates `working_parts`."""
    app.jinja_env.globals.update(working_parts=working_parts)
