"""The source of a request, as far as rate limits need to know it: a network or a calling number."""

import ipaddress
from dataclasses import dataclass
from enum import Enum

from resident_app.configuration.limits import SourceLimits
from resident_app.contact_points import number_of_caller

_NO_LIMIT = 10**9


class SourceKind(Enum):
    """Each kind of source has its own limit."""

    ADDRESS = "address"
    CALLER = "caller"
    WITHHELD = "withheld"
    UNKNOWN = "unknown"
    """Behind a proxy that the settings do not trust: everybody would share one limit, so none applies."""


@dataclass(frozen=True, repr=False)
class RequestSource:
    """A network or a calling number. It is never stored as it is: limits count it under a key of the day."""

    kind: SourceKind
    name: str
    limits: tuple[tuple[str, str], ...] = ()
    """Each limit of checks that counts this source, with the name that it counts by."""

    @property
    def widest(self) -> str:
        """The widest network that counts this source: an IPv6 /48, an IPv4 /24, else its own name."""
        return self.limits[-1][1] if self.limits else self.name

    def limit(self, limits: SourceLimits) -> int:
        """Return how many attempts in 24 hours `limits` allow this kind of source."""
        return {
            SourceKind.ADDRESS: limits.per_address,
            SourceKind.CALLER: limits.per_caller,
            SourceKind.WITHHELD: limits.per_withheld,
            SourceKind.UNKNOWN: _NO_LIMIT,
        }[self.kind]


def from_address(address: str) -> RequestSource:
    """Return the network of an address: its /24 (IPv4) or /64 (IPv6). What is not an address is `unknown`."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return RequestSource(SourceKind.ADDRESS, "unknown", (("network", "unknown"),))
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    if parsed.version == 4:
        name = _network(parsed, 24)
        return RequestSource(SourceKind.ADDRESS, name, (("network", name),))
    name = _network(parsed, 64)
    wider = (("network-56", _network(parsed, 56)), ("network-48", _network(parsed, 48)))
    return RequestSource(SourceKind.ADDRESS, name, (("network", name), *wider))


def from_untrusted_proxy() -> RequestSource:
    """Return the source behind a proxy that the settings do not trust: no network limit applies."""
    return RequestSource(SourceKind.UNKNOWN, "behind a proxy")


def is_private(address: str) -> bool:
    """Return whether an address is one of a private network or of this machine (RFC 1918, RFC 4193)."""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_private
    except ValueError:
        return False


def from_caller(number: str, *, attested: bool = False) -> RequestSource:
    """Return the source of a call. `attested`: the carrier vouches for the number (STIR/SHAKEN
    attestation A).

    A number that is not attested counts under its own name, and in the pool of all such numbers. All calls
    with a withheld number share one source.
    """
    if number_of_caller(number) is not None:
        # Under a name of its own, so that a forged number uses up nothing of the true one.
        name = f"{'attested' if attested else 'unverified'}|{number}"
        pool = () if attested else (("unverified-callers", "all"),)
        return RequestSource(SourceKind.CALLER, name, (("caller", name), *pool))
    return RequestSource(SourceKind.WITHHELD, "withheld", (("withheld-callers", "all"),))


def _network(address: ipaddress.IPv4Address | ipaddress.IPv6Address, width: int) -> str:
    return str(ipaddress.ip_network((address, width), strict=False))
