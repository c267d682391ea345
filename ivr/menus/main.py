"""The main menu, and the end of a call."""

from ivr.call import Node
from ivr.menus.menu import (
    CALL_BACK_ALONE,
    NO_PERSON_CAN_ANSWER,
    PERSON_CAN_ANSWER,
    PERSON_KEY,
    Announcement,
    Menu,
    Option,
    Route,
    line_number,
)
from ivr.steps import InputMode
from ivr.words.prompts import Prompt

MENUS = (
    Menu(
        Node.MAIN,
        back=(Route(Node.LANGUAGE),),
        instead=Route(Node.LANGUAGE, CALL_BACK_ALONE),
        options=(
            Option(Prompt.MAIN_CHECK, Route(Node.CARD)),
            Option(Prompt.MAIN_HELP, Route(Node.CALL_BACK)),
            Option(Prompt.MAIN_INFORMATION, Route(Node.QUESTIONS)),
            Option(Prompt.MAIN_STATUS, Route(Node.ASK_REFERENCE)),
            Option(Prompt.MAIN_PERSON, key=PERSON_KEY, when=PERSON_CAN_ANSWER),
            Option(Prompt.MAIN_PERSON_CALLS, key=PERSON_KEY, when=NO_PERSON_CAN_ANSWER),
        ),
    ),
    Menu(
        Node.GOODBYE,
        back=(Route(Node.GOODBYE),),
        announcements=(Announcement(Prompt.GOODBYE, line_number),),
        input=InputMode.NONE,
    ),
)
