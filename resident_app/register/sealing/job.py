"""The job: which edition the work is for, and whether that work can be gone on with."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, Select, insert, select

from resident_app.register.edition import Argon2Parameters, Edition
from resident_app.register.envelope import new_edition_id
from resident_app.register.register_key import RegisterKey
from resident_app.register.sealing.input_file import InputFile
from resident_app.register.sealing.plan import SealingCounts, SealingPlan
from resident_app.register.sealing.rows import RowRules
from resident_app.register.sealing.work_keys import fingerprint
from resident_app.register.sealing.work_tables import JobRow

_FORMAT = 1


@dataclass(frozen=True)
class SealingJob:
    """A job as it stands in the work database. `edition.envelopes` is 0 until it is open."""

    number: int
    is_open: bool
    edition: Edition
    cut_off: date
    counts: SealingCounts

    def rules(self, agencies: Iterable[str], grounds: Iterable[str]) -> RowRules:
        """What a row may hold, on every machine and on every day that the work goes on."""
        return RowRules(
            today=self.edition.sealed_on,
            period_from=self.edition.period_from,
            period_to=self.edition.period_to,
            cut_off=self.cut_off,
            agencies=frozenset(agencies),
            grounds=frozenset(grounds),
        )


def inputs_fingerprint(key: RegisterKey, roster: InputFile, disclosures: InputFile) -> bytes:
    """What two machines with the same files and the same key have in common."""
    return fingerprint(key, "inputs", [_FORMAT, roster.digest.hex(), disclosures.digest.hex()])


def identity(plan: SealingPlan, roster: InputFile, disclosures: InputFile) -> bytes:
    """The same for two calls that would make the same edition, but for its random id."""
    period_from, period_to = plan.period()
    codes = plan.codes
    parts = [
        inputs_fingerprint(plan.key, roster, disclosures).hex(),
        [day.isoformat() for day in (period_from, period_to, plan.cut_off)],
        [plan.limits.memory_kib, plan.limits.passes],
        [list(codes.agencies), list(codes.grounds), list(codes.systems)],
    ]
    return fingerprint(plan.key, "identity", parts)


def add_job(connection: Connection, plan: SealingPlan, identified: bytes, inputs: bytes) -> SealingJob:
    """A new job that is not open yet."""
    period_from, period_to = plan.period()
    number = connection.execute(
        insert(JobRow)
        .values(
            identity=identified,
            inputs=inputs,
            is_open=False,
            edition_id=new_edition_id(),
            sealed_on=plan.today,
            period_from=period_from,
            period_to=period_to,
            cut_off=plan.cut_off,
            systems=list(plan.codes.systems),
            memory_kib=plan.limits.memory_kib,
            passes=plan.limits.passes,
            dictionary=b"",
            counts=asdict(SealingCounts()),
        )
        .returning(JobRow.number)
    ).scalar_one()
    job = _read(connection, select(JobRow.__table__).where(JobRow.number == number))
    assert job is not None
    return job


def job_by_identity(connection: Connection, identified: bytes) -> SealingJob | None:
    """The job of a plan."""
    return _read(connection, select(JobRow.__table__).where(JobRow.identity == identified))


def open_job_by_inputs(connection: Connection, inputs: bytes) -> SealingJob | None:
    """The newest open job that was made from these files."""
    return _read(
        connection,
        select(JobRow.__table__)
        .where(JobRow.inputs == inputs, JobRow.is_open)
        .order_by(JobRow.number.desc())
        .limit(1),
    )


def job_exists(connection: Connection, number: int) -> bool:
    """False once the job is finished and its rows are deleted."""
    return connection.execute(select(JobRow.number).where(JobRow.number == number)).first() is not None


def _read(connection: Connection, query: Select[tuple[object, ...]]) -> SealingJob | None:
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    counts = SealingCounts(**row.counts)
    return SealingJob(
        number=row.number,
        is_open=row.is_open,
        edition=Edition(
            id=row.edition_id,
            period_from=row.period_from,
            period_to=row.period_to,
            systems=tuple(row.systems),
            argon2=Argon2Parameters(row.memory_kib, row.passes),
            envelopes=counts.cards,
            sealed_on=row.sealed_on,
            dictionary=row.dictionary,
        ),
        cut_off=row.cut_off,
        counts=counts,
    )
