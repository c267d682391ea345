"""The page of the demonstration's phone company: a phone in the browser, and every prompt to listen to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ivr.simulator import BadTwiml, LiveCall
from ivr.simulator.transcript import language_keys
from resident_app.clock import Clock
from resident_app.configuration import load_configuration, with_made_up_office
from resident_app.contact_points import NotAPhoneNumber, parse_phone_number
from resident_app.demonstration.example_cards import ExampleCard, example_cards
from resident_app.demonstration.made_up_cards import made_up_cards
from resident_app.demonstration.phones.call_news import CallNews
from resident_app.demonstration.phones.menu_drawing import HEIGHT, WIDTH, MenuDrawing, draw_menus
from resident_app.demonstration.phones.page_guard import refuse_other_pages
from resident_app.demonstration.phones.phone_company import PhoneCompany
from resident_app.demonstration.phones.prompt_list import spoken_prompts
from resident_app.demonstration.phones.sounds_wrong import FILE_NAME, LONGEST_NOTE, mark, marks_of
from resident_app.languages import load_languages
from resident_app.settings import PhoneSettings

_LOOK_AHEAD_HOURS = 24 * 14


class _Asked(BaseModel):
    """What the page sends. `call` is the SID of its own call, or empty."""

    model_config = ConfigDict(extra="forbid")

    call: str = ""
    leaves: bool = False


class _NewCall(_Asked):
    caller: str = Field(max_length=40)
    attestation: Literal["", "A", "B", "C"] = ""
    language: str = ""
    at: str = ""
    """A time at the office, ISO 8601; empty: now."""


class _Act(_Asked):
    """What somebody does on a phone. `document` is the one that was heard when it was done."""

    key: str = Field("", max_length=1)
    document: int = 0
    how: Literal["", "human", "machine_end_beep", "busy"] = ""


class _Text(_Asked):
    sender: str = Field(max_length=40)
    body: str = Field(min_length=1, max_length=1600)


class _Wrong(_Asked):
    prompt: str
    note: str = Field(max_length=LONGEST_NOTE)


_Form = TypeVar("_Form", bound=_Asked)


@dataclass(frozen=True)
class _TimeOfDay:
    """A time at which a call can come. `at` is at the office, ISO 8601."""

    at: str
    words: str


class PhonePage:
    """The page of one phone company."""

    def __init__(self, company: PhoneCompany, settings: PhoneSettings, clock: Clock):
        self._company = company
        self._clock = clock
        self._wrong_file = settings.instance_dir / FILE_NAME
        self._configuration = with_made_up_office(load_configuration())
        self._languages = load_languages(show_untranslated=settings.show_untranslated)
        self._spoken = {language.code: language for language in self._languages.on_the_phone()}
        self._zone = ZoneInfo(self._configuration.office.time_zone)
        self._news = CallNews(company, self._languages, self._configuration)
        self._drawing: MenuDrawing = draw_menus()
        codes = self._configuration.codes
        self._cards: list[ExampleCard] = example_cards(made_up_cards(self._configuration), codes)

    def create_blueprint(self) -> Blueprint:
        """Return the page's addresses."""
        blueprint = Blueprint("phones", __name__, template_folder="templates")
        blueprint.before_request(refuse_other_pages)
        blueprint.add_url_rule("/", "phone", self.phone)
        blueprint.add_url_rule("/prompts/<code>", "prompts", self.prompts)
        blueprint.add_url_rule("/prompts/<code>/wrong", "wrong", self.wrong, methods=["POST"])
        blueprint.add_url_rule("/news", "news", self.news, methods=["POST"])
        blueprint.add_url_rule("/call", "call", self.call, methods=["POST"])
        blueprint.add_url_rule("/call/<sid>/<act>", "act", self.act, methods=["POST"])
        blueprint.add_url_rule("/text", "text", self.text, methods=["POST"])
        return blueprint

    def phone(self) -> str:
        """Show the phone."""
        return render_template(
            "phone.html",
            languages=self._spoken.values(),
            times=self._times_of_day(),
            cards=self._cards,
            drawing=self._drawing,
            menu_width=WIDTH,
            menu_height=HEIGHT,
            zone=self._configuration.office.time_zone,
        )

    def prompts(self, code: str) -> str:
        """List every prompt of a language."""
        language = self._spoken.get(code) or abort(404)
        marks: dict[str, list[str]] = {}
        for found in marks_of(self._wrong_file, code):
            marks.setdefault(found.prompt, []).append(found.note)
        return render_template(
            "prompts.html",
            language=language,
            languages=self._spoken.values(),
            prompts=spoken_prompts(language, self._languages, self._configuration),
            voices=self._news.voice_tags(language),
            marks=marks,
            wrong_file=self._wrong_file.absolute(),
            longest_note=LONGEST_NOTE,
        )

    def wrong(self, code: str) -> ResponseReturnValue:
        """Mark a prompt as one that sounds wrong."""
        language, sent = self._spoken.get(code) or abort(404), _read(_Wrong)
        prompts = spoken_prompts(language, self._languages, self._configuration)
        prompt = next((one for one in prompts if one.name == sent.prompt), None) or abort(404)
        try:
            mark(self._wrong_file, code, prompt, sent.note, self._clock())
        except OSError as error:
            return _problem(f"The mark could not be written: {error.strerror}.", 500)
        return jsonify(marked=sent.note.strip())

    def news(self) -> ResponseReturnValue:
        """Give what happened since the page asked for the last time."""
        sent = _read(_Asked)
        return self._answer(sent.call, leaves=sent.leaves)

    def call(self) -> ResponseReturnValue:
        """Call the line."""
        sent = _read(_NewCall)
        try:
            caller, at = _caller(sent.caller), self._moment(sent.at)
        except ValueError as error:
            return _problem(str(error), 422)
        try:
            live = self._company.call(caller, sent.attestation, at)
            if language := self._spoken.get(sent.language):
                assert language.phone
                for key in language_keys(language.phone):
                    live.press(key, live.look().document)
        except (OSError, BadTwiml) as error:
            return _no_answer(error)
        return self._answer(self._news.sid(live))

    def act(self, sid: str, act: str) -> ResponseReturnValue:
        """Do something on a phone: press a key, answer, hang up, or let the time be up."""
        sent, live = _read(_Act), self._company.find(sid) or abort(404)
        try:
            self._perform(live, act, sent)
        except (OSError, BadTwiml) as error:
            return _no_answer(error)
        return self._answer(sent.call)

    def text(self) -> ResponseReturnValue:
        """Send a text message to the line."""
        sent = _read(_Text)
        try:
            self._company.send_text(_caller(sent.sender), sent.body)
        except ValueError as error:
            return _problem(str(error), 422)
        except OSError as error:
            return _no_answer(error)
        return self._answer(sent.call)

    def _perform(self, live: LiveCall, act: str, sent: _Act) -> None:
        match act:
            case "key":
                live.press(sent.key, sent.document)
            case "time-is-up":
                live.time_is_up(sent.document)
            case "answer":
                live.answer(sent.how or "human")
            case "hang-up":
                self._company.hang_up(live, sent.how or "completed")
            case _:
                abort(404)

    def _answer(self, call: str, *, leaves: bool = False) -> Response:
        self._company.page_asks(leaves=leaves)
        return jsonify(self._news.give(call))

    def _moment(self, at: str) -> datetime | None:
        """Return a time at the office. Raises ValueError."""
        if not at:
            return None
        try:
            return datetime.fromisoformat(at).replace(tzinfo=self._zone)
        except ValueError:
            raise ValueError("Enter a day and a time, or choose another time of day.") from None

    def _times_of_day(self) -> list[_TimeOfDay]:
        """Return a time when the office is open, and one when it is closed, from now on."""
        hours, now = self._configuration.calendar, self._clock().astimezone(self._zone)
        is_open = hours.is_open(now)
        state = "open" if is_open else "closed"
        times = [_TimeOfDay("", f"Now: the office is {state}")]
        start = now.replace(minute=0, second=0, microsecond=0)
        for ahead in range(1, _LOOK_AHEAD_HOURS):
            moment = start + timedelta(hours=ahead)
            if hours.is_open(moment) is not is_open:
                moment += timedelta(hours=1)
                other = "closed" if is_open else "open"
                words = f"When the office is {other}: {moment:%A, %B %-d, %-I %p}"
                return [*times, _TimeOfDay(f"{moment:%Y-%m-%dT%H:%M}", words)]
        return times


def _read(form: type[_Form]) -> _Form:
    """Return what the page sent. Refuses (400) what it does not send."""
    try:
        return form.model_validate_json(request.get_data())
    except ValidationError:
        abort(400)


def _caller(typed: str) -> str:
    """Return a caller ID: E.164, or as typed if it says that the number is withheld. Raises ValueError."""
    if typed in ("anonymous", "+266696687"):
        return typed
    try:
        return parse_phone_number(typed).partition(";")[0]
    except NotAPhoneNumber:
        raise ValueError("Enter a phone number with its area code, such as 206-555-0147.") from None


def _problem(words: str, status: int) -> ResponseReturnValue:
    return jsonify(problem=words), status


def _no_answer(error: Exception) -> ResponseReturnValue:
    return _problem(f"The line did not answer as it should: {error}. Is the site running?", 502)
