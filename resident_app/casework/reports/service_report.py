"""How people were served, by language and by channel: counts, time to contact, and unequal service."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from resident_app.casework.reports.cell_suppression import Suppression, TableFlow, suppress_cells
from resident_app.casework.reports.counting import CountedRequest, Measure, OriginAndChannel, ReportColumn
from resident_app.casework.reports.time_to_contact import SurvivalEstimate, TimeToContact, estimate
from resident_app.configuration.casework import SuppressionRules

Group = str | OriginAndChannel | None
"""A language, a way, or everyone."""

_DAY = 86_400
_CAME, _CLOSED = ReportColumn(Measure.CAME), ReportColumn(Measure.CLOSED)
_NINE_IN_TEN = 0.9


@dataclass(frozen=True)
class ReportFigure:
    """A count, or why it is not shown."""

    count: int | None
    hidden: Suppression | None = None


@dataclass(frozen=True)
class ReportLine:
    """The figures of one group. Waits and shares are None where there are none, or the group is too small."""

    group: Group
    figures: Mapping[ReportColumn, ReportFigure]
    median: SurvivalEstimate | None
    ninetieth: SurvivalEstimate | None

    def figure(self, measure: Measure, outcome: str = "") -> ReportFigure:
        return self.figures[ReportColumn(measure, outcome)]

    @property
    def reached_share(self) -> float | None:
        came, reached = self.figures[_CAME].count, self.figures[ReportColumn(Measure.REACHED)].count
        return reached / came if came and reached is not None else None


@dataclass(frozen=True)
class ComparedLanguage:
    """A language and all others: median waits until the first contact."""

    language: str
    median: SurvivalEstimate
    rest: SurvivalEstimate
    requests: int
    is_few: bool = False
    """Whether there are so few requests, of this language or of the others, that it may be chance."""


@dataclass(frozen=True)
class ServiceReport:
    everyone: ReportLine
    languages: Sequence[ReportLine]
    ways: Sequence[ReportLine]
    uneven: Sequence[ComparedLanguage]
    uncompared: Sequence[str]
    """The languages whose wait, or that of all others, is not known."""
    outcomes: Sequence[str]
    """Codes, in the order of their columns."""


def build_report(
    asked: Iterable[CountedRequest],
    outcomes: Iterable[str],
    rules: SuppressionRules,
    *,
    is_for_file: bool,
) -> ServiceReport:
    """Return every figure of the requests that came.

    For a file, nothing in it says a small number or lets one be computed. On the page of people who can open
    each of the requests, hiding one protects nobody, and hides that three people wait.
    """
    served = sorted(asked, key=lambda one: one.wait)
    counts = _counts(served)
    known = list(dict.fromkeys([*outcomes, *sorted({c.outcome for _, c in counts if c.outcome})]))
    languages = sorted({one.language for one in served})
    ways = sorted({one.way for one in served})
    columns = [*map(ReportColumn, Measure), *(ReportColumn(Measure.CLOSED, code) for code in known)]
    groups = (None, *languages, *ways)
    shown = (
        _shown(counts, columns, [*languages, *ways], rules.fewest)
        if is_for_file
        else {(group, column): ReportFigure(counts[group, column]) for group in groups for column in columns}
    )
    fewest = rules.fewest if is_for_file else 1
    waits: dict[Group, list[TimeToContact]] = {group: [] for group in groups}
    for one in served:
        for group in (None, one.language, one.way):
            waits[group].append(one.wait)

    def line(group: Group) -> ReportLine:
        enough = counts[group, _CAME] >= fewest
        return ReportLine(
            group,
            {column: shown[group, column] for column in columns},
            estimate(0.5, waits[group]) if enough else None,
            estimate(_NINE_IN_TEN, waits[group]) if enough else None,
        )

    compared = _compared(served, languages, waits, max(rules.compare_from, rules.fewest))
    if is_for_file:
        compared = [one for one in compared if not one.is_few]
    return ServiceReport(
        everyone=line(None),
        languages=_most_first(map(line, languages)),
        ways=_most_first(map(line, ways)),
        uneven=sorted((one for one in compared if _is_uneven(one, rules)), key=lambda one: one.is_few),
        uncompared=sorted({*languages} - {one.language for one in compared}),
        outcomes=known,
    )


def _counts(served: Sequence[CountedRequest]) -> Counter[tuple[Group, ReportColumn]]:
    alike = Counter((one.language, one.way, one.counts_as) for one in served)
    counts: Counter[tuple[Group, ReportColumn]] = Counter()
    for (language, way, columns), number in alike.items():
        for group in (None, language, way):
            for column in columns:
                counts[group, column] += number
    return counts


def _most_first(lines: Iterable[ReportLine]) -> list[ReportLine]:
    """Groups whose number is hidden come last, in an order that says nothing of it."""
    return sorted(lines, key=lambda line: -(line.figures[_CAME].count or 0))


def _shown(
    counts: Counter[tuple[Group, ReportColumn]],
    columns: Sequence[ReportColumn],
    groups: Sequence[Group],
    fewest: int,
) -> dict[tuple[Group, ReportColumn], ReportFigure]:
    came = suppress_cells(_flows(counts, [_CAME], groups, {}), fewest)
    marks = dict(came)
    known: dict[Group, int] = {
        group: counts[group, _CAME] for group in (None, *groups) if (group, _CAME) not in came
    }
    still_open = {group: known[group] - counts[group, _CLOSED] for group in known}
    not_waiting = {group: known[group] - counts[group, ReportColumn(Measure.WAITING)] for group in known}
    for measure, most in (
        (Measure.WAITING, still_open),
        (Measure.OVERDUE, still_open),
        (Measure.REACHED, known),
        (Measure.CLOSED, not_waiting),
        (Measure.REOPENED, known),
    ):
        parts = [column for column in columns if column.measure is measure]
        marks |= suppress_cells(_flows(counts, parts, groups, most), fewest)
    return {
        (group, column): _figure(
            counts[group, column], came.get((group, _CAME)) or marks.get((group, column))
        )
        for group in (None, *groups)
        for column in columns
    }


def _figure(count: int, mark: Suppression | None) -> ReportFigure:
    """In a group whose own number is hidden, nothing is shown, be it zero."""
    return ReportFigure(None, mark) if mark else ReportFigure(count)


def _flows(
    counts: Counter[tuple[Group, ReportColumn]],
    columns: Sequence[ReportColumn],
    groups: Sequence[Group],
    most: Mapping[Group, int],
) -> Iterator[TableFlow]:
    """A measure as a network: from all, through languages, to the total, through ways, back to all.

    `columns` begins with the measure; the others are its parts.
    """
    whole, *parts = columns
    through = parts or [whole]
    for group in groups:
        is_way = isinstance(group, OriginAndChannel)
        for part in through:
            inner = (group if parts else "all", (part, "of languages"))
            source, target = ((part, "of ways"), inner[0]) if is_way else inner
            yield TableFlow(
                (group, part), source, target, counts[group, part], None if parts else most.get(group)
            )
        if parts:
            source, target = (group, "end") if is_way else ("all", group)
            yield TableFlow((group, whole), source, target, counts[group, whole], most.get(group))
    for part in through:
        total = counts[None, part]
        yield TableFlow((None, part), (part, "of languages"), (part, "of ways"), total, is_total=True)
    if parts:
        yield TableFlow((None, whole), "end", "all", counts[None, whole], most.get(None), is_total=True)


def _compared(
    served: Sequence[CountedRequest],
    languages: Sequence[str],
    waits: Mapping[Group, Sequence[TimeToContact]],
    enough: int,
) -> list[ComparedLanguage]:
    """Return each language whose wait can be compared with that of all others."""
    found = []
    for language in languages:
        others = [one.wait for one in served if one.language != language]
        median, rest = estimate(0.5, waits[language]), estimate(0.5, others)
        if median is not None and rest is not None and not rest.at_least:
            came = len(waits[language])
            found.append(ComparedLanguage(language, median, rest, came, min(came, len(others)) < enough))
    return found


def _is_uneven(one: ComparedLanguage, rules: SuppressionRules) -> bool:
    more = one.median.seconds - one.rest.seconds
    return one.median.seconds > rules.times_slower * one.rest.seconds and more > rules.days_slower * _DAY
