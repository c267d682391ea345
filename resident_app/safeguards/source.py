"""Where a question comes from, as far as limits need to know, and no further."""

import ipaddress
from dataclasses import dataclass
from enum import Enum

from resident_app.configuration import SourceLimits


class Door(Enum):
    """How a source reached us; each kind has its own limit."""

    ADDRESS = "address"
    CALLER = "caller"
    WITHHELD = "withheld"


@dataclass(frozen=True, repr=False)
class Source:
    """A network or a calling number. It is only ever counted under a daily key, never stored."""

    door: Door
    name: str

    def limit(self, limits: SourceLimits) -> int:
        return {
            Door.ADDRESS: limits.per_address,
            Door.CALLER: limits.per_caller,
            Door.WITHHELD: limits.per_withheld,
        }[self.door]


def from_address(address: str) -> Source:
    """The /24 (IPv4) or /64 (IPv6) that an address stands in."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return Source(Door.ADDRESS, "unknown")
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    width = 24 if parsed.version == 4 else 64
    return Source(Door.ADDRESS, str(ipaddress.ip_network((parsed, width), strict=False)))


def from_caller(number: str) -> Source:
    """A calling number, or the one source of all calls whose number is withheld."""
    if number.startswith("+") and number[1:].isdigit():
        return Source(Door.CALLER, number)
    return Source(Door.WITHHELD, "withheld")
