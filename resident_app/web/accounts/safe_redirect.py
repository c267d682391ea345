"""Where a page may lead back to: an address of this console, never another site's."""

from urllib.parse import urlsplit

HOME = "/"
_LONGEST = 2000


def own_path(wanted: str | None) -> str:
    """The path and query that were asked for if they are ours, else the first page."""
    if not wanted or len(wanted) > _LONGEST or not wanted.isprintable() or "\\" in wanted:
        return HOME
    if not wanted.startswith("/") or wanted.startswith("//"):
        return HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc else wanted
