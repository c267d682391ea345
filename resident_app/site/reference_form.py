"""The forms that need a request's reference number: to see its status, erase it or add a note."""

from wtforms import Form, ValidationError

from resident_app.i18n import lazy_gettext as _l
from resident_app.intake.reference import DIGITS, OLD, NotAReference, Reference, parse_reference
from resident_app.site.contact_form import ContactForm
from resident_app.site.forms import FormWithToken, MessageField, TextField, message_at_most

# NOTE: Error beside the reference number field.
REFERENCE_WRONG = _l("Enter the 16 numbers of your reference. Please check each one.")
# NOTE: Error beside the reference number field. %(entered)s is a number from 1 to 15.
REFERENCE_TOO_SHORT = _l("You entered %(entered)s of 16 numbers. Enter all four groups.")
# NOTE: Error beside the text field where a person adds something to a request.
NOTE_EMPTY = _l("Write what you want to tell the office.")


class ReferenceForm(Form):  # type: ignore[misc]
    """A reference number. After a successful `validate`, `parsed_reference` is set."""

    reference = TextField()

    _parsed: Reference | None = None

    @property
    def parsed_reference(self) -> Reference:
        assert self._parsed is not None
        return self._parsed

    def validate_reference(self, field: TextField) -> None:
        try:
            self._parsed = parse_reference(field.data or "")
        except NotAReference as error:
            if error.entered == OLD.digits or not 0 < error.entered < DIGITS:
                raise ValidationError(REFERENCE_WRONG) from None
            raise ValidationError(str(REFERENCE_TOO_SHORT) % {"entered": error.entered}) from None


class ContactCorrectionForm(ReferenceForm, ContactForm):
    """Other contact details for a request, and the request's reference number."""


class NoteForm(ReferenceForm, FormWithToken):
    """A note to a request, and the request's reference number."""

    note = MessageField()

    def validate_note(self, field: MessageField) -> None:
        message_at_most(field)
        if not (field.data or "").strip():
            raise ValidationError(NOTE_EMPTY)
