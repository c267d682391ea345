"""The flow of a call: pure. A step takes a call, keys and the time, and gives what comes next.

No database, no network, no TwiML. What must be done outside comes out as an effect, and its
outcome goes back in through `resume`.
"""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from ivr.answers import answer_said, information_said, outcome_said, reference_said
from ivr.call import (
    AskState,
    Call,
    CheckRecord,
    LeaveRequest,
    Outcome,
    Place,
    Step,
    Turn,
    Wait,
)
from ivr.places import MAP
from ivr.prompts import Kind, Prompt, Say, Value
from resident_app.configuration import Configuration
from resident_app.outreach.reference import NotAReference, Reference, parse_reference
from resident_app.records.check import Answer
from resident_app.records.check import Kind as AnswerKind
from resident_app.records.facts import NotACardNumber, NotADate, birth_date, issue_date, keyed_card_number

PERSON_KEY, BACK_KEY, STRAY_KEY = "0", "*", "#"
ANSWERED = "answered"
"""Comes instead of keys when a person took the call and it is over."""
TIMES_BEFORE_A_PERSON = 3
HOLDS_BEFORE_A_CALL_BACK = 2


class Flow:
    """The line's rules, for the languages and the office of one deployment."""

    def __init__(self, languages_by_key: Mapping[str, str], configuration: Configuration):
        self._languages_by_key = languages_by_key
        self._configuration = configuration
        self._zone = ZoneInfo(configuration.office.time_zone)

    def begin(self) -> Turn:
        """The first turn of every call: the language menu, which needs no stored call."""
        return self._turn(Call())

    def step(self, call: Call, keys: str, now: datetime) -> Step:
        """The caller pressed `keys` (none: silence)."""
        spot = MAP[call.place]
        if spot.wait is Wait.NOTHING:
            return self._move(call, Place.GOODBYE)
        if spot.wait is Wait.PERSON:
            return self._after_person(call, keys)
        if keys == PERSON_KEY:
            return self._to_person(call)
        if keys == BACK_KEY:
            return self._move(call, spot.back)
        if spot.wait is Wait.MOMENT:
            return self._check(call)
        if keys == "":
            return self._nothing_pressed(call)
        if spot.wait is Wait.ENTRY:
            return self._entry(call, keys, now)
        if keys == STRAY_KEY:
            return self._stay(call)
        return self._menu(call, keys)

    def resume(self, call: Call, outcome: Outcome) -> Step:
        """What the last effect came to."""
        match outcome:
            case Answer(kind=AnswerKind.BUSY):
                return self._busy(call)
            case Answer():
                said = answer_said(outcome, self._configuration.office)
                return self._outcome(call.without_facts(), Place.ANSWER, said)
            case Reference():
                return self._outcome(call, Place.RECEIVED, reference_said(outcome))
            case _:
                return self._outcome(call, Place.STANDING, outcome_said(outcome, self._configuration.office))

    # Menus

    def _menu(self, call: Call, keys: str) -> Step:
        if call.place is Place.LANGUAGE:
            return self._choose_language(call, keys)
        to = MAP[call.place].exits.get(keys)
        if to is None:
            return self._wrong(call, Prompt.WRONG_KEY)
        if to is call.place:
            return self._stay(call)
        if to is Place.HOLD:
            return self._check(call)
        if to is Place.RECEIVED:
            return self._leave_request(call)
        if to is Place.INFORMATION:
            return self._outcome(call, Place.INFORMATION, information_said(self._configuration))
        return self._move(call, to)

    def _choose_language(self, call: Call, keys: str) -> Step:
        language = self._languages_by_key.get(keys)
        if language is None:
            return self._wrong(call, Prompt.WRONG_KEY)
        chosen = call.model_copy(update={"language": language})
        return self._move(chosen, Place.MAIN, Say(prompt=Prompt.WELCOME))

    # Entries

    def _entry(self, call: Call, keys: str, now: datetime) -> Step:
        today = now.astimezone(self._zone).date()
        match call.place:
            case Place.CARD:
                try:
                    return self._entered(call, card=keyed_card_number(keys))
                except NotACardNumber:
                    return self._wrong(call, Prompt.CARD_WRONG)
            case Place.BIRTH:
                try:
                    born = birth_date(*_keyed_date(keys), today=today)
                except NotADate:
                    return self._wrong(call, Prompt.DATE_WRONG)
                return self._entered(call, _read(Prompt.BIRTH_READ, "date", Kind.DAY, born), born=born)
            case Place.ISSUE:
                try:
                    issued = issue_date(*_keyed_date(keys), born=call.born, today=today)
                except NotADate:
                    return self._wrong(call, Prompt.DATE_WRONG)
                return self._entered(call, _read(Prompt.ISSUE_READ, "date", Kind.DAY, issued), issued=issued)
            case Place.CALL_BACK_NUMBER:
                number = keyed_phone_number(keys)
                if number is None:
                    return self._wrong(call, Prompt.NUMBER_WRONG)
                return self._entered(
                    call, _read(Prompt.NUMBER_READ, "number", Kind.PHONE, number), number=number
                )
            case _:
                try:
                    reference = parse_reference(keys)
                except NotAReference:
                    return self._wrong(call, Prompt.REFERENCE_WRONG)
                return Step(call=_heard(call), effect=AskState(reference=reference.digits))

    def _entered(self, call: Call, *read: Say, **facts: object) -> Step:
        """An entry can be used: keep it, and read it back where that is done."""
        done = MAP[call.place].done
        assert done is not None
        kept = call.model_copy(update={**facts, "outcome": read})
        return self._move(kept, done, keep_outcome=True)

    # What leads to an effect

    def _check(self, call: Call) -> Step:
        if not (call.card and call.born and call.issued):
            return self._move(call, Place.CARD)
        effect = CheckRecord(card=call.card, born=call.born, issued=call.issued)
        return Step(call=_heard(call), effect=effect)

    def _leave_request(self, call: Call) -> Step:
        number = call.number if call.place is Place.NUMBER_READ else call.caller
        effect = LeaveRequest(phone=number, language=call.language, token=call.token)
        return Step(call=_heard(call), effect=effect)

    def _busy(self, call: Call) -> Step:
        if call.holds >= HOLDS_BEFORE_A_CALL_BACK:
            rested = call.model_copy(update={"holds": 0})
            return self._move(rested, Place.CALL_BACK, Say(prompt=Prompt.STILL_BUSY))
        return self._move(call.model_copy(update={"holds": call.holds + 1}), Place.HOLD)

    # Silence, wrong keys, a person

    def _nothing_pressed(self, call: Call) -> Step:
        silences = call.silences + 1
        if silences >= TIMES_BEFORE_A_PERSON:
            return self._give_up(call)
        return self._stay(call.model_copy(update={"silences": silences}), Say(prompt=Prompt.SILENCE))

    def _wrong(self, call: Call, why: Prompt) -> Step:
        wrong = call.wrong_keys + 1
        if wrong >= TIMES_BEFORE_A_PERSON:
            return self._give_up(call)
        return self._stay(call.model_copy(update={"wrong_keys": wrong}), Say(prompt=why))

    def _give_up(self, call: Call) -> Step:
        """Three times in vain: a person, or the end where a call back was offered and not taken."""
        if call.place in (Place.CALL_BACK, Place.CALL_BACK_NUMBER, Place.NUMBER_READ, Place.RECEIVED):
            return self._move(call, Place.GOODBYE)
        return self._to_person(call)

    def _to_person(self, call: Call) -> Step:
        if self._configuration.office.transfer_to and call.place is not Place.CALL_BACK:
            return self._move(call, Place.PERSON)
        return self._move(call, Place.CALL_BACK, Say(prompt=Prompt.NOBODY_FREE))

    def _after_person(self, call: Call, keys: str) -> Step:
        if keys == ANSWERED:
            return self._move(call, Place.GOODBYE)
        return self._move(call, Place.CALL_BACK, Say(prompt=Prompt.NOBODY_FREE))

    # Turns

    def _outcome(self, call: Call, place: Place, said: tuple[Say, ...]) -> Step:
        return self._move(call.model_copy(update={"outcome": said, "holds": 0}), place, keep_outcome=True)

    def _move(self, call: Call, to: Place, *first: Say, keep_outcome: bool = False) -> Step:
        if to is Place.CALL_BACK and not can_be_called_back(call.caller):
            to = Place.CALL_BACK_NUMBER
        changed: dict[str, object] = {"place": to}
        if not keep_outcome:
            changed["outcome"] = ()
        if to in (Place.MAIN, Place.CALL_BACK, Place.GOODBYE):
            call = call.without_facts()
        moved = _heard(call).model_copy(update=changed)
        return Step(call=moved, turn=self._turn(moved, *first))

    def _stay(self, call: Call, *first: Say) -> Step:
        """The same place again, with what went before: `first` says why, but in the language menu."""
        return Step(call=call, turn=self._turn(call, *first))

    def _turn(self, call: Call, *first: Say) -> Turn:
        spot = MAP[call.place]
        if call.place is Place.LANGUAGE:
            says = tuple(
                _read(Prompt.CHOOSE_LANGUAGE, "key", Kind.TEXT, key, language=code)
                for key, code in self._languages_by_key.items()
            )
        else:
            asked = tuple(self._asked(prompt, call) for prompt in spot.prompts)
            says = self._in_each_language(call, (*first, *call.outcome, *asked))
        return Turn(says=says, wait=spot.wait, place=call.place)

    def _in_each_language(self, call: Call, says: tuple[Say, ...]) -> tuple[Say, ...]:
        """Before a language is chosen, all is said in every language."""
        if call.language:
            return says
        codes = self._languages_by_key.values()
        return tuple(say.model_copy(update={"language": code}) for code in codes for say in says)

    def _asked(self, prompt: Prompt, call: Call) -> Say:
        if prompt is Prompt.CALL_BACK_HERE:
            return _read(prompt, "number", Kind.PHONE, call.caller)
        if prompt is Prompt.GOODBYE:
            return _read(prompt, "number", Kind.PHONE, self._configuration.office.line)
        return Say(prompt=prompt)


def keyed_phone_number(keys: str) -> str | None:
    """A North American number as it is keyed, in E.164; None if it is not whole."""
    try:
        number = phonenumbers.parse(keys, "US")
    except NumberParseException:
        return None
    if number.country_code != 1 or not phonenumbers.is_possible_number(number):
        return None
    if len(str(number.national_number)) != 10:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def can_be_called_back(caller: str) -> bool:
    """Whether the calling number is a whole North American one."""
    return len(caller) == 12 and caller.startswith("+1") and keyed_phone_number(caller[2:]) == caller


def _keyed_date(keys: str) -> tuple[int, int, int]:
    """MMDDYYYY as year, month, day. Raises NotADate."""
    if len(keys) != 8 or not (keys.isascii() and keys.isdigit()):
        raise NotADate
    return int(keys[4:]), int(keys[:2]), int(keys[2:4])


def _heard(call: Call) -> Call:
    """The caller did something that counts: patience begins anew."""
    return call.model_copy(update={"silences": 0, "wrong_keys": 0})


def _read(prompt: Prompt, name: str, kind: Kind, raw: object, *, language: str = "") -> Say:
    return Say(prompt=prompt, values={name: Value(kind=kind, raw=str(raw))}, language=language)
