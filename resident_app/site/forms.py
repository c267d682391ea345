"""What the site's forms share: fields, the token of a submission, and their mistakes."""

import secrets

from babel.support import LazyProxy
from wtforms import Form, StringField, ValidationError

from resident_app.characters import readable
from resident_app.i18n import lazy_gettext as _l

# NOTE: Error beside a field with too much text. %(most)s is a number of letters.
TOO_LONG = _l("This is too long. Use at most %(most)s letters.")


class TextField(StringField):  # type: ignore[misc]
    """A text field that drops control characters and noncharacters, which no page may contain."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([readable(text) for text in valuelist])


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


def at_most(field: TextField, most: int) -> None:
    """Refuse a field with more characters. Raises ValidationError."""
    if len(field.data or "") > most:
        raise ValidationError(str(TOO_LONG) % {"most": most})
