"""Gunicorn's log. A message that may quote a request is reduced to its level and the type of the error."""

import sys
from typing import Any

from gunicorn.glogging import Logger

from resident_app.security import event_log

# Messages about the server itself, which quote nothing from a request.
_ABOUT_ITSELF = (
    "Can't connect to",
    "Connection in use",
    "Invalid address",
    "Listening at",
    "Shutting down",
    "WORKER TIMEOUT",
    "Worker (pid",
)


class ServerLog(Logger):  # type: ignore[misc]
    """Gunicorn's logger, without words that came from outside. `Any`: gunicorn has no types."""

    def setup(self, cfg: Any) -> None:
        event_log.configure()

    def info(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        if str(msg).startswith(_ABOUT_ITSELF):
            self._write("info", msg, args)

    def debug(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Do nothing: there is no access log."""

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        self._write("warning", msg, args)

    def error(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        self._write("error", msg, args)

    def critical(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        self._write("critical", msg, args)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        self._write("error", msg, args)

    def log(self, lvl: Any, msg: Any, *args: Any, **kwargs: Any) -> None:
        self._write("warning", msg, args)

    def reopen_files(self) -> None:
        """Do nothing: the log has no files."""

    def close_on_exec(self) -> None:
        """Do nothing: the log has no files."""

    def _write(self, level: str, msg: Any, args: tuple[Any, ...]) -> None:
        text = str(msg)
        safe_text = (text % args if args else text) if text.startswith(_ABOUT_ITSELF) else None
        error = sys.exc_info()[0] if level == "error" else None
        event_log.server(level, safe_text, error)
