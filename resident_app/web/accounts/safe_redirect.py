"""Safe redirects: to a path of this application, never to another site (OWASP, Unvalidated Redirects)."""

from urllib.parse import urlsplit

HOME = "/"
_LONGEST = 2000


def own_path(wanted: str | None) -> str:
    """Return `wanted` if it is a path and query of this application, else "/"."""
    if not wanted or len(wanted) > _LONGEST or not wanted.isprintable() or "\\" in wanted:
        return HOME
    if not wanted.startswith("/") or wanted.startswith("//"):
        return HOME
    try:
        split = urlsplit(wanted)
    except ValueError:
        return HOME
    return HOME if split.scheme or split.netloc else wanted
