"""`flask register seal` and `seal-worker`: seal an edition from two CSV files, on one machine or several."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from resident_app.configuration import Configuration, load_configuration
from resident_app.register.sealing.plan import (
    ProgressReporter,
    SealingError,
    SealingPlan,
    SealingReport,
    cores,
)
from resident_app.register.sealing.rows import parse_date
from resident_app.register.sealing.run import join_sealing, seal_edition
from resident_app.register.sealing.sealing_keys import SealingKeys, load_sealing_keys
from resident_app.settings import RegisterSettings, SettingsError, load_settings, with_our_driver

REJECTED = 3
"""The exit status when rows were rejected and --accept-rejects was not given."""

_LOG_LINE_EVERY_SECONDS = 10.0
_STAGES = {"reading": ("Reading", "bytes"), "sealing": ("Sealing", "cards")}


class _DayParameter(click.ParamType[date]):
    """A day, YYYY-MM-DD or MM/DD/YYYY."""

    name = "date"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return parse_date(value)
        except ValueError:
            self.fail(f"{value!r} is not a day like 2017-05-31 or 05/31/2017.", param, ctx)


class _PostgresUrlParameter(click.ParamType[str]):
    """A PostgreSQL URL; psycopg 3 is the driver if it names none."""

    name = "url"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        url = with_our_driver(value)
        if not url.startswith("postgresql+psycopg://"):
            self.fail("it should be a postgresql:// URL.", param, ctx)
        return url


_FILE = click.Path(path_type=Path)
_roster = click.option("--roster", type=_FILE, required=True, help="roster.csv: one line for each card")
_disclosures = click.option(
    "--disclosures", type=_FILE, required=True, help="disclosures.csv: one line for each disclosure"
)
_workers = click.option(
    "--workers", type=click.IntRange(1, 1024), default=cores, help="threads; default: the number of cores"
)


@click.command("seal")
@_roster
@_disclosures
@click.option(
    "--from", "period_from", type=_DayParameter(), required=True, help="the first day that the records cover"
)
@click.option(
    "--to", "period_to", type=_DayParameter(), required=True, help="the last day that the records cover"
)
@click.option("--out", type=_FILE, required=True, help="the sealed file to write")
@_workers
@click.option(
    "--engine", type=_PostgresUrlParameter(), help="a PostgreSQL URL, to share the work with seal-worker"
)
@click.option("--accept-rejects", is_flag=True, help="seal the other rows although some were rejected")
@click.option(
    "--made-up",
    is_flag=True,
    help="mark the people as made up: pages then say so, and never that they are official",
)
@click.pass_context
def seal(
    context: click.Context,
    roster: Path,
    disclosures: Path,
    period_from: date,
    period_to: date,
    out: Path,
    workers: int,
    engine: str | None,
    accept_rejects: bool,
    made_up: bool,
) -> None:
    """Seal an edition. After an interruption, the same command continues.

    Rejected rows are written to FILE.rejects.csv. The exit status is then 3 and nothing is sealed,
    unless --accept-rejects is given.
    """
    key, configuration = _key_and_configuration()
    plan = SealingPlan(
        roster=roster,
        disclosures=disclosures,
        period_from=period_from,
        period_to=period_to,
        out=out,
        key=key,
        codes=configuration.codes,
        limits=configuration.limits.sealing,
        cut_off=configuration.office.cut_off,
        today=datetime.now(ZoneInfo(configuration.office.time_zone)).date(),
        workers=workers,
        engine_url=engine,
        accept_rejects=accept_rejects,
        made_up=made_up,
    )
    with _one_line_errors(), _progress() as progress:
        report = seal_edition(plan, progress)
    click.echo("\n".join(_summary(plan, report)), err=report.edition is None)
    if report.edition is None:
        context.exit(REJECTED)


@click.command("seal-worker")
@click.option(
    "--engine", type=_PostgresUrlParameter(), required=True, help="the PostgreSQL URL that `seal` was given"
)
@_roster
@_disclosures
@_workers
@click.option(
    "--wait", type=click.FloatRange(min=0), default=0.0, help="seconds to wait for the sealing to begin"
)
def seal_worker(engine: str, roster: Path, disclosures: Path, workers: int, wait: float) -> None:
    """Help with a sealing that `seal --engine` began. This machine needs copies of both files."""
    key, _ = _key_and_configuration()
    with _one_line_errors(), _progress() as progress:
        job = join_sealing(engine, roster, disclosures, key, workers, wait, progress=progress)
    click.echo(f"Every card of edition {job.edition.id.hex()} is sealed.")


def _key_and_configuration() -> tuple[SealingKeys, Configuration]:
    try:
        return load_sealing_keys(load_settings(RegisterSettings)), load_configuration()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except SealingError as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        raise click.ClickException("Interrupted. Run the same command again to continue.") from None


def _summary(plan: SealingPlan, report: SealingReport) -> Iterator[str]:
    counts = report.counts
    if report.edition is None:
        yield f"{counts.rejects:,} rows were rejected: see {plan.rejects_path}"
        yield "Nothing was sealed. Correct the rows, or seal the others with --accept-rejects."
    else:
        yield f"Sealed {counts.cards:,} cards in {plan.out}, edition {report.edition.id.hex()}"
        if report.edition.made_up:
            yield "It is marked as made-up: pages that answer from it say that they are a demonstration."
    yield f"Repeated lines merged in the roster: {counts.repeated_cards:,}"
    yield f"Repeated lines merged in the disclosures: {counts.repeated_disclosures:,}"
    yield f"Disclosures on or after {plan.cut_off}, left out: {counts.after_cut_off:,}"
    yield f"Request numbers too long for an envelope, left out: {counts.long_requests:,}"
    if report.edition is not None:
        yield f"Rejected rows: {counts.rejects:,}" + (f", in {plan.rejects_path}" if counts.rejects else "")
        yield _rate(report)


def _rate(report: SealingReport) -> str:
    rate = report.sealed_now / report.seconds if report.seconds else 0.0
    return f"Sealing {report.sealed_now:,} cards took {report.seconds:,.1f} s, {rate:,.1f} cards a second"


@contextmanager
def _progress() -> Iterator[ProgressReporter]:
    """Show progress bars on a terminal; elsewhere write a line every ten seconds."""
    if not sys.stderr.isatty():
        yield _LogProgress()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _SpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        yield _BarProgress(bars)


class _SpeedColumn(ProgressColumn):
    """Shows the current speed."""

    def render(self, task: Task) -> str:
        return f"{task.speed:,.1f} {task.fields['unit']}/s" if task.speed else ""


class _BarProgress:
    """Shows one bar for each stage."""

    def __init__(self, progress: Progress):
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def message(self, text: str) -> None:
        self._progress.console.print(text, markup=False, highlight=False)

    def update(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            name, unit = _STAGES[stage]
            self._tasks[stage] = self._progress.add_task(name, total=total, completed=done, unit=unit)
        self._progress.update(self._tasks[stage], completed=done)


class _LogProgress:
    """Writes a line every ten seconds."""

    def __init__(self) -> None:
        self._began: dict[str, tuple[float, int]] = {}
        self._written_at = monotonic()

    def message(self, text: str) -> None:
        click.echo(text, err=True)

    def update(self, stage: str, done: int, total: int) -> None:
        now = monotonic()
        since, before = self._began.setdefault(stage, (now, done))
        if now - self._written_at < _LOG_LINE_EVERY_SECONDS or now == since:
            return
        self._written_at = now
        name, unit = _STAGES[stage]
        rate = (done - before) / (now - since)
        left = f", {(total - done) / rate:,.0f} s left" if rate else ""
        click.echo(f"{name}: {done:,} of {total:,} {unit}, {rate:,.1f} {unit}/s{left}", err=True)
