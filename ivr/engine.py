"""The flow of a call: pure. A step takes a call, keys and the time, and gives what comes next.

No database, no network, no TwiML. What must be done outside comes out as an effect, and its
outcome goes back in through `resume`.
"""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.call import (
    AskState,
    Call,
    CheckRecord,
    LeaveRequest,
    Nobody,
    Outcome,
    Place,
    Ringing,
    RingOffice,
    Sending,
    SendText,
    Step,
    StopRinging,
    Turn,
    Wait,
)
from ivr.keypad_input import WrongEntry, after_clearing, card_after_clearing, take_entry
from ivr.nodes import MAP
from ivr.office_hours import OfficeHours
from ivr.prompt_builder import LANGUAGE_MENUS, Turns
from ivr.words.descriptions import (
    QUESTIONS,
    answer_said,
    outcome_said,
    question_said,
    reference_said,
    text_said,
)
from ivr.words.prompts import Kind, Prompt, Say, say_with
from ivr.words.text_messages import Text
from resident_app.configuration import Configuration
from resident_app.contact_points import can_be_called_back, can_be_texted
from resident_app.intake.reference import Reference
from resident_app.register.check import Answer, AnswerKind

PERSON_KEY, BACK_KEY, AGAIN_KEY, LANGUAGE_KEY = "0", "*", "#", "8"
ANSWERED = "answered"
"""Comes instead of keys when a person took the call and it is over."""
TIMES_BEFORE_A_PERSON = 3
ROUNDS_BEFORE_THE_END = 3
HOLDS_BEFORE_A_CALL_BACK = 2

_TIMES = {"1": "morning", "2": "afternoon", "3": "any"}
_CALL_BACK_PLACES = (
    Place.CALL_BACK,
    Place.CALL_BACK_NUMBER,
    Place.NUMBER_READ,
    Place.BEST_TIME,
    Place.MESSAGE_OK,
    Place.RECEIVED,
)
_TEXT_PLACES = (Place.TEXT, Place.TEXT_NUMBER, Place.TEXT_NUMBER_READ, Place.TEXT_SENT)
_SAID_AGAIN = (Place.ANSWER, Place.RECEIVED, Place.STANDING, Place.TEXT_SENT)
# Until the answer is told, and to correct one of them, facts are needed; nowhere else.
_PLACES_WITH_FACTS = (
    Place.CARD,
    Place.BIRTH,
    Place.BIRTH_READ,
    Place.ISSUE,
    Place.ISSUE_READ,
    Place.HOLD,
    Place.ANSWER,
    Place.CORRECT,
)


_SECOND_TIME = {Prompt.WRONG_KEY: [Prompt.WRONG_KEY_AGAIN]}
_TOPICS = {
    "check": _PLACES_WITH_FACTS,
    "request": (*_CALL_BACK_PLACES, Place.ASK_REFERENCE, Place.STANDING),
    "information": (Place.QUESTIONS, Place.QUESTION),
}


