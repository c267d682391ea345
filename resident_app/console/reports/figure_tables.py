"""Figures as tables with links, and as lines of a CSV file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from resident_app.casework.reports.cell_suppression import Suppression
from resident_app.casework.reports.counting import Measure, OriginAndChannel, Period
from resident_app.casework.reports.service_report import Group, ReportFigure, ReportLine, ServiceReport
from resident_app.casework.reports.time_to_contact import SurvivalEstimate
from resident_app.console.rendering import CHANNELS, language_name
from resident_app.intake.request_tables import OPEN, RequestState

ORIGINS = {"site": "Website", "phone": "Phone line", "staff": "Staff"}
NONE = "–"
_EVERY_STATE = ",".join(state.value for state in RequestState if state is not RequestState.ERASED)
_OPEN_STATES = ",".join(state.value for state in OPEN)
_LIST: dict[Measure, dict[str, str]] = {
    Measure.CAME: {"state": _EVERY_STATE},
    Measure.WAITING: {"state": _OPEN_STATES, "waiting": "first"},
    Measure.OVERDUE: {"state": _OPEN_STATES, "overdue": "1"},
    Measure.REACHED: {"state": _EVERY_STATE, "reached": "1"},
    Measure.CLOSED: {"state": RequestState.CLOSED},
    Measure.REOPENED: {"state": _EVERY_STATE, "reopened": "1"},
}

Address = Callable[[Mapping[str, str]], str]
"""Returns the queue's address for a query."""


@dataclass(frozen=True)
class FigureCell:
    """`list`: the address of the counted requests."""

    text: str
    list: str = ""


@dataclass(frozen=True)
class FigureRow:
    name: str
    cells: Sequence[FigureCell]


@dataclass(frozen=True)
class FigureTable:
    id: str
    caption: str
    heads: Sequence[str]
    rows: Sequence[FigureRow]


