"""Bar charts as the figures page shows them. Each title says what is seen, and each bar says its number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from resident_app.casework.reports.counting import Measure
from resident_app.casework.reports.service_report import Group, ReportLine
from resident_app.casework.reports.waiting_now import WaitingGroup
from resident_app.console.reports.figure_tables import group_name, length_in_words
from resident_app.intake.help_request import ANOTHER_LANGUAGE

_MOST_BARS = 12
_MOST_NAMES = 3


@dataclass(frozen=True)
class Bar:
    """One row of a chart. `percent` is its length, `part` the length of its dark beginning."""

    label: str
    value: str
    percent: int
    part: int = 0
    address: str = ""


@dataclass(frozen=True)
class BarChart:
    """`left_out` is how many bars there would be more."""

    id: str
    title: str
    description: str
    bars: Sequence[Bar]
    left_out: int = 0


def waiting_chart(
    groups: Sequence[WaitingGroup], name: Callable[[str], str], address: Callable[[str], str]
) -> BarChart | None:
    """Return how many open requests are overdue or without contact, the most overdue first; or None."""
    shown = [one for one in groups if one.waiting]
    if not shown:
        return None
    longest, first = max(one.waiting for one in shown), shown[0]
    if first.overdue:
        alike = [name(one.group or "") for one in shown if one.overdue == first.overdue]
        title = f"Most overdue: {_of_each(alike, first.overdue)}"
    else:
        alike = [name(one.group or "") for one in shown if one.no_contact == first.no_contact]
        title = f"Nothing is overdue. Most without contact: {_of_each(alike, first.no_contact)}"
    bars = [
        Bar(
            name(one.group or ""),
            _waiting_words(one),
            _percent(one.waiting, longest),
            _percent(one.overdue, longest),
            address(one.group or ""),
        )
        for one in shown
    ]
    return _cut(
        "waiting-chart",
        title,
        "Open requests now. Red: overdue. Blue: new, not overdue and without any contact.",
        bars,
    )


def first_contact_chart(
    id: str, by: str, lines: Sequence[ReportLine], fewest: int, address: Callable[[Group], str]
) -> BarChart | None:
    """Return how long it took until half had a first contact, the longest first. None: nobody came."""
    timed = [(line, line.median) for line in lines if line.median is not None]
    if not timed:
        return None
    timed.sort(key=lambda one: (-one[1].seconds, not one[1].at_least, group_name(one[0].group)))
    longest = max(median.seconds for _, median in timed) or 1
    title = f"Time to a first contact, by {by}"
    enough = [one for one in timed if _came(one[0]) >= fewest]
    if len(enough) > 1:
        first = enough[0][1]
        length = length_in_words(first)
        alike = [line.group for line, median in enough if median == first]
        who = _speakers(alike)
        title = (
            f"{who[0].upper()}{who[1:]} wait longest: {length}"
            if by == "language"
            else f"Longest wait: {_listed([group_name(group) for group in alike], 'groups')}, {length}"
        )
        title += _among_enough(enough[0] is not timed[0], fewest)
    bars = [
        Bar(
            group_name(line.group),
            f"{length_in_words(median)} ({_requests(_came(line))})",
            _percent(median.seconds, longest),
            address=address(line.group),
        )
        for line, median in timed
    ]
    return _cut(id, title, "The time within which half of them had a first contact.", bars)


def reached_chart(
    id: str, lines: Sequence[ReportLine], fewest: int, address: Callable[[Group], str]
) -> BarChart | None:
    """Return the share of people who were reached, the smallest first. None: nobody came."""
    shares = [(line, line.reached_share) for line in lines if line.reached_share is not None]
    if not shares:
        return None
    shares.sort(key=lambda one: (one[1], group_name(one[0].group)))
    enough = [one for one in shares if _came(one[0]) >= fewest]
    title = "People reached, by language"
    if len(enough) > 1:
        least = enough[0][1]
        alike = [line.group for line, share in enough if share == least]
        of_few = any(share <= least for line, share in shares if _came(line) < fewest)
        title = f"Fewest reached: {least:.0%} of {_speakers(alike)}{_among_enough(of_few, fewest)}"
    bars = [
        Bar(
            group_name(line.group),
            f"{share:.0%} ({line.figure(Measure.REACHED).count or 0:,} of {_requests(_came(line))})",
            round(100 * share),
            address=address(line.group),
        )
        for line, share in shares
    ]
    return _cut(id, title, "Reached: the person was spoken with, or wrote back.", bars)


def _waiting_words(group: WaitingGroup) -> str:
    counts = ((group.overdue, "overdue"), (group.waiting - group.overdue, "new"))
    return ", ".join(f"{count:,} {name}" for count, name in counts if count)


def _cut(id: str, title: str, description: str, bars: Sequence[Bar]) -> BarChart:
    return BarChart(id, title, description, bars[:_MOST_BARS], max(0, len(bars) - _MOST_BARS))


def _came(line: ReportLine) -> int:
    return line.figure(Measure.CAME).count or 0


def _percent(part: float, whole: float) -> int:
    return round(100 * part / whole)


def _requests(count: int) -> str:
    return f"{count:,} {'request' if count == 1 else 'requests'}"


def _speakers(groups: Sequence[Group]) -> str:
    if len(groups) > _MOST_NAMES:
        return f"speakers of {len(groups)} languages"
    if len(groups) == 1 and groups[0] in ("", ANOTHER_LANGUAGE):
        return "speakers of another language"
    return f"{_listed([group_name(group) for group in groups], 'languages')} speakers"


def _listed(names: Sequence[str], kind: str) -> str:
    """Return names that are alike: all of them, or how many there are."""
    if len(names) > _MOST_NAMES:
        return f"{len(names)} {kind}"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _of_each(names: Sequence[str], count: int) -> str:
    return f"{_listed(names, 'languages')}, {count:,}{' each' if len(names) > 1 else ''}"


def _among_enough(leaves_out: bool, fewest: int) -> str:
    """Return what a title compares, if a group with fewer requests is as far out."""
    return f" (of those with {fewest} or more requests)" if leaves_out else ""
