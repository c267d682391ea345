"""The office's hours as a language writes them: days of the same hours together, by CLDR."""

from datetime import time
from itertools import groupby

from babel import Locale
from babel.dates import format_interval, get_day_names, get_timezone, get_timezone_name

from resident_app.configuration.office import Hours


def office_hours(hours: Hours, locale: Locale) -> list[tuple[str, str]]:
    """Return days with their hours, as Monday – Friday and 8 AM – 5 PM, but for the closed ones."""
    names = get_day_names("wide", "stand-alone", locale)
    between = str(locale.interval_formats[None])
    listed: list[tuple[str, str]] = []
    for same, group in groupby(range(7), hours.of_weekday):
        if same is None:
            continue
        days = list(group)
        first, last = names[days[0]], names[days[-1]]
        listed.append((first if len(days) == 1 else between.format(first, last), _times(*same, locale)))
    return listed


def time_zone_name(zone: str, locale: Locale) -> str:
    """Return what a language calls a time zone in summer and winter: Pacific Time."""
    return get_timezone_name(get_timezone(zone), locale=locale)


def _times(opens: time, closes: time, locale: Locale) -> str:
    twelve = "h" in locale.time_formats["short"].pattern
    whole = not opens.minute and not closes.minute
    skeleton = ("h" if whole else "hm") if twelve else "Hm"
    return format_interval(opens, closes, skeleton, locale=locale)
