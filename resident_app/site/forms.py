"""What the site's forms share: fields, the token of a submission, and their mistakes."""

import secrets

from babel.numbers import format_decimal
from babel.support import LazyProxy
from wtforms import Form, StringField, ValidationError

from resident_app.characters import readable
from resident_app.i18n import current_language
from resident_app.i18n import lazy_gettext as _l
from resident_app.intake.help_request import MESSAGE_LENGTH

# NOTE: Error beside a field with too much text. %(most)s is a number of letters.
TOO_LONG = _l("This is too long. Use at most %(most)s letters.")
# NOTE: Error beside the message. %(count)s is how many characters it has, %(most)s how many it may have.
MESSAGE_TOO_LONG = _l(
    "Your message has %(count)s characters. At most %(most)s fit. What you wrote is still below."
)


class TextField(StringField):  # type: ignore[misc]
    """A text field that drops control characters and noncharacters, which no page may contain."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([readable(text) for text in valuelist])


class MessageField(TextField):
    """A long text. A line break is one character, however the browser sends it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([text.replace("\r\n", "\n").replace("\r", "\n") for text in valuelist])


def new_form_token() -> str:
    """Return a token for an empty form, so that a second submission of it is recognized."""
    return secrets.token_urlsafe(16)


class FormWithToken(Form):  # type: ignore[misc]
    """A form whose second submission is recognized by its token. Ours have 22 characters."""

    form_token = TextField()

    @property
    def token(self) -> str:
        return (self.form_token.data or "")[:100]


def mistakes(form: Form) -> dict[str, str | LazyProxy]:
    """Return the first mistake in each field, by the field's name."""
    return {name: found[0] for name, found in form.errors.items() if found}


def message_at_most(field: MessageField) -> None:
    """Refuse a message with more characters than we store. Raises ValidationError."""
    count = len(field.data or "")
    if count > MESSAGE_LENGTH:
        locale = current_language().locale
        numbers = {"count": count, "most": MESSAGE_LENGTH}
        written = {name: format_decimal(number, locale=locale) for name, number in numbers.items()}
        raise ValidationError(str(MESSAGE_TOO_LONG) % written)


def at_most(field: TextField, most: int) -> None:
    """Refuse a field with more characters. Raises ValidationError."""
    if len(field.data or "") > most:
        raise ValidationError(str(TOO_LONG) % {"most": most})
