"""The site's forms: they turn what a resident types into facts, a request, a note or a reference."""

import re
import secrets
from datetime import date

from babel.support import LazyProxy
from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField, ValidationError

from resident_app.characters import plain, readable
from resident_app.configuration.codes import Codes
from resident_app.contact_points import NotAnEmail, NotAPhoneNumber, parse_email_address, parse_phone_number
from resident_app.i18n import lazy_gettext as _l
from resident_app.intake.help_request import ANOTHER_LANGUAGE, MESSAGE_LENGTH, SHORT_LENGTH, HelpRequest
from resident_app.intake.reference import NotAReference, Reference, parse_reference
from resident_app.register.facts import (
    Facts,
    NotACardNumber,
    NotADate,
    birth_date,
    issue_date,
    written_card_number,
)

OTHER_TOPIC = "other"
CHANNELS = ("phone", "text", "email")

# NOTE: Error beside the card number field. The * signs are printed on old cards.
CARD_NUMBER_WRONG = _l("Enter the card number as it is on your card. It has 12 letters, numbers or * signs.")
# NOTE: Error beside the birth date fields.
BIRTH_DATE_WRONG = _l("Enter your birth date as it is on your card: month, day and year.")
# NOTE: Error beside the issue date fields. The issue date is the day the card was made.
ISSUE_DATE_WRONG = _l("Enter the issue date as it is on your card: month, day and year.")
# NOTE: Error beside the choice between phone call, text message and email.
REACH_BY_WRONG = _l("Choose how we can reach you.")
# NOTE: Error beside the phone number field.
PHONE_WRONG = _l("Enter a phone number with its area code, such as 360-555-0100.")
# NOTE: Error beside the email field.
EMAIL_WRONG = _l("Enter an email address, such as name@example.com.")
# NOTE: Error beside a field with too much text. %(most)s is a number of letters.
TOO_LONG = _l("This is too long. Use at most %(most)s letters.")
# NOTE: Error beside the reference number field.
REFERENCE_WRONG = _l("Enter the 16 numbers of your reference. Please check each one.")
# NOTE: Error beside the text field where a person adds something to a request.
NOTE_EMPTY = _l("Write what you want to tell the office.")


class TextField(StringField):  # type: ignore[misc]
    """A text field that drops control characters and noncharacters, which no page may contain."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([readable(text) for text in valuelist])


class CheckForm(Form):  # type: ignore[misc]
    """The check's form. After a successful `validate`, `facts` is set."""

    card_number = TextField()
    birth_year = TextField()
    birth_month = TextField()
    birth_day = TextField()
    issue_year = TextField()
    issue_month = TextField()
    issue_day = TextField()

    def __init__(self, typed: MultiDict[str, str], today: date):
        super().__init__(typed)
        self._today = today
        self._card = ""
        self._born: date | None = None
        self._issued: date | None = None

    @property
    def facts(self) -> Facts:
        assert self._born is not None
        assert self._issued is not None
        return Facts(self._card, self._born, self._issued)

    def validate_card_number(self, field: TextField) -> None:
        try:
            self._card = written_card_number(field.data or "")
        except NotACardNumber:
            raise ValidationError(CARD_NUMBER_WRONG) from None

    def validate_birth_year(self, field: TextField) -> None:
        try:
            entered = _numbers(field, self.birth_month, self.birth_day)
            self._born = birth_date(*entered, today=self._today)
        except NotADate:
            raise ValidationError(BIRTH_DATE_WRONG) from None

    def validate_issue_year(self, field: TextField) -> None:
        try:
            entered = _numbers(field, self.issue_month, self.issue_day)
            self._issued = issue_date(*entered, born=self._born, today=self._today)
        except NotADate:
            raise ValidationError(ISSUE_DATE_WRONG) from None


def new_form_token() -> str:
    """Return a token for an empty form, so that a second submission of it is recognized."""
    return secrets.token_urlsafe(16)


class FormWithToken(Form):  # type: ignore[misc]
    """A form whose second submission is recognized by its token. Ours have 22 characters."""

    form_token = TextField()

    @property
    def token(self) -> str:
        return (self.form_token.data or "")[:100]


