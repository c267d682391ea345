"""Where a question comes from, as far as limits need to know, and no further."""

import ipaddress
from dataclasses import dataclass
from enum import Enum

from resident_app.configuration import SourceLimits


class SourceKind(Enum):
    """How a source reached us; each kind has its own limit."""

    ADDRESS = "address"
    CALLER = "caller"
    WITHHELD = "withheld"


@dataclass(frozen=True, repr=False)
class RequestSource:
    """A network or a calling number. It is only ever counted under a daily key, never stored."""

    door: SourceKind
    name: str

    def limit(self, limits: SourceLimits) -> int:
        return {
            SourceKind.ADDRESS: limits.per_address,
            SourceKind.CALLER: limits.per_caller,
            SourceKind.WITHHELD: limits.per_withheld,
        }[self.door]


def from_address(address: str) -> RequestSource:
    """The /24 (IPv4) or /64 (IPv6) that an address stands in."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return RequestSource(SourceKind.ADDRESS, "unknown")
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    width = 24 if parsed.version == 4 else 64
    return RequestSource(SourceKind.ADDRESS, str(ipaddress.ip_network((parsed, width), strict=False)))


def from_caller(number: str) -> RequestSource:
    """A calling number, or the one source of all calls whose number is withheld."""
    if number.startswith("+") and number[1:].isdigit():
        return RequestSource(SourceKind.CALLER, number)
    return RequestSource(SourceKind.WITHHELD, "withheld")
