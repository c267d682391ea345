"""The map of the line: what is said at each place, what is waited for, and where each key leads.

The flow, the tests over the whole graph and the drawing of the map all read this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.call import Place, Wait
from ivr.words.prompts import Prompt


@dataclass(frozen=True)
class Spot:
    """A place on the map. `exits` leads by key; `back` is where `*` leads, `0` is a person everywhere."""

    wait: Wait
    back: Place
    prompts: tuple[tuple[Prompt, str], ...] = ()
    """Each with its key, or empty."""
    exits: Mapping[str, Place] = field(default_factory=dict)
    done: Place | None = None
    """Where an entry that can be used leads, or what comes by itself."""


OF_TEXTS = (Prompt.AFTER_TEXT_REFERENCE, Prompt.AFTER_TEXT_ADDRESS)
"""What is offered only where text messages can be sent."""


def _after(place: Place) -> Spot:
    """A place where an outcome is said, with what one may want next."""
    prompts = (
        (Prompt.AFTER_REPEAT, "1"),
        (Prompt.MAIN_HELP, "2"),
        (Prompt.AFTER_MENU, "3"),
        (Prompt.AFTER_END, "9"),
    )
    exits = {"1": place, "2": Place.CALL_BACK, "3": Place.MAIN, "9": Place.GOODBYE}
    return Spot(Wait.KEY, Place.MAIN, prompts, exits)


MAP: dict[Place, Spot] = {
    Place.LANGUAGE: Spot(
        Wait.KEY, Place.LANGUAGE, ((Prompt.CHOOSE_LANGUAGE, ""),), {"9": Place.MORE_LANGUAGES}
    ),
    Place.MORE_LANGUAGES: Spot(
        Wait.KEY, Place.LANGUAGE, ((Prompt.CHOOSE_LANGUAGE, ""),), {"9": Place.CALL_BACK_NUMBER}
    ),
    Place.MAIN: Spot(
        Wait.KEY,
        Place.LANGUAGE,
        (
            (Prompt.MAIN_CHECK, "1"),
            (Prompt.MAIN_HELP, "2"),
            (Prompt.MAIN_INFORMATION, "3"),
            (Prompt.MAIN_STATUS, "4"),
            (Prompt.MAIN_PERSON, "0"),
            (Prompt.MAIN_SLOWER, "5"),
            (Prompt.MAIN_LANGUAGE, "8"),
            (Prompt.HEAR_AGAIN, ""),
        ),
        {
            "1": Place.CARD,
            "2": Place.CALL_BACK,
            "3": Place.QUESTIONS,
            "4": Place.ASK_REFERENCE,
            "5": Place.MAIN,
        },
    ),
    Place.CARD: Spot(Wait.ENTRY, Place.MAIN, ((Prompt.CARD, ""), (Prompt.CARD_STARS, "")), done=Place.BIRTH),
    Place.BIRTH: Spot(Wait.ENTRY, Place.CARD, ((Prompt.BIRTH, ""),), done=Place.BIRTH_READ),
    Place.BIRTH_READ: Spot(
        Wait.KEY,
        Place.BIRTH,
        (
            (Prompt.IS_RIGHT, "1"),
            (Prompt.KEY_AGAIN, "2"),
        ),
        {"1": Place.ISSUE, "2": Place.BIRTH},
    ),
    Place.ISSUE: Spot(Wait.ENTRY, Place.BIRTH, ((Prompt.ISSUE, ""),), done=Place.ISSUE_READ),
    Place.ISSUE_READ: Spot(
        Wait.KEY,
        Place.ISSUE,
        (
            (Prompt.IS_RIGHT, "1"),
            (Prompt.KEY_AGAIN, "2"),
        ),
        {"1": Place.HOLD, "2": Place.ISSUE},
    ),
    Place.HOLD: Spot(Wait.MOMENT, Place.MAIN, ((Prompt.PLEASE_WAIT, ""),), done=Place.ANSWER),
    Place.ANSWER: Spot(
        Wait.KEY,
        Place.MAIN,
        (
            (Prompt.AFTER_REPEAT, "1"),
            (Prompt.MAIN_HELP, "2"),
            (Prompt.AFTER_MENU, "3"),
            (Prompt.AFTER_CHECK, "4"),
            (Prompt.AFTER_TEXT_ADDRESS, "6"),
            (Prompt.AFTER_END, "9"),
        ),
        {
            "1": Place.ANSWER,
            "2": Place.CALL_BACK,
            "3": Place.MAIN,
            "4": Place.CARD,
            "5": Place.CORRECT,
            "6": Place.TEXT,
            "9": Place.GOODBYE,
        },
    ),
    Place.CORRECT: Spot(
        Wait.KEY,
        Place.MAIN,
        ((Prompt.CORRECT_CARD, "1"), (Prompt.CORRECT_BIRTH, "2"), (Prompt.CORRECT_ISSUE, "3")),
        {"1": Place.CARD, "2": Place.BIRTH, "3": Place.ISSUE},
    ),
    Place.PERSON: Spot(Wait.PERSON, Place.MAIN, ((Prompt.CONNECTING, ""),), done=Place.CALL_BACK),
    Place.CALL_BACK: Spot(
        Wait.KEY,
        Place.MAIN,
        ((Prompt.CALL_BACK_HERE, "1"), (Prompt.ANOTHER_NUMBER, "2")),
        {"1": Place.BEST_TIME, "2": Place.CALL_BACK_NUMBER},
    ),
    Place.CALL_BACK_NUMBER: Spot(
        Wait.ENTRY, Place.MAIN, ((Prompt.CALL_BACK_NUMBER, ""),), done=Place.NUMBER_READ
    ),
    Place.NUMBER_READ: Spot(
        Wait.KEY,
        Place.CALL_BACK_NUMBER,
        (
            (Prompt.IS_RIGHT, "1"),
            (Prompt.KEY_AGAIN, "2"),
        ),
        {"1": Place.BEST_TIME, "2": Place.CALL_BACK_NUMBER},
    ),
    Place.BEST_TIME: Spot(
        Wait.KEY,
        Place.CALL_BACK,
        (
            (Prompt.BEST_TIME, ""),
            (Prompt.BEST_TIME_MORNING, "1"),
            (Prompt.BEST_TIME_AFTERNOON, "2"),
            (Prompt.BEST_TIME_ANY, "3"),
        ),
        {"1": Place.MESSAGE_OK, "2": Place.MESSAGE_OK, "3": Place.MESSAGE_OK},
    ),
    Place.MESSAGE_OK: Spot(
        Wait.KEY,
        Place.BEST_TIME,
        ((Prompt.MESSAGE_OK, ""), (Prompt.MESSAGE_NO, "1"), (Prompt.MESSAGE_YES, "2")),
        {"1": Place.RECEIVED, "2": Place.RECEIVED},
    ),
    Place.RECEIVED: Spot(
        Wait.KEY,
        Place.MAIN,
        (
            (Prompt.AFTER_REPEAT, "1"),
            (Prompt.AFTER_TEXT_REFERENCE, "2"),
            (Prompt.AFTER_MENU, "3"),
            (Prompt.AFTER_END, "9"),
        ),
        {"1": Place.RECEIVED, "2": Place.TEXT, "3": Place.MAIN, "9": Place.GOODBYE},
    ),
    Place.ASK_REFERENCE: Spot(Wait.ENTRY, Place.MAIN, ((Prompt.ASK_REFERENCE, ""),), done=Place.STANDING),
    Place.STANDING: _after(Place.STANDING),
    Place.TEXT: Spot(
        Wait.KEY,
        Place.MAIN,
        ((Prompt.TEXT_HERE, ""), (Prompt.SEND_TEXT, "1"), (Prompt.ANOTHER_NUMBER, "2")),
        {"1": Place.TEXT_SENT, "2": Place.TEXT_NUMBER},
    ),
    Place.TEXT_NUMBER: Spot(Wait.ENTRY, Place.MAIN, ((Prompt.TEXT_NUMBER, ""),), done=Place.TEXT_NUMBER_READ),
    Place.TEXT_NUMBER_READ: Spot(
        Wait.KEY,
        Place.TEXT_NUMBER,
        (
            (Prompt.IS_RIGHT, "1"),
            (Prompt.KEY_AGAIN, "2"),
        ),
        {"1": Place.TEXT_SENT, "2": Place.TEXT_NUMBER},
    ),
    Place.TEXT_SENT: _after(Place.TEXT_SENT),
    Place.QUESTIONS: Spot(
        Wait.KEY,
        Place.MAIN,
        (
            (Prompt.ASK_POLICE, "1"),
            (Prompt.ASK_IMMIGRATION, "2"),
            (Prompt.ASK_REVIEW, "3"),
            (Prompt.ASK_BEFORE, "4"),
            (Prompt.ASK_SINCE, "5"),
            (Prompt.ASK_OFFICE, "6"),
            (Prompt.HEAR_AGAIN, ""),
        ),
        {str(number): Place.QUESTION for number in range(1, 7)},
    ),
    Place.QUESTION: Spot(
        Wait.KEY,
        Place.QUESTIONS,
        (
            (Prompt.NEXT_QUESTION, "1"),
            (Prompt.ALL_QUESTIONS, "2"),
            (Prompt.AFTER_MENU, "3"),
            (Prompt.HEAR_AGAIN, ""),
        ),
        {"1": Place.QUESTION, "2": Place.QUESTIONS, "3": Place.MAIN},
    ),
    Place.GOODBYE: Spot(Wait.NOTHING, Place.GOODBYE, ((Prompt.GOODBYE, ""),)),
}