class Flow:
    """The line's rules. `menus` gives each language menu's codes by key.

    `reaches_out`: the line can ring the office and send text messages.
    """

    def __init__(
        self,
        menus: Mapping[int, Mapping[str, str]],
        configuration: Configuration,
        *,
        reaches_out: bool = False,
    ):
        self._menus = menus
        self._configuration = configuration
        self._reaches_out = reaches_out
        self._turns = Turns(menus, configuration, texting=reaches_out)
        self._zone = ZoneInfo(configuration.office.time_zone)
        self._hours = OfficeHours(configuration.office)

    def begin(self) -> Turn:
        """The first turn of every call: the language menu, which needs no stored call."""
        return self._turns.at(Call())

    def too_many_calls(self, keys: str) -> Step:
        """The end of a call whose number has too many others: in the language that was just chosen."""
        call = Call(place=Place.GOODBYE, language=self._menus[1].get(keys, self._menus[1]["1"]))
        return Step(call=call, turn=self._turns.at(call, Say(prompt=Prompt.TOO_MANY_CALLS)))

    def waiting(self, call: Call, position: int) -> tuple[Say, ...]:
        """What a caller in line for a person hears, again and again."""
        return self._turns.waiting(call, position)

    def step(self, call: Call, keys: str, now: datetime) -> Step:
        """The caller pressed `keys` (none: silence)."""
        spot = MAP[call.place]
        if spot.wait is Wait.NOTHING:
            return self._move(call, Place.GOODBYE)
        if spot.wait is Wait.PERSON:
            return self._after_person(call, keys)
        if keys == PERSON_KEY:
            return self._to_person(call, now)
        if keys == BACK_KEY:
            return self._back(call)
        if spot.wait is Wait.MOMENT:
            return self._check(call)
        if keys == LANGUAGE_KEY and call.place not in LANGUAGE_MENUS and call.language:
            return self._stay(call.but(place=Place.LANGUAGE, returning=call.place))
        if keys == "":
            return self._nothing_pressed(call, now)
        if spot.wait is Wait.ENTRY:
            return self._entry(call, keys, now)
        if keys == AGAIN_KEY:
            return self._stay(call)
        return self._menu(call, keys, now)

    def resume(self, call: Call, outcome: Outcome) -> Step:
        """What the last effect came to."""
        match outcome:
            case Answer(kind=AnswerKind.BUSY):
                return self._busy(call)
            case Answer(kind=AnswerKind.NO_MATCH):
                return self._outcome(call, Place.ANSWER, answer_said(outcome, self._configuration.office))
            case Answer():
                said = answer_said(outcome, self._configuration.office)
                return self._outcome(call.without_facts(), Place.ANSWER, said)
            case Reference():
                left = call.but(reference=outcome.digits)
                return self._outcome(left, Place.RECEIVED, reference_said(outcome))
            case Ringing():
                return self._move(call.but(leg=outcome.leg), Place.PERSON, keep_outcome=True)
            case Nobody():
                return self._move(call.but(leg=""), Place.CALL_BACK, Say(prompt=Prompt.NOBODY_FREE))
            case Sending():
                return self._outcome(call, Place.TEXT_SENT, text_said(outcome, call))
            case _:
                return self._outcome(call, Place.STANDING, outcome_said(outcome, self._configuration.office))

    # Menus

    def _menu(self, call: Call, keys: str, now: datetime) -> Step:
        if call.place in LANGUAGE_MENUS and keys in self._menus[LANGUAGE_MENUS[call.place]]:
            return self._choose_language(call, keys)
        to = self._exits(call).get(keys)
        if to is None:
            return self._wrong(call, Prompt.WRONG_KEY, now)
        if call.place is Place.LANGUAGE:
            return self._stay(_heard(call).but(place=to))
        return (
            self._stay(call) if to is call.place and call.place in _SAID_AGAIN else self._go(call, keys, to)
        )

    def _choose_language(self, call: Call, keys: str) -> Step:
        language = self._menus[LANGUAGE_MENUS[call.place]][keys]
        chosen = call.but(language=language, wants_interpreter=False, returning=None)
        if call.returning:
            return self._stay(_heard(chosen).but(place=call.returning))
        return self._move(chosen, Place.MAIN, Say(prompt=Prompt.WELCOME))

    def _back(self, call: Call) -> Step:
        """Where `*` leads."""
        if call.returning:
            return self._stay(_heard(call).but(place=call.returning, returning=None))
        if call.correcting:
            return self._move(call.but(correcting=False), Place.CORRECT)
        if call.place in _TEXT_PLACES and call.text is Text.REFERENCE:
            return self._outcome(call, Place.RECEIVED, reference_said(Reference(call.reference)))
        return self._move(call, MAP[call.place].back if call.language else Place.LANGUAGE)

    def _go(self, call: Call, keys: str, to: Place) -> Step:
        """Where a key of a menu leads, with what is done on the way."""
        match call.place, to:
            case Place.MORE_LANGUAGES, _:
                return self._another_language(call)
            case Place.MAIN, Place.MAIN:
                return self._move(call.but(slow=True), Place.MAIN, Say(prompt=Prompt.SLOWER_NOW))
            case ((Place.QUESTIONS | Place.QUESTION), Place.QUESTION):
                number = int(keys) - 1 if call.place is Place.QUESTIONS else call.question + 1
                return self._question(call, number % len(QUESTIONS))
            case Place.CALL_BACK, Place.BEST_TIME:
                return self._move(call.but(number=call.caller), to)
            case Place.BEST_TIME, _:
                return self._move(call.but(best_time=_TIMES[keys]), to)
            case Place.MESSAGE_OK, _:
                return self._leave_request(call, voicemail_ok=keys == "2")
            case Place.CORRECT, _:
                return self._move(call.but(correcting=True), to)
            case _, (Place.TEXT | Place.TEXT_SENT):
                return self._texting(call, to)
            case ((Place.BIRTH_READ | Place.ISSUE_READ), _):
                return self._after_reading(call, to)
        return self._move(call, to)

    def _texting(self, call: Call, to: Place) -> Step:
        """A text message is wanted, or its number is right."""
        if call.place is Place.TEXT_SENT:
            return self._stay(call)
        if to is Place.TEXT:
            wanted = Text.REFERENCE if call.place is Place.RECEIVED else Text.ADDRESS
            return self._move(call.but(text=wanted), to)
        return self._send_text(call.but(number=call.caller) if call.place is Place.TEXT else call)

    def _exits(self, call: Call) -> Mapping[str, Place]:
        """Where keys lead. Correcting is for facts that did not match, texting for a line that can."""
        closed = set()
        if call.place is Place.ANSWER and not call.card:
            closed.add(Place.CORRECT)
        if not self._reaches_out:
            closed.add(Place.TEXT)
        return {key: to for key, to in MAP[call.place].exits.items() if to not in closed}

    def _another_language(self, call: Call) -> Step:
        """An interpreter will call: nothing is asked but a number, and not even that if it is known."""
        speaking = call.but(language=self._menus[1]["1"], wants_interpreter=True)
        if can_be_called_back(call.caller):
            return self._leave_request(speaking.but(number=call.caller), voicemail_ok=False)
        return self._move(speaking, Place.CALL_BACK_NUMBER)

    def _question(self, call: Call, number: int) -> Step:
        said = question_said(number, self._configuration)
        return self._outcome(call.but(question=number), Place.QUESTION, said)

    # Entries

    def _entry(self, call: Call, keys: str, now: datetime) -> Step:
        keyed = card_after_clearing(keys) if call.place is Place.CARD else after_clearing(keys)
        if keyed == "":
            return self._stay(call)
        try:
            entered, read = take_entry(call, keyed, today=now.astimezone(self._zone).date())
        except WrongEntry as wrong:
            return self._wrong(call, wrong.prompt, now)
        if call.place is Place.ASK_REFERENCE:
            return Step(call=_heard(entered), effect=AskState(reference=entered.reference))
        if call.place is Place.CALL_BACK_NUMBER and call.wants_interpreter:
            # Whoever shares no language with the line is asked for a number and nothing else.
            return self._leave_request(entered, voicemail_ok=False)
        if call.place is Place.CARD:
            if call.correcting:
                return self._check(entered.but(correcting=False))
            return self._move(entered, Place.BIRTH, read)
        done = MAP[call.place].done
        assert done is not None
        return self._move(entered.but(outcome=(read,)), done, keep_outcome=True)

    def _after_reading(self, call: Call, to: Place) -> Step:
        """A date is right, or is keyed again."""
        if to in (Place.BIRTH, Place.ISSUE) and to is MAP[call.place].back:
            return self._move(call, to)
        if to is Place.HOLD or call.correcting:
            return self._check(call.but(correcting=False))
        return self._move(call, to)

    # What leads to an effect

    def _check(self, call: Call) -> Step:
        for missing, place in ((call.card, Place.CARD), (call.born, Place.BIRTH), (call.issued, Place.ISSUE)):
            if not missing:
                return self._move(call, place)
        assert call.born is not None
        assert call.issued is not None
        effect = CheckRecord(card=call.card, born=call.born, issued=call.issued)
        return Step(call=_heard(call), effect=effect)

    def _leave_request(self, call: Call, *, voicemail_ok: bool) -> Step:
        effect = LeaveRequest(
            phone=call.number,
            language=call.shared_language,
            best_time=call.best_time,
            voicemail_ok=voicemail_ok,
            token=call.token,
        )
        return Step(call=_heard(call), effect=effect)

    def _send_text(self, call: Call) -> Step:
        assert call.text is not None
        effect = SendText(
            number=call.number, text=call.text, language=call.language, reference=call.reference
        )
        return Step(call=_heard(call), effect=effect)

    def _busy(self, call: Call) -> Step:
        if call.holds >= HOLDS_BEFORE_A_CALL_BACK:
            return self._move(call.but(holds=0), Place.CALL_BACK, Say(prompt=Prompt.STILL_BUSY))
        return self._move(call.but(holds=call.holds + 1), Place.HOLD)

    # Silence, wrong keys, a person

    def _nothing_pressed(self, call: Call, now: datetime) -> Step:
        silences = call.silences + 1
        if silences >= TIMES_BEFORE_A_PERSON:
            return self._give_up(call, now, silent=True)
        said = Prompt.SILENCE if silences == 1 else Prompt.SILENCE_AGAIN
        return self._stay(call.but(silences=silences), Say(prompt=said))

    def _wrong(self, call: Call, why: Prompt, now: datetime) -> Step:
        wrong = call.wrong_keys + 1
        if wrong >= TIMES_BEFORE_A_PERSON:
            return self._give_up(call, now, silent=False)
        prompts = [why] if wrong == 1 else _SECOND_TIME.get(why, [why, Prompt.SILENCE_AGAIN])
        return self._stay(call.but(wrong_keys=wrong), *(Say(prompt=prompt) for prompt in prompts))

    def _give_up(self, call: Call, now: datetime, *, silent: bool) -> Step:
        """Three times in vain: a person or a call back, never the end of the call.

        Only a line that stays silent through three such rounds is nobody's any more; and a caller who
        has left a request already has the call back.
        """
        if silent and (call.place is Place.RECEIVED or call.rounds >= ROUNDS_BEFORE_THE_END - 1):
            return self._move(call, Place.GOODBYE)
        return self._to_person(call.but(rounds=call.rounds + 1), now, Say(prompt=Prompt.ANOTHER_WAY))

    def _to_person(self, call: Call, now: datetime, *first: Say) -> Step:
        """In office hours a person is rung; else the caller hears when that is, and may be called back."""
        can_ring = self._reaches_out and self._configuration.office.rings_for(call.language)
        if can_ring and self._hours.is_open(now):
            asking = _heard(call).but(topic=_topic(call.place), outcome=first)
            return Step(call=asking, effect=RingOffice(call=asking.without_facts()))
        opens = self._hours.opens_next(now) if can_ring else None
        if opens is None:
            return self._move(call, Place.CALL_BACK, *first, Say(prompt=Prompt.NOBODY_FREE))
        closed = say_with(Prompt.OFFICE_CLOSED, "time", Kind.MOMENT, opens.replace(tzinfo=None).isoformat())
        return self._move(call, Place.CALL_BACK, *first, closed)

    def _after_person(self, call: Call, keys: str) -> Step:
        if keys == ANSWERED:
            return self._move(call, Place.GOODBYE)
        return Step(call=_heard(call), effect=StopRinging(leg=call.leg))

    # Turns

    def _outcome(self, call: Call, place: Place, said: tuple[Say, ...]) -> Step:
        return self._move(call.but(outcome=said, holds=0), place, keep_outcome=True)

    def _move(self, call: Call, to: Place, *first: Say, keep_outcome: bool = False) -> Step:
        if to is Place.CALL_BACK and not can_be_called_back(call.caller):
            to = Place.CALL_BACK_NUMBER
        if to is Place.TEXT and not can_be_texted(call.caller):
            to = Place.TEXT_NUMBER
        if to not in _PLACES_WITH_FACTS:
            call = call.without_facts()
        moved = _heard(call).but(place=to, returning=None, outcome=call.outcome if keep_outcome else ())
        return Step(call=moved, turn=self._turns.at(moved, *first))

    def _stay(self, call: Call, *first: Say) -> Step:
        """The same place again; `first` says why. In the language menus nothing is said but them."""
        return Step(call=call, turn=self._turns.at(call, *first))


def _heard(call: Call) -> Call:
    """The caller did something that counts: patience begins anew."""
    return call.but(silences=0, wrong_keys=0)


def _topic(place: Place) -> str:
    """What a caller was doing, in a word of `ivr.twiml.renderer.agent_whisper`."""
    return next((topic for topic, places in _TOPICS.items() if place in places), "question")
