"""Why a call from the office ended, and what the officer reads and hears about it."""

from datetime import datetime, timedelta
from enum import StrEnum

from resident_app.intake.call_tables import CallStage


class CallEnding(StrEnum):
    """Why a call ended."""

    FINISHED = "finished"
    HUNG_UP = "hung-up"
    TOO_LATE = "too-late"
    TOO_MANY = "too-many"
    REFUSED = "refused"
    NOT_MADE = "not-made"
    NOT_AUTHORIZED = "not-authorized"
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


ENDING_WORDS = {
    CallEnding.FINISHED: "The call is over.",
    CallEnding.HUNG_UP: "You ended the call.",
    CallEnding.TOO_LATE: "The call could not be made in time. Please try again.",
    CallEnding.TOO_MANY: "No more calls to residents can be made today.",
    CallEnding.REFUSED: "This number cannot be called from here.",
    CallEnding.NOT_MADE: "The phone company did not make the call.",
    CallEnding.NOT_AUTHORIZED: (
        "Nobody at the office asked for this call as it is in the database. No phone was rung."
        " Tell whoever runs this system today."
    ),
    CallEnding.OFFICER_BUSY: "Your phone was busy.",
    CallEnding.OFFICER_NO_ANSWER: "Your phone was not answered.",
    CallEnding.OFFICER_NO_KEY: "No key was pressed on your phone.",
    CallEnding.OFFICER_LEFT: "You hung up before the person answered.",
    CallEnding.BUSY: "The person's line is busy.",
    CallEnding.NO_ANSWER: "Nobody answered.",
    CallEnding.UNREACHABLE: "The number could not be reached.",
    CallEnding.NO_KEY: "The phone was answered, and no key was pressed.",
    CallEnding.MACHINE: "An answering machine answered. It heard nothing.",
    CallEnding.MESSAGE_LEFT: "An answering machine answered. The usual message was left.",
}
"""What an officer reads and hears. English, because it is for the office."""

_LONGEST = {
    CallStage.WAITING: (timedelta(seconds=60), CallEnding.TOO_LATE),
    CallStage.RINGING_OFFICER: (timedelta(seconds=75), CallEnding.OFFICER_NO_ANSWER),
    CallStage.OFFICER_READY: (timedelta(seconds=60), CallEnding.TOO_LATE),
    CallStage.RINGING_RESIDENT: (timedelta(seconds=180), CallEnding.NO_ANSWER),
    CallStage.TALKING: (timedelta(hours=1), CallEnding.FINISHED),
}
"""How long a call may stay at a stage, and how it ends after that, when the carrier's report never came."""

_NO_RESIDENT = {"busy": CallEnding.BUSY, "failed": CallEnding.UNREACHABLE}
_NO_OFFICER = {
    "busy": CallEnding.OFFICER_BUSY,
    "completed": CallEnding.OFFICER_NO_KEY,
    "failed": CallEnding.NOT_MADE,
}
_ANSWERED = {"person": CallEnding.NO_KEY, "machine": CallEnding.MACHINE, "message": CallEnding.MESSAGE_LEFT}


def ending_for_leg(stage: CallStage, answered_by: str, status: str, *, officer: bool) -> CallEnding | None:
    """Return why a call at `stage` ended when the officer's leg, or the resident's, ended.

    `status` is the carrier's status of the leg. Returns None if the call goes on, or had already ended.
    """
    if stage is CallStage.TALKING:
        return CallEnding.FINISHED
    if officer:
        if stage is CallStage.RINGING_OFFICER:
            return _NO_OFFICER.get(status, CallEnding.OFFICER_NO_ANSWER)
        return None if stage is CallStage.ENDED else CallEnding.OFFICER_LEFT
    if stage is not CallStage.RINGING_RESIDENT:
        return None
    if status == "completed":
        return _ANSWERED.get(answered_by, CallEnding.NO_ANSWER)
    return _NO_RESIDENT.get(status, CallEnding.NO_ANSWER)


def ending_if_stuck(stage: CallStage, since: datetime, at: datetime) -> CallEnding | None:
    """Return how a call that reached `stage` at `since` timed out, or None if it did not."""
    if stage is CallStage.ENDED:
        return None
    longest, because = _LONGEST[stage]
    return because if since + longest < at else None
