"""Questions that are answered on the phone. To add one, add a `Question` and its two prompts."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ivr.call import Call, Node, Topic
from ivr.menus.menu import REPEAT_KEY, Action, LineConfiguration, Menu, Option, Route, with_outcome
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, Value, ValueKind, Values, day_value
from resident_app.configuration import Configuration


def _no_values(_: Configuration) -> Values:
    return {}


@dataclass(frozen=True)
class Question:
    """A question: its line in the menu, and its spoken answer, each with its values."""

    ask: Prompt
    answer: Prompt
    ask_values: Callable[[Configuration], Values] = _no_values
    answer_values: Callable[[Configuration], Values] = _no_values


def _date_of_change(configuration: Configuration) -> Values:
    return {"date": day_value(configuration.figures.before.until)}


def _requests_before(configuration: Configuration) -> Values:
    before = configuration.figures.before
    return {
        "start": Value(ValueKind.MONTH, before.since.isoformat()),
        "end": day_value(before.until),
        "requests": Value(ValueKind.NUMBER, str(before.requests)),
    }


def _requests_since(configuration: Configuration) -> Values:
    after = configuration.figures.after
    return {
        "requests": Value(ValueKind.NUMBER, str(after.sent_to_governor)),
        "percent": Value(ValueKind.PERCENT, str(after.approved_percent)),
    }


def _office_lead(configuration: Configuration) -> Values:
    return {"name": Value(ValueKind.TEXT, configuration.office.led_by)}


QUESTIONS = (
    Question(Prompt.ASK_POLICE, Prompt.ANSWER_POLICE),
    Question(Prompt.ASK_IMMIGRATION, Prompt.ANSWER_IMMIGRATION),
    Question(Prompt.ASK_REVIEW, Prompt.ANSWER_REVIEW),
    Question(Prompt.ASK_BEFORE, Prompt.ANSWER_BEFORE, _date_of_change, _requests_before),
    Question(Prompt.ASK_SINCE, Prompt.ANSWER_SINCE, answer_values=_requests_since),
    Question(Prompt.ASK_OFFICE, Prompt.ANSWER_OFFICE, answer_values=_office_lead),
)


def _answer(position: int) -> Action:
    def action(call: Call, line: LineConfiguration) -> Call:
        question = QUESTIONS[position]
        answer = Utterance(question.answer, dict(question.answer_values(line.configuration)))
        return with_outcome(replace(call, question=position), (answer,))

    return action


def _answer_next(call: Call, line: LineConfiguration) -> Call:
    last = -1 if call.question is None else call.question
    return _answer((last + 1) % len(QUESTIONS))(call, line)


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
            *(_option(position, question) for position, question in enumerate(QUESTIONS)),
            Option(Prompt.HEAR_AGAIN, key=REPEAT_KEY),
        ),
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
            Option(Prompt.HEAR_AGAIN, key=REPEAT_KEY),
        ),
        topic=Topic.INFORMATION,
        is_public=True,
    ),
)
