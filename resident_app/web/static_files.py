"""Static files: served by WhiteNoise before the application, at addresses that change with the contents."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from wsgiref.headers import Headers
from wsgiref.types import WSGIApplication

from whitenoise import WhiteNoise

_MAX_AGE_SECONDS = 86_400
_VERSION_LENGTH = 12


@dataclass(frozen=True)
class StaticFolder:
    """A folder whose files are served below `/<prefix>`. The prefix ends with a slash."""

    path: Path
    prefix: str = "static/"


def serve_static(application: WSGIApplication, folders: Iterable[StaticFolder]) -> WSGIApplication:
    """Return the application behind a layer that serves every file the folders hold now."""
    served: WSGIApplication = WhiteNoise(
        application,
        max_age=_MAX_AGE_SECONDS,
        allow_all_origins=False,
        add_headers_function=_add_headers,
    )
    for folder in folders:
        served.add_files(folder.path, prefix=folder.prefix)  # type: ignore[attr-defined]
    return served


def versioned_address(name: str, folders: Iterable[StaticFolder]) -> str:
    """Return the address of a file with a hash of its contents, so that a changed file has a new address."""
    folder = next(folder for folder in folders if (folder.path / name).is_file())
    version = hashlib.sha256((folder.path / name).read_bytes()).hexdigest()[:_VERSION_LENGTH]
    return f"/{folder.prefix}{name}?v={version}"


def _add_headers(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
