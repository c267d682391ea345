"""The main menu, and the end of a call."""

from dataclasses import replace

from ivr.call import Call, Node
from ivr.menus.menu import (
    LANGUAGE_KEY,
    PERSON_KEY,
    REPEAT_KEY,
    Announcement,
    LineConfiguration,
    Menu,
    Option,
    Route,
    line_number,
)
from ivr.steps import InputMode
from ivr.words.prompts import Prompt


def _slow_down(call: Call, _line: LineConfiguration) -> Call:
    return replace(call, slow=True)


MENUS = (
    Menu(
        Node.MAIN,
        back=(Route(Node.LANGUAGE),),
        options=(
            Option(Prompt.MAIN_CHECK, Route(Node.CARD)),
            Option(Prompt.MAIN_HELP, Route(Node.CALL_BACK)),
            Option(Prompt.MAIN_INFORMATION, Route(Node.QUESTIONS)),
            Option(Prompt.MAIN_STATUS, Route(Node.ASK_REFERENCE)),
            Option(Prompt.MAIN_PERSON, key=PERSON_KEY),
            Option(Prompt.MAIN_SLOWER, Route(Node.MAIN, action=_slow_down, says=(Prompt.SLOWER_NOW,))),
            Option(Prompt.MAIN_LANGUAGE, key=LANGUAGE_KEY),
            Option(Prompt.HEAR_AGAIN, key=REPEAT_KEY),
        ),
    ),
    Menu(
        Node.GOODBYE,
        back=(Route(Node.GOODBYE),),
        announcements=(Announcement(Prompt.GOODBYE, line_number),),
        input=InputMode.NONE,
    ),
)
