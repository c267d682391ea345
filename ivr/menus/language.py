"""The two language menus. Each language is offered in its own words."""

from collections.abc import Iterable
from dataclasses import replace

from ivr.call import Call, LanguageChoice, Node, Offered
from ivr.menus.call_back import LEAVE_REQUEST, call_the_caller
from ivr.menus.menu import LAST_KEY, Action, Condition, LineConfiguration, Menu, Option, Route
from ivr.words.prompts import Prompt
from resident_app.contact_points import can_be_called_back
from resident_app.languages import Language

CHANGING_LANGUAGE = Condition(
    "changing the language", lambda call, _line: call.language.return_to is not None
)
CAN_BE_CALLED = Condition(
    "the number can be called", lambda call, _line: can_be_called_back(call.caller or "")
)


def _choose(code: str, *, call_back_only: bool = False) -> Action:
    return lambda call, _line: replace(
        call, language=LanguageChoice(code, call_back_only=call_back_only, return_to=call.language.return_to)
    )


def _offer(menu: Offered) -> Action:
    """Note which menu is heard; who has heard both in silence stays with both."""

    def action(call: Call, _line: LineConfiguration) -> Call:
        if call.language.offered is Offered.ALL:
            return call
        return replace(call, language=replace(call.language, offered=menu))

    return action


def _need_interpreter(call: Call, _line: LineConfiguration) -> Call:
    """Speak every language from now on: each may be one that the caller knows a little."""
    return replace(call, language=LanguageChoice(offered=Offered.ALL, needs_interpreter=True))


def _leave_caller_number(call: Call, line: LineConfiguration) -> Call:
    return call_the_caller(_need_interpreter(call, line), line)


def _language_option(key: str, code: str, line: LineConfiguration) -> Option:
    option = Option(Prompt.CHOOSE_LANGUAGE, key=key, language=code)
    if code in line.call_back_only:
        choose = _choose(code, call_back_only=True)
        return replace(option, route=Route(Node.CALL_BACK, action=choose, says=(Prompt.CAN_CALL_BACK,)))
    return replace(
        option,
        route=Route(when=CHANGING_LANGUAGE, action=_choose(code)),
        otherwise=Route(Node.MAIN, action=_choose(code)),
    )


def _options(menu: int, line: LineConfiguration) -> list[Option]:
    return [_language_option(key, code, line) for key, code in line.language_menus[menu].items()]


def _first_options(line: LineConfiguration) -> tuple[Option, ...]:
    """Offer the first menu's languages, and the second menu to each of its languages by name."""
    more = Option(
        Prompt.MORE_LANGUAGES,
        Route(Node.MORE_LANGUAGES, action=_offer(Offered.SECOND), keeps_state=True),
        key=LAST_KEY,
        language=line.first_language,
    )
    named = [
        replace(more, prompt=Prompt.CHOOSE_LANGUAGE, language=code)
        for code in line.language_menus[2].values()
    ]
    return (*_options(1, line), *named, more)


def _second_options(line: LineConfiguration) -> tuple[Option, ...]:
    """Offer the second menu's languages, and an interpreter in their words and those of the line's first."""
    another = Option(
        Prompt.ANOTHER_LANGUAGE,
        Route(when=CAN_BE_CALLED, action=_leave_caller_number, request=LEAVE_REQUEST),
        Route(Node.CALL_BACK_NUMBER, action=_need_interpreter),
        key=LAST_KEY,
    )
    understood = (line.first_language, *line.language_menus[2].values())
    return (
        *_options(2, line),
        *(
            replace(another, language=code)
            for code in understood
            if line.can_say(code, Prompt.ANOTHER_LANGUAGE)
        ),
    )


_BACK = (Route(when=CHANGING_LANGUAGE), Route(Node.LANGUAGE, action=_offer(Offered.FIRST)))

MENUS = (
    Menu(
        Node.LANGUAGE,
        back=_BACK,
        language_options=_first_options,
        when_silent=Node.MORE_LANGUAGES,
    ),
    Menu(
        Node.MORE_LANGUAGES,
        back=_BACK,
        language_options=_second_options,
        when_silent=Node.LANGUAGE,
    ),
)


def language_menus(languages: Iterable[Language]) -> dict[int, dict[str, str]]:
    """Return the codes of the languages that are offered in the two language menus, by key."""
    return {
        menu: dict(
            sorted(
                (spoken.phone.key, spoken.code)
                for spoken in languages
                if spoken.phone and spoken.phone.menu == menu
            )
        )
        for menu in (1, 2)
    }
