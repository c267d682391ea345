"""How a value is said: a date, a time, a number, an address."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum

from babel.dates import format_date, get_day_names
from babel.numbers import format_percent
from babel.units import format_unit

from resident_app.intake.reference import GROUP, split_groups
from resident_app.languages import Language


def _(message: str) -> str:
    """Mark a message for translation."""
    return message


class Phrase(Enum):
    """What a value is said with. A value is the English text, which is the message's id in the catalogues."""

    # NOTE: When the office opens: "It opens on Monday, November 23, at 8 AM." Say it as one says it aloud.
    MOMENT = _("%(weekday)s, %(day)s, at %(clock)s")
    # NOTE: A time in the morning, as it is said aloud. %(hour)s is a number: 8 AM.
    HOUR_AM = _("%(hour)s AM")
    # NOTE: A time from noon on, as it is said aloud. %(hour)s is a number from 1 to 12: 1 PM.
    HOUR_PM = _("%(hour)s PM")
    # NOTE: A time in the morning, as it is said aloud: 8:30 AM.
    MINUTES_AM = _("%(hour)s:%(minutes)s AM")
    # NOTE: A time from noon on, as it is said aloud: 1:30 PM.
    MINUTES_PM = _("%(hour)s:%(minutes)s PM")
    # NOTE: The "." in a web address.
    DOT = _("dot")
    # NOTE: The "-" in a web address.
    DASH = _("dash")


_PERCENT = "concentr-percent"
_GROUP_END = ", "
_BETWEEN_GROUPS = re.compile(rf"(?<=\d){_GROUP_END}(?=\d)")
_LONGEST_SPELLED = 4
"""A longer part of a web address is said as a word."""


def render_day(day: date, language: Language) -> str:
    """Return a date."""
    return _render_date(day, language, language.pronunciation.day) or language.day(day)


def render_month(day: date, language: Language) -> str:
    """Return a month with its year."""
    return _render_date(day, language, language.pronunciation.month) or language.month(day)


def render_moment(moment: datetime, language: Language) -> str:
    """Return a day of the week, a day without its year, and the time of day."""
    return language.spoken(
        Phrase.MOMENT.value,
        weekday=get_day_names("wide", "format", language.locale)[moment.weekday()],
        day=language.month_and_day(moment.month, moment.day),
        clock=_render_time(moment, language),
    )


def render_percent(percent: int, language: Language) -> str:
    """Return a share in words, where there are some: not every voice says %."""
    if pattern := language.pronunciation.percent:
        return pattern.replace("#", str(percent))
    words = format_unit(percent, _PERCENT, length="long", locale=language.locale)
    # Babel has no words for it in every language, and then gives the name of the unit.
    return format_percent(percent / 100, locale=language.locale) if _PERCENT in words else words


def spell_digits(digits: str, size: int = GROUP) -> str:
    """Return digits that a voice speaks one by one, with a pause after each group of `size`."""
    return _spell_groups(split_groups(digits, size))


def split_slowly(spoken: str) -> list[str]:
    """Split words where a group of spelled digits ends and the next one begins."""
    return _BETWEEN_GROUPS.split(spoken)


def spell_phone_number(number: str) -> str:
    """Return a number (E.164) that a voice speaks digit by digit, with a pause after each group."""
    return _spell_groups(phone_groups(number))


def phone_groups(number: str) -> Sequence[str]:
    """Return the digits of a North American number (E.164) in its usual groups, and of any other by three."""
    digits = number.lstrip("+")
    if len(digits) == 11 and digits[0] == "1":
        return digits[1:4], digits[4:7], digits[7:]
    return split_groups(digits, 3)


def spell_address(host: str, language: Language) -> str:
    """Return a web address as one would dictate it: D O L dot W A dot G O V."""
    marks = {".": Phrase.DOT, "-": Phrase.DASH}
    return " ".join(
        language.spoken(marks[part].value) if part in marks else _spell_part(part)
        for part in re.findall(r"[a-z]+|[0-9]+|[.-]", host.lower())
    )


def _render_date(day: date, language: Language, pattern: str) -> str:
    return format_date(day, format=pattern, locale=language.locale) if pattern else ""


def _render_time(moment: datetime, language: Language) -> str:
    is_morning = moment.hour < 12
    hour = moment.hour % 12 or 12
    if not moment.minute:
        phrase = Phrase.HOUR_AM if is_morning else Phrase.HOUR_PM
        return language.spoken(phrase.value, hour=hour)
    phrase = Phrase.MINUTES_AM if is_morning else Phrase.MINUTES_PM
    return language.spoken(phrase.value, hour=hour, minutes=f"{moment.minute:02}")


def _spell_part(part: str) -> str:
    return " ".join(part.upper()) if part.isdigit() or len(part) <= _LONGEST_SPELLED else part


def _spell_groups(groups: Sequence[str]) -> str:
    return _GROUP_END.join(" ".join(group) for group in groups)
