"""Health checks for load balancers: `/healthz` (the process answers) and `/readyz` (it can do its work).

`/readyz/checks` is for an alert: a fault of checks alone must never take the phone line out of service.
"""

from collections.abc import Callable, Sequence

from flask import Blueprint, Flask, Response, current_app, make_response

from resident_app import __version__
from resident_app.security import event_log

_IS_READY = "is_ready"
_CAN_CHECK = "can_check"
_FIND_PROBLEM = "find_problem"
_DEGRADED = "degraded"

health = Blueprint("health", __name__)
check_health = Blueprint("check_health", __name__)


def install(
    app: Flask,
    is_ready: Callable[[], bool],
    can_check: Callable[[], bool] | None = None,
    find_problem: Callable[[], str] = lambda: "",
    degraded: Sequence[str] = (),
) -> None:
    """Add the addresses. An error in `is_ready` or `can_check` is logged and counts as a "no".

    `find_problem` returns in words what an operator must do before the process can do its work, or "".
    `can_check` says whether the register's evaluator answers. While it does not, the questions,
    calls and requests work: the process is ready and "degraded". `degraded` says in words what does not
    work because of the settings.
    """
    app.extensions[_IS_READY] = is_ready
    app.extensions[_CAN_CHECK] = can_check
    app.extensions[_FIND_PROBLEM] = find_problem
    app.extensions[_DEGRADED] = tuple(degraded)
    app.register_blueprint(health)
    if can_check is not None:
        app.register_blueprint(check_health)


@health.get("/healthz")
def healthz() -> Response:
    """Say that the process answers, and with which version."""
    return _plain_text(f"ok {__version__}", 200)


@health.get("/readyz")
def readyz() -> Response:
    """Say whether the process can do its work: 200 if it can, else 503."""
    if not _checked(current_app.extensions[_IS_READY]):
        return _plain_text("not ready", 503)
    problem: str = current_app.extensions[_FIND_PROBLEM]()
    if problem:
        return _plain_text(f"not ready: {problem}", 503)
    degraded = [*([] if _checks_work() else ["checks"]), *current_app.extensions[_DEGRADED]]
    return _plain_text(f"ready; degraded: {'; '.join(degraded)}" if degraded else "ready", 200)


@check_health.get("/readyz/checks")
def checks() -> Response:
    """Say whether a resident can check a card: 200, or 503 while the evaluator is silent."""
    return _plain_text("ready", 200) if _checks_work() else _plain_text("degraded: checks", 503)


def _checks_work() -> bool:
    can_check: Callable[[], bool] | None = current_app.extensions[_CAN_CHECK]
    return can_check is None or _checked(can_check)


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
