"""Where an evaluator listens: what `EVALUATOR_URL` means, for both sides."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

EVALUATOR_URL_FORM = "unix:PATH or tls://HOST:PORT, several with spaces between them"


@dataclass(frozen=True)
class Address:
    """A Unix socket's `path`, or `host` and `port`."""

    path: Path | None = None
    host: str = ""
    port: int = 0


def parse_addresses(urls: str) -> tuple[Address, ...]:
    """Return each address of a list with spaces between them. Raises ValueError."""
    return tuple(_parse(url) for url in re.split(r"\s+(?=unix:|tls:)", urls.strip()))


def _parse(url: str) -> Address:
    if url.startswith("unix:") and url != "unix:":
        return Address(path=Path(url.removeprefix("unix:")))
    parts = urlsplit(url)
    if parts.scheme != "tls" or not parts.hostname or not parts.port or parts.path not in ("", "/"):
        raise ValueError(EVALUATOR_URL_FORM)
    return Address(host=parts.hostname, port=parts.port)
