"""The check's form: it turns what a resident types into the three facts on a card."""

import re
from datetime import date

from werkzeug.datastructures import MultiDict
from wtforms import Form, ValidationError

from resident_app.characters import plain
from resident_app.i18n import lazy_gettext as _l
from resident_app.register.facts import (
    Facts,
    NotACardNumber,
    NotADate,
    birth_date,
    issue_date,
    written_card_number,
)
from resident_app.site.forms import TextField

# NOTE: Error beside the card number field. The * signs are printed on old cards.
CARD_NUMBER_WRONG = _l("Enter the card number as it is on your card. It has 12 letters, numbers or * signs.")
# NOTE: Error beside the birth date fields.
BIRTH_DATE_WRONG = _l("Enter your birth date as it is on your card: month, day and year.")
# NOTE: Error beside the issue date fields. The issue date is the day the card was made.
ISSUE_DATE_WRONG = _l("Enter the issue date as it is on your card: month, day and year.")


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


def _numbers(year: TextField, month: TextField, day: TextField) -> tuple[int, int, int]:
    """Return the fields' numbers, in the digits of any script. Raises NotADate."""
    return _number(year), _number(month), _number(day)


def _number(field: TextField) -> int:
    text = plain(field.data or "").strip()
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise NotADate
    return int(text)
