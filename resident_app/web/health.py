"""Health checks for load balancers: `/healthz` (the process answers) and `/readyz` (it can do its work)."""

from collections.abc import Callable

from flask import Blueprint, Flask, Response, current_app, make_response

from resident_app import __version__
from resident_app.security import event_log

_IS_READY = "is_ready"

health = Blueprint("health", __name__)


def install(app: Flask, is_ready: Callable[[], bool]) -> None:
    """Add both addresses. An error in `is_ready` is logged and means that the process is not ready."""
    app.extensions[_IS_READY] = is_ready
    app.register_blueprint(health)


@health.get("/healthz")
def healthz() -> Response:
    """Say that the process answers, and with which version."""
    return _plain_text(f"ok {__version__}", 200)


@health.get("/readyz")
def readyz() -> Response:
    """Say whether the process can do its work: 200 if it can, else 503."""
    ready = _checked(current_app.extensions[_IS_READY])
    return _plain_text("ready" if ready else "not ready", 200 if ready else 503)


def _checked(is_ready: Callable[[], bool]) -> bool:
    try:
        return is_ready()
    except Exception as error:
        event_log.failed("readyz", error)
        return False


def _plain_text(text: str, status: int) -> Response:
    response = make_response(text + "\n", status)
    response.mimetype = "text/plain"
    return response
