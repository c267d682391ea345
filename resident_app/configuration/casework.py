"""How the office works, and how long it keeps records."""

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, model_validator

from resident_app.configuration.office import Period
from resident_app.configuration.sections import Section


class Overdue(Section):
    """When a request has waited too long, in days."""

    first_contact_days: int = Field(ge=1)
    again_days: int = Field(ge=1)
    approaching_days: int = Field(ge=0)
    plan_days: int = Field(ge=1, le=90)
    """How far ahead the next action can be planned, and how long a plan can take the place of a contact."""
    plan_late_minutes: int = Field(ge=0)
    """How long after its time a plan is overdue."""


class CallOutcome(Section):
    """How a call to a resident went, and where it leaves the request."""

    code: str = Field(pattern=r"^[a-z-]{1,30}$")
    name: str
    state: Literal["in-hand", "tried"]
    reached: bool = False
    again: bool = False
    """Another try is planned for the next day on which the office is open."""
    asks_when: bool = False
    """The person named a time: a call-back is booked for it."""


class Tag(Section):
    """What an officer may mark a request with."""

    name: str = Field(min_length=1, max_length=40)
    color: Literal["red", "amber", "green", "blue", "purple", "gray"] = "gray"


class QuietHours(Section):
    """When nobody is called or texted."""

    since: time
    """From this time in the evening."""
    until: time
    """Until this time in the morning."""
    holidays: bool = True
    """Nor on a holiday on which the office is closed."""

    @model_validator(mode="after")
    def _leave_a_part_of_the_day(self) -> "QuietHours":
        if self.until >= self.since:
            raise ValueError("`until` is in the morning, `since` in the evening of the same day")
        return self


class QueueRules(Section):
    """The order of the queue, beside longest without contact first."""

    first: tuple[str, ...] = ()
    """Topics whose new requests come before all others, until the office first reaches out."""


class SuppressionRules(Section):
    """What figures must not show, and when one language's wait stands out."""

    fewest: int = Field(ge=2)
    compare_from: int = Field(ge=2)
    times_slower: float = Field(ge=1)
    days_slower: float = Field(ge=0)


class TakenDownRules(Section):
    """For requests that staff take down."""

    oldest_days: int = Field(ge=1)
    """How long ago a paper form may have come."""


class BulkMessageRules(Section):
    """A message to many people at once."""

    most: int = Field(500, ge=1, le=2_000)
    """How many requests may be chosen."""
    wait_minutes: int = Field(5, ge=1, le=120)
    """How long it waits, and can be cancelled, before it goes out."""
    only_reviewed: bool = True
    """Whether words that no second person has reviewed are kept back."""


class Casework(Section):
    """How the outreach office works. Its words are in English: they are for the office."""

    overdue: Overdue
    queue: QueueRules = QueueRules()
    quiet: QuietHours
    good_times: dict[str, Period] = {}
    """By the codes of config/codes.toml: from when to when a person is best called."""
    figures: SuppressionRules
    taken_down: TakenDownRules
    bulk_message: BulkMessageRules = BulkMessageRules()
    outcomes: dict[str, str]
    tags: dict[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,30}$")], Tag] = {}
    call: tuple[CallOutcome, ...] = Field(min_length=1, max_length=9)

    @property
    def spoken_outcomes(self) -> tuple[str, ...]:
        """The outcomes of calls in which the person was spoken with."""
        return tuple(call.code for call in self.call if call.reached)


class Retention(Section):
    """How long each kind of record is kept. An entry's name ends with its unit."""

    request_years: int = Field(ge=1)
    contact_days: int = Field(ge=1)
    open_request_years: int = Field(ge=1)
    erased_days: int = Field(ge=1)
    unplaced_days: int = Field(ge=1)
    sent_days: int = Field(ge=1)
    presence_hours: int = Field(ge=1)
    call_days: int = Field(ge=1)
    session_hours: int = Field(ge=1)
    export_days: int = Field(ge=1)
    audit_years: int = Field(ge=1)
    erasure_log_years: int = Field(ge=1)
