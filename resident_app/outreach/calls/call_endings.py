"""Why a call from the office ended, and what the officer is told of it."""

from datetime import datetime, timedelta
from enum import Enum

from resident_app.outreach.tables import CallStage


class Ended(Enum):
    """Why a call ended."""

    FINISHED = "finished"
    HUNG_UP = "hung-up"
    TOO_LATE = "too-late"
    TOO_MANY = "too-many"
    REFUSED = "refused"
    NOT_MADE = "not-made"
    OFFICER_BUSY = "officer-busy"
    OFFICER_NO_ANSWER = "officer-no-answer"
    OFFICER_NO_KEY = "officer-no-key"
    OFFICER_LEFT = "officer-left"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    UNREACHABLE = "unreachable"
    NO_KEY = "no-key"
    MACHINE = "machine"
    MESSAGE_LEFT = "message-left"


ENDED_WORDS = {
    Ended.FINISHED: "The call is over.",
    Ended.HUNG_UP: "You ended the call.",
    Ended.TOO_LATE: "The call could not be made in time. Please try again.",
    Ended.TOO_MANY: "No more calls to residents can be made today.",
    Ended.REFUSED: "This number cannot be called from here.",
    Ended.NOT_MADE: "The phone company did not make the call.",
    Ended.OFFICER_BUSY: "Your phone was busy.",
    Ended.OFFICER_NO_ANSWER: "Your phone was not answered.",
    Ended.OFFICER_NO_KEY: "No key was pressed on your phone.",
    Ended.OFFICER_LEFT: "You hung up before the person answered.",
    Ended.BUSY: "The person's line is busy.",
    Ended.NO_ANSWER: "Nobody answered.",
    Ended.UNREACHABLE: "The number could not be reached.",
    Ended.NO_KEY: "The phone was answered, and no key was pressed.",
    Ended.MACHINE: "An answering machine answered. It heard nothing.",
    Ended.MESSAGE_LEFT: "An answering machine answered. The usual message was left.",
}
"""What an officer reads and hears. In English: these words are for the office."""

_LONGEST = {
    CallStage.WAITING: (timedelta(seconds=60), Ended.TOO_LATE),
    CallStage.RINGING_OFFICER: (timedelta(seconds=75), Ended.OFFICER_NO_ANSWER),
    CallStage.OFFICER_READY: (timedelta(seconds=60), Ended.TOO_LATE),
    CallStage.RINGING_RESIDENT: (timedelta(seconds=180), Ended.NO_ANSWER),
    CallStage.TALKING: (timedelta(hours=1), Ended.FINISHED),
}
"""How long a call may stay at a stage, and why it has ended then: somebody who should have told did not."""

_NO_RESIDENT = {"busy": Ended.BUSY, "failed": Ended.UNREACHABLE}
_NO_OFFICER = {"busy": Ended.OFFICER_BUSY, "completed": Ended.OFFICER_NO_KEY, "failed": Ended.NOT_MADE}
_ANSWERED = {"person": Ended.NO_KEY, "machine": Ended.MACHINE, "message": Ended.MESSAGE_LEFT}


def ended_because(stage: CallStage, answered_by: str, status: str, *, officer: bool) -> Ended | None:
    """Why a call at `stage` has ended with the officer's leg, or with the resident's.

    `status` is that of the leg's call at the provider. None: it goes on, or had ended before.
    """
    if stage is CallStage.TALKING:
        return Ended.FINISHED
    if officer:
        if stage is CallStage.RINGING_OFFICER:
            return _NO_OFFICER.get(status, Ended.OFFICER_NO_ANSWER)
        return None if stage is CallStage.ENDED else Ended.OFFICER_LEFT
    if stage is not CallStage.RINGING_RESIDENT:
        return None
    if status == "completed":
        return _ANSWERED.get(answered_by, Ended.NO_ANSWER)
    return _NO_RESIDENT.get(status, Ended.NO_ANSWER)


def stuck_because(stage: CallStage, since: datetime, at: datetime) -> Ended | None:
    """Why a call that came to `stage` at `since` has ended; None: it may still go on, or has ended."""
    if stage is CallStage.ENDED:
        return None
    longest, because = _LONGEST[stage]
    return because if since + longest < at else None
