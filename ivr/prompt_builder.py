"""What a caller hears at a place: the prompts of the map, in the languages that fit."""

from collections.abc import Mapping

from ivr.call import Call, Place, Turn
from ivr.nodes import MAP, OF_TEXTS
from ivr.words.prompts import Kind, Prompt, Say, Value, say_with
from resident_app.configuration import Configuration

ANOTHER_KEY = "9"
LANGUAGE_MENUS = {Place.LANGUAGE: 1, Place.MORE_LANGUAGES: 2}


class Turns:
    """Makes turns. `menus` gives each language menu's codes by key; `texting`: text messages are offered."""

    def __init__(
        self, menus: Mapping[int, Mapping[str, str]], configuration: Configuration, *, texting: bool
    ):
        self._menus = menus
        self._configuration = configuration
        self._unsaid = () if texting else OF_TEXTS

    def at(self, call: Call, *first: Say) -> Turn:
        """The turn at a call's place. `first` is said before its prompts."""
        spot = MAP[call.place]
        if call.place in LANGUAGE_MENUS:
            says = self._language_menu(call.place)
        else:
            asked = tuple(
                self._asked(prompt, key, call) for prompt, key in spot.prompts if prompt not in self._unsaid
            )
            says = self._in_each_language(call, (*first, *call.outcome), asked)
        queue = queue_of(call) if call.place is Place.PERSON else ""
        return Turn(says=says, wait=spot.wait, place=call.place, slow=call.slow, queue=queue)

    def waiting(self, call: Call, position: int) -> tuple[Say, ...]:
        """What is said again and again to a caller who waits for a person."""
        place = say_with(Prompt.PLACE_IN_LINE, "place", Kind.NUMBER, max(1, position))
        return self._in_each_language(call, (), (place, say_with(Prompt.STOP_WAITING, "key", Kind.KEY, "1")))

    def _language_menu(self, place: Place) -> tuple[Say, ...]:
        """Each line in its own language; the way on in that of key 1."""
        lines = [
            say_with(Prompt.CHOOSE_LANGUAGE, "key", Kind.KEY, key, language=code)
            for key, code in self._menus[LANGUAGE_MENUS[place]].items()
        ]
        more = Prompt.MORE_LANGUAGES if place is Place.LANGUAGE else Prompt.ANOTHER_LANGUAGE
        lines.append(say_with(more, "key", Kind.KEY, ANOTHER_KEY, language=self._menus[1]["1"]))
        return tuple(lines)

    def _in_each_language(self, call: Call, told: tuple[Say, ...], asked: tuple[Say, ...]) -> tuple[Say, ...]:
        """Before a language is chosen, what is asked is said in every one of the first menu."""
        if call.language:
            return (*told, *asked)
        return tuple(
            say.model_copy(update={"language": code}) for code in self._menus[1].values() for say in asked
        )

    def _asked(self, prompt: Prompt, key: str, call: Call) -> Say:
        values = {"key": Value(kind=Kind.KEY, raw=key)} if key else {}
        match prompt:
            case Prompt.CALL_BACK_HERE | Prompt.TEXT_HERE:
                values["number"] = Value(kind=Kind.PHONE, raw=call.caller)
            case Prompt.GOODBYE:
                values["number"] = Value(kind=Kind.PHONE, raw=self._configuration.office.line)
            case Prompt.ASK_BEFORE:
                values["date"] = Value(
                    kind=Kind.DAY, raw=self._configuration.figures.before.until.isoformat()
                )
        return Say(prompt=prompt, values=values)


def queue_of(call: Call) -> str:
    """Where a caller waits for a person, so that whoever accepts gets a caller of that language and topic."""
    return f"outreach-{call.shared_language or 'other'}-{call.topic}"