class HelpForm(FormWithToken):
    """A request for help. Only a contact point is required."""

    name = TextField()
    reach_by = TextField()
    phone = TextField()
    email = TextField()
    spoken = TextField()
    written = TextField()
    topic = TextField()
    message = TextField()
    best_time = TextField()
    voicemail_ok = TextField()

    def __init__(self, typed: MultiDict[str, str]):
        super().__init__(typed)
        self._e164 = ""
        self._address = ""

    def validate_name(self, field: TextField) -> None:
        _at_most(field, SHORT_LENGTH)

    def validate_best_time(self, field: TextField) -> None:
        _at_most(field, SHORT_LENGTH)

    def validate_message(self, field: TextField) -> None:
        _at_most(field, MESSAGE_LENGTH)

    def validate_reach_by(self, field: TextField) -> None:
        if field.data not in CHANNELS:
            raise ValidationError(REACH_BY_WRONG)

    def validate_phone(self, field: TextField) -> None:
        if self.reach_by.data in ("phone", "text"):
            try:
                self._e164 = parse_phone_number(field.data or "")
            except NotAPhoneNumber:
                raise ValidationError(PHONE_WRONG) from None

    def validate_email(self, field: TextField) -> None:
        if self.reach_by.data == "email":
            try:
                self._address = parse_email_address(field.data or "")
            except NotAnEmail:
                raise ValidationError(EMAIL_WRONG) from None

    def request(self, page_language: str, known_languages: list[str], codes: Codes) -> HelpRequest:
        """Return the request. A language or topic that we do not list becomes `other` and a sealed note."""
        spoken = _short(self.spoken) or page_language
        written = _short(self.written) or page_language
        topic = _short(self.topic) or OTHER_TOPIC
        by_email = self.reach_by.data == "email"
        return HelpRequest(
            origin="site",
            reach_by=self.reach_by.data,
            phone="" if by_email else self._e164,
            email=self._address,
            spoken=spoken if spoken in known_languages else ANOTHER_LANGUAGE,
            written=written if written in known_languages else ANOTHER_LANGUAGE,
            topic=topic if topic in codes.topics else OTHER_TOPIC,
            name=(self.name.data or "").strip(),
            message=(self.message.data or "").strip(),
            best_time=_short(self.best_time),
            language_note=", ".join(
                word
                for word, known in (
                    (spoken, [*known_languages, ANOTHER_LANGUAGE]),
                    (written, [*known_languages, ANOTHER_LANGUAGE]),
                    (topic, list(codes.topics)),
                )
                if word not in known
            ),
            voicemail_ok=(self.voicemail_ok.data or "").strip().lower() in ("yes", "on", "true", "1"),
        )


class ReferenceForm(Form):  # type: ignore[misc]
    """A reference number. After a successful `validate`, `parsed_reference` is set."""

    reference = TextField()

    def __init__(self, typed: MultiDict[str, str]):
        super().__init__(typed)
        self._parsed: Reference | None = None

    @property
    def parsed_reference(self) -> Reference:
        assert self._parsed is not None
        return self._parsed

    def validate_reference(self, field: TextField) -> None:
        try:
            self._parsed = parse_reference(field.data or "")
        except NotAReference:
            raise ValidationError(REFERENCE_WRONG) from None


class NoteForm(ReferenceForm, FormWithToken):
    """A note to a request, and the request's reference number."""

    note = TextField()

    def validate_note(self, field: TextField) -> None:
        _at_most(field, MESSAGE_LENGTH)
        if not (field.data or "").strip():
            raise ValidationError(NOTE_EMPTY)


def mistakes(form: Form) -> dict[str, str | LazyProxy]:
    """Return the first mistake in each field, by the field's name."""
    return {name: found[0] for name, found in form.errors.items() if found}


def _numbers(year: TextField, month: TextField, day: TextField) -> tuple[int, int, int]:
    """Return the fields' numbers, in the digits of any script. Raises NotADate."""
    return _number(year), _number(month), _number(day)


def _number(field: TextField) -> int:
    text = plain(field.data or "").strip()
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise NotADate
    return int(text)


def _short(field: TextField) -> str:
    return (field.data or "").strip()[:SHORT_LENGTH]


def _at_most(field: TextField, most: int) -> None:
    if len(field.data or "") > most:
        raise ValidationError(str(TOO_LONG) % {"most": most})
