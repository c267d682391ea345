"""The office of the demonstration: its made-up requests are as those that the site stores."""

import re

import pytest

from resident_app.demonstration import made_up_requests
from tests.conftest import Deployment
from tests.console.conftest import OpenConsole
from tests.console.office import sender_state


def test_the_reference_that_the_console_shows_is_known_to_the_site(
    deployment: Deployment, open_console: OpenConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = open_console(clock=deployment.clock)
    monkeypatch.setattr(made_up_requests, "REQUESTS", 3)
    context = console.context
    assert made_up_requests.make_requests(
        console.engine, context.keys, context.configuration, console.clock()
    )
    officer = console.sign_in()
    for number in (1, 2, 3):
        [reference] = re.findall(
            r"Reference(\d{4} \d{4} \d{4} \d{4})", officer.get(f"/requests/{number}").main
        )
        assert sender_state(deployment, reference) in ("received", "in-hand", "tried", "closed")
