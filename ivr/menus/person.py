"""Asking for a person: the office's phone rings, and the caller waits in a queue."""

from dataclasses import replace
from datetime import datetime

from ivr.call import Call, KeyedFacts, Node, PersonRequest, Topic
from ivr.menus.menu import (
    ANSWERED,
    Announcement,
    EffectRequest,
    LineConfiguration,
    Menu,
    Option,
    Route,
    Transition,
)
from ivr.steps import InputMode, NobodyAvailable, OfficeRinging, RingOffice, StopRinging
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, ValueKind, with_value

LEADS_TO = (Node.PERSON, Node.CALL_BACK)
"""Where asking for a person leads: in office hours the phone rings; else a call back is offered."""


def ask_for_person(
    call: Call, topic: Topic, line: LineConfiguration, now: datetime, *first: Utterance
) -> tuple[Call, RingOffice] | Transition:
    """Ring the office, or say when it opens and offer a call back. `first` is heard before."""
    can_ring = line.can_ring_for(call)
    if can_ring and line.configuration.calendar.is_open(now):
        asking = replace(call, person=PersonRequest(topic), outcome=first)
        return asking, RingOffice(replace(asking, facts=KeyedFacts()))
    opens = line.configuration.calendar.opens_next(now) if can_ring else None
    if opens is None:
        why = Utterance(Prompt.NOBODY_FREE)
    else:
        local = opens.replace(tzinfo=None).isoformat()
        why = with_value(Prompt.OFFICE_CLOSED, "time", ValueKind.MOMENT, local)
    return Transition(replace(call, outcome=()), Node.CALL_BACK, (*first, why))


def _stop_ringing(call: Call, _line: LineConfiguration) -> StopRinging:
    return StopRinging(call.person.leg if call.person else None)


def after_ringing(call: Call, ringing: OfficeRinging, _line: LineConfiguration) -> Transition:
    """Let the caller wait."""
    topic = call.person.topic if call.person else Topic.QUESTION
    return Transition(replace(call, person=PersonRequest(topic, ringing.leg)), Node.PERSON)


def after_nobody(call: Call, _nobody: NobodyAvailable, _line: LineConfiguration) -> Transition:
    """Offer a call back."""
    free = replace(call, person=None, outcome=())
    return Transition(free, Node.CALL_BACK, (Utterance(Prompt.NOBODY_FREE),))


MENUS = (
    Menu(
        Node.PERSON,
        back=(Route(Node.MAIN),),
        announcements=(Announcement(Prompt.CONNECTING),),
        options=(Option(None, Route(Node.GOODBYE), key=ANSWERED),),
        input=InputMode.QUEUE,
        then=(Route(request=EffectRequest(_stop_ringing, (Node.CALL_BACK,))),),
    ),
)
