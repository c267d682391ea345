"""How a person can be reached: the fields of a form, and a sentence for each mistake in them."""

from babel.support import LazyProxy
from werkzeug.datastructures import MultiDict
from wtforms import ValidationError

from resident_app.contact_points import (
    Channel,
    EmailMistake,
    NotAnEmail,
    NotAPhoneNumber,
    PhoneMistake,
    find_email_address,
    find_phone_number,
)
from resident_app.i18n import lazy_gettext as _l
from resident_app.intake.help_request import ContactDetails
from resident_app.site.email_suggestions import suggest_address
from resident_app.site.forms import FormWithToken, TextField

# NOTE: Error beside the choice between phone call, text message and email.
REACH_BY_WRONG = _l("Choose how we can reach you.")
PHONE_MISTAKES: dict[PhoneMistake, LazyProxy] = {
    # NOTE: Error beside the phone number field. 360-555-0100 is an example.
    PhoneMistake.MISSING: _l("Enter a phone number with its area code, such as 360-555-0100."),
    # NOTE: Error beside the phone number field, when there are only letters.
    PhoneMistake.NO_NUMBER: _l("Enter the phone number in digits, such as 360-555-0100."),
    # NOTE: Error beside the phone number field, when there are only 7 digits.
    PhoneMistake.NO_AREA_CODE: _l("Add the area code. It is the first 3 digits, such as 360."),
    # NOTE: Error beside the phone number field. %(count)s is how many digits there are, fewer than 10.
    PhoneMistake.TOO_SHORT: _l("You entered %(count)s of the 10 digits of a phone number."),
    # NOTE: Error beside the phone number field.
    PhoneMistake.TOO_LONG: _l(
        "This number has too many digits. If it is in another country, begin with + and the country code."
    ),
    # NOTE: Error beside the phone number field, when no phone can have this number.
    PhoneMistake.NOT_IN_USE: _l("There is no such phone number. Please check each digit."),
    # NOTE: Error beside the phone number field, when a call to the number costs more than usual.
    PhoneMistake.COSTS_MORE: _l("A call to this number costs extra. Please enter another number."),
    # NOTE: Error beside the phone number field, when a text message is wanted.
    PhoneMistake.TEXT_ABROAD: _l(
        "Text messages can go only to the United States and Canada. Choose a phone call or an email."
    ),
    # NOTE: Error beside the phone number field. An extension is a number inside a company or building.
    PhoneMistake.EXTENSION: _l(
        "A number with an extension cannot get text messages. Choose a phone call, or enter another number."
    ),
    # NOTE: Error beside the phone number field, when a text message is wanted.
    PhoneMistake.TEXT_NO_MOBILE: _l(
        "This number cannot get text messages. Choose a phone call, or enter another number."
    ),
}
EMAIL_MISTAKES: dict[EmailMistake, LazyProxy] = {
    # NOTE: Error beside the email field.
    EmailMistake.MISSING: _l("Enter an email address, such as name@example.com."),
    # NOTE: Error beside the email field.
    EmailMistake.NO_AT: _l("An email address has an @ sign, such as name@example.com."),
    # NOTE: Error beside the email field.
    EmailMistake.NO_DOT: _l("The part after the @ sign has no dot. An address looks like name@example.com."),
    # NOTE: Error beside the email field.
    EmailMistake.TWO_DOTS: _l("This email address has two dots side by side. Remove one of them."),
    # NOTE: Error beside the email field.
    EmailMistake.SPACE: _l("Enter only the email address, without spaces or other words."),
    # NOTE: Error beside the email field.
    EmailMistake.OTHER: _l("This is not a whole email address. It looks like name@example.com."),
}
# NOTE: Beside the email field, when the address is probably mistyped. %(address)s is the likely one.
DID_YOU_MEAN = _l("Did you mean %(address)s? If your address is right as it is, send the form again.")


class ContactForm(FormWithToken):
    """How a person can be reached. After a successful `validate`, `contact` has it."""

    reach_by = TextField()
    phone = TextField()
    email = TextField()
    voicemail_ok = TextField()
    asked_about = TextField()
    """The address that the page asked about. If it comes again, it is meant as it is."""
    use_email = TextField()
    """The address that the page suggested, if its button was pressed."""

    def __init__(self, typed: MultiDict[str, str]):
        super().__init__(typed)
        self._phone = ""
        self._email = ""
        self._more = ""
        self.suggested = ""
        if self.use_email.data:
            self.email.data = self.use_email.data

    @property
    def contact(self) -> ContactDetails:
        return ContactDetails(
            reach_by=self.reach_by.data,
            phone=self._phone,
            email=self._email,
            voicemail_ok=(self.voicemail_ok.data or "").strip().lower() in ("yes", "on", "true", "1"),
            contact_note=self._more,
        )

    def validate_reach_by(self, field: TextField) -> None:
        if field.data not in tuple(Channel):
            raise ValidationError(REACH_BY_WRONG)

    def validate_phone(self, field: TextField) -> None:
        if self.reach_by.data not in (Channel.PHONE, Channel.TEXT):
            return
        try:
            found = find_phone_number(field.data or "", for_text=self.reach_by.data == Channel.TEXT)
        except NotAPhoneNumber as wrong:
            raise ValidationError(str(PHONE_MISTAKES[wrong.mistake]) % {"count": wrong.digits}) from None
        self._phone, self._more = found.number, found.more

    def validate_email(self, field: TextField) -> None:
        if self.reach_by.data != Channel.EMAIL:
            return
        try:
            found = find_email_address(field.data or "")
        except NotAnEmail as wrong:
            raise ValidationError(EMAIL_MISTAKES[wrong.mistake]) from None
        better = suggest_address(found.address)
        if better and self.asked_about.data != found.address:
            self.suggested, self.asked_about.data = better, found.address
            raise ValidationError(str(DID_YOU_MEAN) % {"address": better})
        self._email, self._more = found.address, found.more
