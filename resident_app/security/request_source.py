"""The source of a request, as far as rate limits need to know it: a network or a calling number."""

import ipaddress
from dataclasses import dataclass
from enum import Enum

from resident_app.configuration.limits import SourceLimits


class SourceKind(Enum):
    """Each kind of source has its own limit."""

    ADDRESS = "address"
    CALLER = "caller"
    WITHHELD = "withheld"


@dataclass(frozen=True, repr=False)
class RequestSource:
    """A network or a calling number. It is never stored: limits count it under the daily key."""

    kind: SourceKind
    name: str

    def limit(self, limits: SourceLimits) -> int:
        """Return how many attempts in 24 hours `limits` allow this kind of source."""
        return {
            SourceKind.ADDRESS: limits.per_address,
            SourceKind.CALLER: limits.per_caller,
            SourceKind.WITHHELD: limits.per_withheld,
        }[self.kind]


def from_address(address: str) -> RequestSource:
    """Return the network of an address: its /24 (IPv4) or /64 (IPv6). What is not an address is `unknown`."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return RequestSource(SourceKind.ADDRESS, "unknown")
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    width = 24 if parsed.version == 4 else 64
    return RequestSource(SourceKind.ADDRESS, str(ipaddress.ip_network((parsed, width), strict=False)))


def from_caller(number: str) -> RequestSource:
    """Return the source of a call. All calls with a withheld number share one source."""
    if number.startswith("+") and number[1:].isdigit():
        return RequestSource(SourceKind.CALLER, number)
    return RequestSource(SourceKind.WITHHELD, "withheld")
