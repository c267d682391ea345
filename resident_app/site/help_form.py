"""The help form: it turns what a resident types into a request for help."""

from dataclasses import asdict

from resident_app.configuration.codes import Codes
from resident_app.intake.help_request import ANOTHER_LANGUAGE, SHORT_LENGTH, HelpRequest
from resident_app.site.contact_form import ContactForm
from resident_app.site.forms import MessageField, TextField, at_most, message_at_most

OTHER_TOPIC = "other"


class HelpForm(ContactForm):
    """A request for help. Only a contact point is required."""

    name = TextField()
    spoken = TextField()
    written = TextField()
    topic = TextField()
    message = MessageField()
    best_time = TextField()
    answer = TextField()
    """The answer that the form was opened from, to show its page again. Not a part of the request."""

    def validate_name(self, field: TextField) -> None:
        at_most(field, SHORT_LENGTH)

    def validate_best_time(self, field: TextField) -> None:
        at_most(field, SHORT_LENGTH)

    def validate_message(self, field: MessageField) -> None:
        message_at_most(field)

    def request(self, page_language: str, known_languages: list[str], codes: Codes) -> HelpRequest:
        """Return the request. A language or topic that we do not list becomes `other` and a sealed note."""
        spoken = _short(self.spoken) or page_language
        written = _short(self.written) or page_language
        topic = _short(self.topic) or OTHER_TOPIC
        return HelpRequest(
            origin="site",
            **asdict(self.contact),
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
        )


def _short(field: TextField) -> str:
    return (field.data or "").strip()[:SHORT_LENGTH]
