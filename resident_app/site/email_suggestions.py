"""Email addresses that are probably mistyped: `name@gmail.con`. A suggestion, never a refusal."""

_PROVIDERS = (
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "icloud.com",
    "comcast.net",
    "protonmail.com",
    "yandex.ru",
    "naver.com",
)
_REAL_NEIGHBORS = frozenset({"ymail.com", "mail.com", "email.com", "gmx.com", "maven.com", "rocketmail.com"})
"""Providers whose names are a letter away from one of ours."""
_ENDINGS = {
    "com": (
        "con",
        "cmo",
        "ocm",
        "cm",
        "om",
        "co",
        "cim",
        "vom",
        "xom",
        "comm",
        "coom",
        "c0m",
        "cpm",
        "ccom",
        "coml",
    ),
    "net": ("ner", "nte", "bet", "nett", "ne"),
    "ru": ("tu", "ri"),
}
_NOBODYS_ENDINGS = {
    "con": "com",
    "cmo": "com",
    "ocm": "com",
    "vom": "com",
    "xom": "com",
    "comm": "com",
    "ogr": "org",
    "nte": "net",
}
"""Endings that no address has (IANA's list of top-level domains), and what they probably are."""


def suggest_address(address: str) -> str:
    """Return the address that a person probably meant, or nothing if nothing looks wrong."""
    name, _, domain = address.rpartition("@")
    better = _better_domain(domain.lower())
    return f"{name}@{better}" if better else ""


def _better_domain(domain: str) -> str:
    if domain in _PROVIDERS or domain in _REAL_NEIGHBORS:
        return ""
    label, _, ending = domain.partition(".")
    for provider in _PROVIDERS:
        known, _, right = provider.partition(".")
        is_ending = ending == right or ending in _ENDINGS[right]
        if is_ending and (label == known or _is_one_slip(label, known)):
            return provider
    start, _, last = domain.rpartition(".")
    return f"{start}.{_NOBODYS_ENDINGS[last]}" if last in _NOBODYS_ENDINGS else ""


def _is_one_slip(typed: str, meant: str) -> bool:
    """Return whether one letter is missing, too many, wrong, or changed places with the next (Damerau)."""
    if typed == meant or abs(len(typed) - len(meant)) > 1:
        return False
    same = 0
    while same < min(len(typed), len(meant)) and typed[same] == meant[same]:
        same += 1
    typed, meant = typed[same:], meant[same:]
    swapped = len(typed) > 1 and len(meant) > 1 and typed[0] == meant[1] and typed[1] == meant[0]
    return (
        typed[1:] == meant[1:]
        or typed[1:] == meant
        or typed == meant[1:]
        or (swapped and typed[2:] == meant[2:])
    )
