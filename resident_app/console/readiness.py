"""Whether the console may work: its keys are those of the requests and of the accounts.

While they are not, every page says so, and nothing is opened, sealed or recorded.
"""

import threading
import time

from flask import Flask, Response, make_response, render_template, request

from resident_app.casework.key_check import OfficeKeyCheck
from resident_app.console.context import ConsoleContext
from resident_app.database import reading, writing
from resident_app.migrations.state import is_current
from resident_app.security import event_log
from resident_app.web.accounts.account_sealing import sealing_problem
from resident_app.web.accounts.secret_key import is_key_noted, note_key

HEADING = "The console is not ready"
NOTHING_LOST = (
    "Nobody can work in it until whoever runs this system has corrected it. What residents send is kept."
)

_GOOD_FOR_SECONDS = 5.0


class Readiness:
    """Checks both keys. A good result counts for five seconds."""

    def __init__(self, context: ConsoleContext):
        self._context = context
        self._office_key = OfficeKeyCheck(
            context.engine, context.keys, context.settings.office_public_key_path
        )
        self._mutex = threading.Lock()
        self._accounts_good_until = 0.0

    def problem(self) -> str:
        """Return in words what an operator must do before anybody may work, or ""."""
        return self._office_key.problem() or self._accounts_problem()

    def _accounts_problem(self) -> str:
        with self._mutex:
            if time.monotonic() < self._accounts_good_until:
                return ""
        with reading(self._context.engine) as connection:
            problem = sealing_problem(connection)
            is_noted = is_key_noted(connection)
        if problem:
            return problem
        if not is_noted:  # A database of before version 0.6.0, or a new one.
            with writing(self._context.engine) as connection:
                note_key(connection, self._context.clock())
        with self._mutex:
            self._accounts_good_until = time.monotonic() + _GOOD_FOR_SECONDS
        return ""


def install(app: Flask, context: ConsoleContext) -> Readiness:
    """Refuse every page but the health checks while something is wrong, and log it at start."""
    readiness = Readiness(context)

    def refuse() -> Response | None:
        if request.endpoint is None or request.blueprint == "health":
            return None
        problem = readiness.problem()
        if not problem:
            return None
        event_log.not_ready(problem)
        text = render_template("not_ready.html", heading=HEADING, problem=problem, advice=NOTHING_LOST)
        return make_response(text, 503)

    app.before_request(refuse)
    if is_current(context.engine) and (problem := readiness.problem()):
        event_log.not_ready(problem)
    return readiness
