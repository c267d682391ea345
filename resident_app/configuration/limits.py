"""How much one source may do: config/limits.toml."""

from pydantic import Field

from resident_app.configuration.sections import Section


class SourceLimits(Section):
    """How much one source may do in 24 hours."""

    per_address: int = Field(ge=1)
    per_caller: int = Field(ge=1)
    per_withheld: int = Field(ge=1)


class FailedMatches(SourceLimits):
    per_card: int = Field(ge=1)


class WrongReferences(SourceLimits):
    per_reference: int = Field(ge=1)


class Notes(SourceLimits):
    per_request: int = Field(ge=1)


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


class Limits(Section):
    failed_matches: FailedMatches
    help_requests: SourceLimits
    wrong_references: WrongReferences
    outbound: OutboundLimits
    notes: Notes
    sign_ins: SignIns
    sealing: Sealing
    capacity: CapacityLimits
