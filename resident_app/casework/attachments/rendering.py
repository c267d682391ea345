"""Have a file's pages made into pictures by a limited process, so that nobody opens the file itself."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

_PROCESS = Path(__file__).with_name("render_process.py")
_MOST_SECONDS = 15
_MOST_BYTES = 32 * 1024 * 1024
_OUT_OF_TIME = (signal.SIGXCPU, signal.SIGKILL)
_JPEG_BEGINS = b"\xff\xd8\xff"
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each process may need a core and more than a gigabyte."""
_WAITS_SECONDS = 20


class NotShown(StrEnum):
    """Why a page of a file cannot be shown."""

    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    NO_PAGE = "no-page"
    BUSY = "busy"
    NOT_LIMITED = "not-limited"
    """This machine cannot limit the process that opens files, so none is opened."""


class CannotShow(Exception):
    """`reason` says why a page of a file cannot be shown."""

    def __init__(self, reason: NotShown):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, repr=False)
class RenderedPage:
    """A page as a JPEG that was made from its pixels, and how many pages the file has."""

    jpeg: bytes
    pages: int


def render_page(contents: bytes, type: str, number: int) -> RenderedPage:
    """Return a page, counted from 0, of a file of this media type. Raises CannotShow."""
    if not _AT_ONCE.acquire(timeout=_WAITS_SECONDS):
        raise CannotShow(NotShown.BUSY)
    try:
        return _read(_written(contents, [type, str(number)]))
    finally:
        _AT_ONCE.release()


def _written(contents: bytes, arguments: Sequence[str]) -> bytes:
    """Return what the process writes about a file. Raises CannotShow if it is stopped or fails."""
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", str(_PROCESS), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        end = threading.Timer(_MOST_SECONDS, process.kill)
        feeding = threading.Thread(target=_feed, args=(process.stdin, contents), daemon=True)
        end.start()
        feeding.start()
        try:
            written = process.stdout.read(_MOST_BYTES + 1)
            if len(written) > _MOST_BYTES:
                process.kill()
            process.wait()
        finally:
            end.cancel()
            process.kill()
            feeding.join()
    if len(written) > _MOST_BYTES:
        raise CannotShow(NotShown.TOO_LARGE)
    if process.returncode != 0:
        # By a signal: out of time, or broken by the file.
        is_late = -process.returncode in _OUT_OF_TIME
        raise CannotShow(NotShown.TOO_SLOW if is_late else NotShown.DAMAGED)
    return written


def _feed(pipe: IO[bytes], contents: bytes) -> None:
    """Write a file to the process, which may end before it has read it."""
    with suppress(OSError), pipe:
        pipe.write(contents)


def _read(written: bytes) -> RenderedPage:
    """Read what the process wrote. The file may have taken it over, so nothing in it is believed."""
    head, _, jpeg = written.partition(b"\n")
    try:
        found = json.loads(head)
        if refused := found.get("refused"):
            raise CannotShow(NotShown(refused))
        pages = int(found["pages"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CannotShow(NotShown.DAMAGED) from None
    if not jpeg.startswith(_JPEG_BEGINS) or not 0 < pages < 1_000_000:
        raise CannotShow(NotShown.DAMAGED)
    return RenderedPage(jpeg, pages)
