"""Questions that are answered on the phone, in the words of the site's page of questions.

To add one, add a `Question` and its prompts. The two menus have room for seven.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ivr.call import Call, Node, Topic
from ivr.menus.menu import MOST_CHOICES, Action, LineConfiguration, Menu, Option, Route, with_outcome
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, Value, ValueKind, Values, day_value, with_value
from resident_app.configuration import Configuration


def _no_values(_: Configuration) -> Values:
    return {}


@dataclass(frozen=True)
class Question:
    """A question: its line in the menu with its values, and what is heard as its answer."""

    ask: Prompt
    answer: Callable[[Configuration], tuple[Utterance, ...]]
    ask_values: Callable[[Configuration], Values] = _no_values


def _date_of_change(configuration: Configuration) -> Values:
    return {"date": day_value(configuration.figures.before.until)}


def _published(configuration: Configuration) -> Utterance:
    return Utterance(Prompt.ANSWER_PUBLISHED, {"year": _year(configuration)})


def _year(configuration: Configuration) -> Value:
    return Value(ValueKind.YEAR, str(configuration.figures.published))


def _rules(*prompts: Prompt) -> Callable[[Configuration], tuple[Utterance, ...]]:
    """Return an answer of DOL's rules, which ends with the year in which DOL published them."""
    return lambda configuration: (*map(Utterance, prompts), _published(configuration))


def _before(configuration: Configuration) -> tuple[Utterance, ...]:
    before = configuration.figures.before
    values = {
        "start": Value(ValueKind.MONTH, before.since.isoformat()),
        "end": day_value(before.until),
        "requests": Value(ValueKind.NUMBER, str(before.requests)),
    }
    requests = Utterance(Prompt.ANSWER_BEFORE, values)
    return requests, Utterance(Prompt.ANSWER_VIOLATION), _published(configuration)


def _since(configuration: Configuration) -> tuple[Utterance, ...]:
    after = configuration.figures.after
    values = {
        "year": _year(configuration),
        "date": day_value(configuration.figures.before.until),
        "requests": Value(ValueKind.NUMBER, str(after.sent_to_governor)),
    }
    approved = with_value(Prompt.ANSWER_APPROVED, "percent", ValueKind.PERCENT, after.approved_percent)
    no_order = (Utterance(Prompt.ANSWER_NO_COURT_ORDER),) if after.from_ice_with_court_order == 0 else ()
    return Utterance(Prompt.ANSWER_SINCE, values), approved, *no_order


def _who_helps(configuration: Configuration) -> tuple[Utterance, ...]:
    office = configuration.office
    return (
        with_value(Prompt.ANSWER_OFFICE, "name", ValueKind.TEXT, office.led_by),
        with_value(Prompt.ANSWER_WEBSITE, "address", ValueKind.ADDRESS, urlsplit(office.website).hostname),
        Utterance(Prompt.ANSWER_TRANSLATION_TOOL),
    )


QUESTIONS = (
    Question(Prompt.ASK_POLICE, _rules(Prompt.ANSWER_POLICE, Prompt.ANSWER_PORTAL)),
    Question(Prompt.ASK_IMMIGRATION, _rules(Prompt.ANSWER_IMMIGRATION, Prompt.ANSWER_COURT_ORDER)),
    Question(
        Prompt.ASK_REVIEW,
        _rules(
            Prompt.ANSWER_REVIEW,
            Prompt.ANSWER_DIRECTOR,
            Prompt.ANSWER_COMPLIANCE,
            Prompt.ANSWER_OTHER_AGENCIES,
        ),
    ),
    Question(Prompt.ASK_COLLECTED, _rules(Prompt.ANSWER_COLLECTED, Prompt.ANSWER_PLACE_OF_BIRTH)),
    Question(Prompt.ASK_BEFORE, _before, _date_of_change),
    Question(Prompt.ASK_SINCE, _since),
    Question(Prompt.ASK_OFFICE, _who_helps),
)
IN_FIRST_MENU = MOST_CHOICES - 1
"""The first menu's last choice leads to the other questions."""


def _answer(position: int) -> Action:
    def action(call: Call, line: LineConfiguration) -> Call:
        answer = QUESTIONS[position].answer(line.configuration)
        return with_outcome(replace(call, question=position), answer)

    return action


def _answer_next(call: Call, line: LineConfiguration) -> Call:
    last = -1 if call.question is None else call.question
    return _answer((last + 1) % len(QUESTIONS))(call, line)


def _options(questions: tuple[Question, ...], first: int) -> tuple[Option, ...]:
    return tuple(_option(position, question) for position, question in enumerate(questions, start=first))


def _option(position: int, question: Question) -> Option:
    return Option(
        question.ask,
        Route(Node.QUESTION, action=_answer(position)),
        values=lambda _call, line: question.ask_values(line.configuration),
    )


MENUS = (
    Menu(
        Node.QUESTIONS,
        back=(Route(Node.MAIN),),
        options=(
            *_options(QUESTIONS[:IN_FIRST_MENU], 0),
            Option(Prompt.MORE_QUESTIONS, Route(Node.MORE_QUESTIONS)),
        ),
        topic=Topic.INFORMATION,
        is_public=True,
    ),
    Menu(
        Node.MORE_QUESTIONS,
        back=(Route(Node.QUESTIONS),),
        options=_options(QUESTIONS[IN_FIRST_MENU:], IN_FIRST_MENU),
        topic=Topic.INFORMATION,
        is_public=True,
    ),
    Menu(
        Node.QUESTION,
        back=(Route(Node.QUESTIONS),),
        options=(
            Option(Prompt.NEXT_QUESTION, Route(Node.QUESTION, action=_answer_next)),
            Option(Prompt.ALL_QUESTIONS, Route(Node.QUESTIONS)),
            Option(Prompt.AFTER_MENU, Route(Node.MAIN)),
        ),
        topic=Topic.INFORMATION,
        is_public=True,
    ),
)
