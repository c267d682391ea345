"""How much one source may do: config/limits.toml."""

from pydantic import Field, field_validator, model_validator

from resident_app.configuration.sections import Section

_MIB = 1024 * 1024
SHOWN_TYPES = frozenset(
    {
        *("image/jpeg", "image/png", "image/gif", "image/webp", "image/tiff"),
        "application/pdf",
    }
)
"""The types of files that the console can show."""


class SourceLimits(Section):
    """How much one source may do in 24 hours."""

    per_address: int = Field(ge=1)
    per_caller: int = Field(ge=1)
    per_withheld: int = Field(ge=1)


class CheckLimits(Section):
    """How many wrong details may be tried, and how many evaluations one bucket and all together may have."""

    per_card_and_source: int = Field(ge=1)
    per_card_from: int = Field(ge=1)
    per_card_to: int = Field(ge=1)
    per_card_30_days_from: int = Field(ge=1)
    per_card_30_days: int = Field(ge=1)
    per_network: int = Field(ge=1)
    per_network_56: int = Field(ge=1)
    per_network_48: int = Field(ge=1)
    per_caller: int = Field(ge=1)
    unverified_callers: int = Field(ge=1)
    withheld_callers: int = Field(ge=1)
    bucket_from: int = Field(ge=1)
    bucket_to: int = Field(ge=1)
    evaluations_per_card: int = Field(ge=1)
    evaluations: int = Field(ge=24)
    alarm_at: int = Field(ge=1)

    @model_validator(mode="after")
    def _from_is_not_above_to(self) -> "CheckLimits":
        _refuse_reversed(
            (self.per_card_from, self.per_card_to),
            (self.per_card_30_days_from, self.per_card_30_days),
            (self.bucket_from, self.bucket_to),
        )
        return self


class HelpRequestLimits(SourceLimits):
    silent_per_number: int = Field(ge=0)
    """Of callers who pressed no key, to one number."""
    per_hour: int = Field(ge=1)
    """From all networks together; and from all callers together."""


class WrongReferences(SourceLimits):
    per_reference_and_source: int = Field(ge=1)
    per_reference_from: int = Field(ge=1)
    per_reference_to: int = Field(ge=1)

    @model_validator(mode="after")
    def _from_is_not_above_to(self) -> "WrongReferences":
        _refuse_reversed((self.per_reference_from, self.per_reference_to))
        return self


class Notes(SourceLimits):
    per_request: int = Field(ge=1)


class LetterLimits(Section):
    """How many letters one answer and one network may ask for in 24 hours, and how many at the same time."""

    per_answer: int = Field(ge=1)
    per_address: int = Field(ge=1)
    at_once_per_address: int = Field(ge=1)
    confirmations_per_address: int = Field(ge=1)


class SignIns(Section):
    """How many times in 24 hours a password or a code of staff may be wrong."""

    per_device: int = Field(ge=1)
    per_account: int = Field(ge=1)
    per_network: int = Field(ge=1)


class Sealing(Section):
    memory_kib: int = Field(ge=8)
    passes: int = Field(ge=1)


class CapacityLimits(Section):
    wait_seconds: float = Field(ge=0)
    retry_after_seconds: int = Field(ge=1)


class CallLimits(Section):
    """How many calls of one number are an event."""

    at_once_per_caller: int = Field(ge=1)


class OutboundLimits(Section):
    """How many calls and text messages the line and the office may make in 24 hours."""

    office_calls: int = Field(ge=0)
    office_calls_per_request: int = Field(ge=0)
    calls: int = Field(ge=0)
    calls_per_caller: int = Field(ge=0)
    calls_per_withheld: int = Field(ge=0)
    texts: int = Field(ge=0)
    texts_per_number: int = Field(ge=0)
    texts_per_caller: int = Field(ge=0)
    texts_per_withheld: int = Field(ge=0)


class AttachmentLimits(Section):
    """Which files are kept that come with a message, and how much of them. A MiB is 1,048,576 bytes."""

    types: frozenset[str]
    """Media types, told by a file's first bytes."""
    file_mib: int = Field(ge=1, le=64)
    files: int = Field(ge=0, le=100)
    """With one message."""
    message_mib: int = Field(ge=1, le=256)
    """All files of one message together."""
    day_mib: int = Field(ge=1)
    """All files of a day together, as they are stored."""

    @property
    def file_bytes(self) -> int:
        return self.file_mib * _MIB

    @property
    def message_bytes(self) -> int:
        return self.message_mib * _MIB

    @property
    def day_bytes(self) -> int:
        return self.day_mib * _MIB

    @field_validator("types")
    @classmethod
    def _can_be_shown(cls, types: frozenset[str]) -> frozenset[str]:
        if unknown := types - SHOWN_TYPES:
            raise ValueError(f"{min(unknown)} cannot be shown; {', '.join(sorted(SHOWN_TYPES))} can")
        return types


class Limits(Section):
    checks: CheckLimits
    help_requests: HelpRequestLimits
    wrong_references: WrongReferences
    calls: CallLimits
    outbound: OutboundLimits
    notes: Notes
    attachments: AttachmentLimits
    letters: LetterLimits
    sign_ins: SignIns
    sealing: Sealing
    capacity: CapacityLimits


def _refuse_reversed(*pairs: tuple[int, int]) -> None:
    if any(low > high for low, high in pairs):
        raise ValueError("`…_from` should not be above the number it is drawn to")
