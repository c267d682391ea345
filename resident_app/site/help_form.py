"""The help form: it turns what a resident types into a request for help."""

from werkzeug.datastructures import MultiDict
from wtforms import ValidationError

from resident_app.configuration.codes import Codes
from resident_app.contact_points import NotAnEmail, NotAPhoneNumber, parse_email_address, parse_phone_number
from resident_app.i18n import lazy_gettext as _l
from resident_app.intake.help_request import ANOTHER_LANGUAGE, MESSAGE_LENGTH, SHORT_LENGTH, HelpRequest
from resident_app.site.forms import FormWithToken, TextField, at_most

OTHER_TOPIC = "other"
CHANNELS = ("phone", "text", "email")

# NOTE: Error beside the choice between phone call, text message and email.
REACH_BY_WRONG = _l("Choose how we can reach you.")
# NOTE: Error beside the phone number field.
PHONE_WRONG = _l("Enter a phone number with its area code, such as 360-555-0100.")
# NOTE: Error beside the email field.
EMAIL_WRONG = _l("Enter an email address, such as name@example.com.")


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
    answer = TextField()
    """The answer that the form was opened from, to show its page again. Not a part of the request."""

    def __init__(self, typed: MultiDict[str, str]):
        super().__init__(typed)
        self._e164 = ""
        self._address = ""

    def validate_name(self, field: TextField) -> None:
        at_most(field, SHORT_LENGTH)

    def validate_best_time(self, field: TextField) -> None:
        at_most(field, SHORT_LENGTH)

    def validate_message(self, field: TextField) -> None:
        at_most(field, MESSAGE_LENGTH)

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


def _short(field: TextField) -> str:
    return (field.data or "").strip()[:SHORT_LENGTH]
