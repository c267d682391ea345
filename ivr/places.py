"""The map of the line: what is said at each place, what is waited for, and where each key leads.

The flow, the tests over the whole graph and the drawing of the map all read this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.call import Place, Wait
from ivr.prompts import Prompt


@dataclass(frozen=True)
class Spot:
    """A place on the map. `exits` leads by key; `back` is where `*` leads, `0` is a person everywhere."""

    wait: Wait
    back: Place
    prompts: tuple[Prompt, ...] = ()
    exits: Mapping[str, Place] = field(default_factory=dict)
    done: Place | None = None
    """Where an entry that can be used leads."""


_AFTER = (
    Prompt.AFTER_REPEAT,
    Prompt.MAIN_HELP,
    Prompt.AFTER_MENU,
    Prompt.AFTER_CHECK,
    Prompt.AFTER_END,
)
_AFTER_EXITS = {"2": Place.CALL_BACK, "3": Place.MAIN, "4": Place.CARD, "9": Place.GOODBYE}
_ENDING = (Prompt.AFTER_REPEAT, Prompt.AFTER_MENU, Prompt.AFTER_END)


def _after(place: Place) -> Spot:
    """A place where an outcome is said, with all that one may want next."""
    return Spot(Wait.KEY, Place.MAIN, _AFTER, {"1": place, **_AFTER_EXITS})


MAP: dict[Place, Spot] = {
    Place.LANGUAGE: Spot(Wait.KEY, Place.LANGUAGE, (Prompt.CHOOSE_LANGUAGE,)),
    Place.MAIN: Spot(
        Wait.KEY,
        Place.LANGUAGE,
        (
            Prompt.MAIN_CHECK,
            Prompt.MAIN_HELP,
            Prompt.MAIN_INFORMATION,
            Prompt.MAIN_STATUS,
            Prompt.MAIN_PERSON,
        ),
        {
            "1": Place.CARD,
            "2": Place.CALL_BACK,
            "3": Place.INFORMATION,
            "4": Place.ASK_REFERENCE,
        },
    ),
    Place.CARD: Spot(Wait.ENTRY, Place.MAIN, (Prompt.CARD, Prompt.CARD_STARS), done=Place.BIRTH),
    Place.BIRTH: Spot(Wait.ENTRY, Place.CARD, (Prompt.BIRTH,), done=Place.BIRTH_READ),
    Place.BIRTH_READ: Spot(
        Wait.KEY, Place.BIRTH, (Prompt.RIGHT_OR_AGAIN,), {"1": Place.ISSUE, "2": Place.BIRTH}
    ),
    Place.ISSUE: Spot(Wait.ENTRY, Place.BIRTH, (Prompt.ISSUE,), done=Place.ISSUE_READ),
    Place.ISSUE_READ: Spot(
        Wait.KEY, Place.ISSUE, (Prompt.RIGHT_OR_AGAIN,), {"1": Place.HOLD, "2": Place.ISSUE}
    ),
    Place.HOLD: Spot(Wait.MOMENT, Place.MAIN, (Prompt.PLEASE_WAIT,), done=Place.ANSWER),
    Place.ANSWER: _after(Place.ANSWER),
    Place.PERSON: Spot(Wait.PERSON, Place.MAIN, (Prompt.CONNECTING,), done=Place.CALL_BACK),
    Place.CALL_BACK: Spot(
        Wait.KEY, Place.MAIN, (Prompt.CALL_BACK_HERE,), {"1": Place.RECEIVED, "2": Place.CALL_BACK_NUMBER}
    ),
    Place.CALL_BACK_NUMBER: Spot(Wait.ENTRY, Place.MAIN, (Prompt.CALL_BACK_NUMBER,), done=Place.NUMBER_READ),
    Place.NUMBER_READ: Spot(
        Wait.KEY,
        Place.CALL_BACK_NUMBER,
        (Prompt.RIGHT_OR_AGAIN,),
        {"1": Place.RECEIVED, "2": Place.CALL_BACK_NUMBER},
    ),
    Place.RECEIVED: Spot(
        Wait.KEY,
        Place.MAIN,
        _ENDING,
        {"1": Place.RECEIVED, "3": Place.MAIN, "9": Place.GOODBYE},
    ),
    Place.ASK_REFERENCE: Spot(Wait.ENTRY, Place.MAIN, (Prompt.ASK_REFERENCE,), done=Place.STANDING),
    Place.STANDING: _after(Place.STANDING),
    Place.INFORMATION: _after(Place.INFORMATION),
    Place.GOODBYE: Spot(Wait.NOTHING, Place.GOODBYE, (Prompt.GOODBYE,)),
}