class FigureWriter:
    """Writes figures in words, by the office's rules."""

    def __init__(self, period: Period, outcomes: Mapping[str, str], fewest: int, address: Address):
        self._period = period
        self._outcomes = outcomes
        self._fewest = fewest
        self._address = address

    def tables(self, figures: ServiceReport) -> list[FigureTable]:
        """Return times to contact and outcomes, by language and by channel."""
        return [
            table
            for id, by, lines in (
                ("language", "Language", figures.languages),
                ("way", "Origin and channel", figures.ways),
            )
            for table in (
                self._contact_times(id, by, [figures.everyone, *lines]),
                self._outcomes_by(id, by, [figures.everyone, *lines], figures.outcomes),
            )
        ]

    def lines(self, figures: ServiceReport) -> Iterator[list[object]]:
        """Yield the same as lines of a file. Times are in hours."""
        outcomes = [self._outcome(code) for code in figures.outcomes]
        yield [
            "by", "code", "name", "came", "no contact yet", "overdue", "reached", "closed", "opened again",
            "median hours to first contact", "90th percentile hours to first contact",
            *[f"closed: {name}" for name in outcomes],
        ]  # fmt: skip
        for by, lines in (
            ("all", [figures.everyone]),
            ("language", figures.languages),
            ("way", figures.ways),
        ):
            for line in lines:
                yield [
                    by,
                    _code(line.group),
                    group_name(line.group),
                    *[self._plain(line.figure(measure)) for measure in _IN_FILE],
                    _hours(line.median),
                    _hours(line.ninetieth),
                    *[self._plain(line.figure(Measure.CLOSED, code)) for code in figures.outcomes],
                ]

    def list_of(self, group: Group, measure: Measure, outcome: str = "") -> str:
        """Return the address of the requests that a figure counts."""
        asked = {"from": self._period.since.isoformat(), "to": self._period.until.isoformat()}
        asked |= _LIST[measure]
        if outcome:
            asked["outcome"] = outcome
        if isinstance(group, OriginAndChannel):
            asked |= {"origin": group.origin, "channel": group.channel}
        elif group is not None:
            asked["spoken"] = group
        return self._address(asked)

    def _contact_times(self, id: str, by: str, lines: Sequence[ReportLine]) -> FigureTable:
        heads = (by, "Came", "Half had a first contact within", "Nine in ten within", "No contact yet")
        return FigureTable(
            f"contact-times-{id}",
            f"How long people wait, by {by.lower()}",
            (*heads, "Overdue now", "Reached", "Share reached"),
            [
                FigureRow(
                    group_name(line.group),
                    (
                        self._counted(line, Measure.CAME),
                        self._time_cell(line, line.median),
                        self._time_cell(line, line.ninetieth),
                        self._counted(line, Measure.WAITING),
                        self._counted(line, Measure.OVERDUE),
                        self._counted(line, Measure.REACHED),
                        self._share(line),
                    ),
                )
                for line in lines
            ],
        )

    def _outcomes_by(
        self, id: str, by: str, lines: Sequence[ReportLine], outcomes: Sequence[str]
    ) -> FigureTable:
        return FigureTable(
            f"outcomes-{id}",
            f"How requests ended, by {by.lower()}",
            (by, "Closed", *map(self._outcome, outcomes), "Opened again"),
            [
                FigureRow(
                    group_name(line.group),
                    (
                        self._counted(line, Measure.CLOSED),
                        *(self._counted(line, Measure.CLOSED, code) for code in outcomes),
                        self._counted(line, Measure.REOPENED),
                    ),
                )
                for line in lines
            ],
        )

    def _counted(self, line: ReportLine, measure: Measure, outcome: str = "") -> FigureCell:
        figure = line.figure(measure, outcome)
        if figure.count is None:
            return FigureCell(NONE)
        if figure.count == 0 or (outcome and outcome not in self._outcomes):
            return FigureCell(f"{figure.count:,}")
        return FigureCell(f"{figure.count:,}", self.list_of(line.group, measure, outcome))

    def _plain(self, figure: ReportFigure) -> object:
        return self._hidden(figure) if figure.count is None else figure.count

    def _hidden(self, figure: ReportFigure) -> str:
        return f"fewer than {self._fewest}" if figure.hidden is Suppression.FEW else "not shown"

    def _time_cell(self, line: ReportLine, length: SurvivalEstimate | None) -> FigureCell:
        if length is None:
            return FigureCell(NONE)
        return FigureCell(length_in_words(length), self._counted(line, Measure.CAME).list)

    def _share(self, line: ReportLine) -> FigureCell:
        if line.reached_share is None:
            return FigureCell(NONE)
        return FigureCell(f"{line.reached_share:.0%}", self._counted(line, Measure.REACHED).list)

    def _outcome(self, code: str) -> str:
        return self._outcomes.get(code, code)


_IN_FILE = (
    Measure.CAME,
    Measure.WAITING,
    Measure.OVERDUE,
    Measure.REACHED,
    Measure.CLOSED,
    Measure.REOPENED,
)


def group_name(group: Group) -> str:
    """Return what a group is called: everyone, a language, or an origin and channel."""
    if group is None:
        return "Everyone"
    if isinstance(group, OriginAndChannel):
        channel = CHANNELS.get(group.channel, "No way to be reached")
        return f"{ORIGINS.get(group.origin, group.origin)}, {channel.lower()}"
    return language_name(group)


def length_in_words(length: SurvivalEstimate) -> str:
    """Return "40 minutes", "5 hours", "2.5 days", or "longer than 2 days" if the estimate has no end yet."""
    return ("longer than " if length.at_least else "") + _time(length.seconds)


def _time(seconds: float) -> str:
    if round(seconds / 60) < 60:
        return _some(f"{seconds / 60:.0f}", "minute")
    if seconds < 2 * 86_400:
        return _some(f"{seconds / 3600:.0f}", "hour")
    return _some(f"{seconds / 86_400:.1f}".removesuffix(".0"), "day")


def _some(number: str, unit: str) -> str:
    return f"{number} {unit}" if number == "1" else f"{number} {unit}s"


def _hours(length: SurvivalEstimate | None) -> str:
    if length is None:
        return ""
    return (">" if length.at_least else "") + f"{length.seconds / 3600:.1f}"


def _code(group: Group) -> str:
    return "/".join(group) if isinstance(group, OriginAndChannel) else group or ""
