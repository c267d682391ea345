"""The two language menus. Each language is offered in its own words."""

from collections.abc import Mapping
from dataclasses import replace

from ivr.call import Call, LanguageChoice, Node
from ivr.menus.call_back import LEAVE_REQUEST, call_the_caller
from ivr.menus.menu import LAST_KEY, Action, Condition, LineConfiguration, Menu, Option, Route
from ivr.words.prompts import Prompt
from resident_app.contact_points import can_be_called_back
from resident_app.languages import Languages

CHANGING_LANGUAGE = Condition(
    "changing the language", lambda call, _line: call.language.return_to is not None
)
CAN_BE_CALLED = Condition(
    "the number can be called", lambda call, _line: can_be_called_back(call.caller or "")
)


def _choose(code: str) -> Action:
    return lambda call, _line: replace(call, language=LanguageChoice(code, return_to=call.language.return_to))


def _need_interpreter(call: Call, line: LineConfiguration) -> Call:
    return replace(call, language=LanguageChoice(line.first_language, needs_interpreter=True))


def _leave_caller_number(call: Call, line: LineConfiguration) -> Call:
    return call_the_caller(_need_interpreter(call, line), line)


def _options(languages: Mapping[str, str]) -> tuple[Option, ...]:
    return tuple(
        Option(
            Prompt.CHOOSE_LANGUAGE,
            Route(when=CHANGING_LANGUAGE, action=_choose(code)),
            Route(Node.MAIN, action=_choose(code)),
            key=key,
            language=code,
        )
        for key, code in languages.items()
    )


def _first_options(line: LineConfiguration) -> tuple[Option, ...]:
    more = Option(
        Prompt.MORE_LANGUAGES,
        Route(Node.MORE_LANGUAGES, keeps_state=True),
        key=LAST_KEY,
        language=line.first_language,
    )
    return (*_options(line.language_menus[1]), more)


def _second_options(line: LineConfiguration) -> tuple[Option, ...]:
    another = Option(
        Prompt.ANOTHER_LANGUAGE,
        Route(when=CAN_BE_CALLED, action=_leave_caller_number, request=LEAVE_REQUEST),
        Route(Node.CALL_BACK_NUMBER, action=_need_interpreter),
        key=LAST_KEY,
        language=line.first_language,
    )
    return (*_options(line.language_menus[2]), another)


_BACK = (Route(when=CHANGING_LANGUAGE), Route(Node.LANGUAGE))

MENUS = (
    Menu(Node.LANGUAGE, back=_BACK, language_options=_first_options),
    Menu(Node.MORE_LANGUAGES, back=_BACK, language_options=_second_options),
)


def language_menus(languages: Languages) -> dict[int, dict[str, str]]:
    """Return the language codes of the two language menus, by key."""
    return {
        menu: {spoken.phone.key: spoken.code for spoken in languages.on_the_phone(menu) if spoken.phone}
        for menu in (1, 2)
    }
