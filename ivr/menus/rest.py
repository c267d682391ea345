"""The rest of what is heard at a menu, after its choices and a pause: keys that do the same everywhere.

It is heard when the choices are heard again: after silence, a key that does nothing, or `#`.
"""

from ivr.call import Call
from ivr.menus.menu import (
    LANGUAGE_KEY,
    NO_PERSON_CAN_ANSWER,
    PERSON_CAN_ANSWER,
    PERSON_KEY,
    WAIT_KEY,
    Announcement,
    LineConfiguration,
    Menu,
    ValuesOf,
)
from ivr.steps import InputMode
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, Value, ValueKind, Values


def _key(key: str) -> ValuesOf:
    def values(_call: Call, _line: LineConfiguration) -> Values:
        return {"key": Value(ValueKind.KEY, key)}

    return values


AFTER_CHOICES = (
    Announcement(Prompt.HEAR_AGAIN),
    Announcement(Prompt.MORE_TIME, _key(WAIT_KEY)),
    Announcement(Prompt.CHANGE_LANGUAGE, _key(LANGUAGE_KEY)),
    Announcement(Prompt.GO_BACK),
    Announcement(Prompt.MAIN_PERSON, _key(PERSON_KEY), PERSON_CAN_ANSWER),
    Announcement(Prompt.MAIN_PERSON_CALLS, _key(PERSON_KEY), NO_PERSON_CAN_ANSWER),
)
WHILE_ENTERING = (
    Announcement(Prompt.ENTRY_TIME, _key(WAIT_KEY)),
    Announcement(Prompt.ENTRY_PERSON, _key(PERSON_KEY), PERSON_CAN_ANSWER),
    Announcement(Prompt.ENTRY_PERSON_CALLS, _key(PERSON_KEY), NO_PERSON_CAN_ANSWER),
    Announcement(Prompt.ENTRY_LANGUAGE, _key(LANGUAGE_KEY)),
    Announcement(Prompt.ENTRY_BACK),
)


def describe_rest(menu: Menu, call: Call, line: LineConfiguration) -> tuple[Utterance, ...]:
    """Return the rest of a menu, without what is one of its choices. The language menus have none."""
    if menu.language_options is not None:
        return ()
    rest = {InputMode.KEY: AFTER_CHOICES, InputMode.ENTRY: WHILE_ENTERING}.get(menu.input, ())
    choices = {option.prompt for option in menu.options}
    return tuple(
        one.utterance(call, line) for one in rest if one.when.holds(call, line) and one.prompt not in choices
    )
