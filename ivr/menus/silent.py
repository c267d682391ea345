"""Callers who press nothing at all: they may not be able to.

Only a number that its carrier vouches for is called back unasked: with a forged one the office would ring a
victim.
"""

from ivr.call import Call, Node
from ivr.menus.menu import (
    Announcement,
    EffectRequest,
    LineConfiguration,
    Menu,
    Route,
    Transition,
    line_number,
)
from ivr.steps import InputMode, LeaveRequest, Refusal
from ivr.words.prompts import Prompt
from resident_app.configuration.codes import SILENT_CALLER
from resident_app.contact_points import can_be_called_back
from resident_app.intake.reference import Reference

STAY_SECONDS = 20
REACHED_WITHOUT_A_KEY = (Node.LANGUAGE, Node.MORE_LANGUAGES, Node.CALL_BACK, Node.CALL_BACK_NUMBER)


def may_be_called_unasked(call: Call) -> bool:
    """Return whether this caller may be called back without having pressed a key."""
    return not call.has_pressed and call.is_attested and can_be_called_back(call.caller or "")


def _leave_silent_request(call: Call, _line: LineConfiguration) -> LeaveRequest:
    assert call.caller is not None
    return LeaveRequest(call.caller, None, None, voicemail_ok=False, token=call.token, topic=SILENT_CALLER)


def after_silent_request(call: Call, outcome: Reference | Refusal, _line: LineConfiguration) -> Transition:
    """Promise the call back if there is a request for this number: of this call, or of one earlier today."""
    is_there = isinstance(outcome, Reference) or outcome is Refusal.TOO_MANY
    return Transition(call, Node.CALLED_BACK if is_there else Node.NO_KEYS)


MENUS = (
    Menu(
        Node.STAY,
        back=(Route(Node.LANGUAGE),),
        announcements=(Announcement(Prompt.STAY_ON_LINE),),
        input=InputMode.PAUSE,
        seconds=STAY_SECONDS,
        keys_as=Node.LANGUAGE,
        then=(Route(request=EffectRequest(_leave_silent_request, (Node.CALLED_BACK, Node.NO_KEYS))),),
    ),
    Menu(
        Node.CALLED_BACK,
        back=(Route(Node.CALLED_BACK),),
        announcements=(Announcement(Prompt.HAVE_YOUR_CALL),),
        input=InputMode.NONE,
    ),
    Menu(
        Node.NO_KEYS,
        back=(Route(Node.NO_KEYS),),
        announcements=(Announcement(Prompt.DIAL_RELAY), Announcement(Prompt.GOODBYE, line_number)),
        input=InputMode.NONE,
    ),
)
