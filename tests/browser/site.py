"""A server with a few made-up cards, at an address that a browser here can open."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from resident_app.demonstration.deployment import make_keys
from resident_app.migrations.state import upgrade
from resident_app.public_context import open_context
from resident_app.register.register_key import load_register_keys
from resident_app.settings import KeyFileSettings, PublicSettings
from tests.evaluator import ThreadedEvaluator
from tests.load.servers import BASE_URL, TOKEN, Server, serving
from tests.made_up import CARDS, Card, seal_and_publish


@contextmanager
def demonstration_site(folder: Path, cards: Sequence[Card] = CARDS, **environment: str) -> Iterator[Server]:
    """`environment` is set for the server beside what it needs.

    The evaluator's budgets are wide: a session checks a card more often than a day may. Wrong tries count.
    """
    settings = PublicSettings(
        _env_file=None,
        instance_dir=folder / "instance",
        public_base_url=BASE_URL,
        twilio_auth_token=TOKEN,
    )
    make_keys(KeyFileSettings(_env_file=None, instance_dir=settings.instance_dir))
    context = open_context(settings)
    upgrade(context.engine)
    seal_and_publish(context, list(cards), folder, made_up=True)
    context.engine.dispose()
    address = {"PUBLIC_BASE_URL": "http://127.0.0.1:{port}", "TRUSTED_PROXIES": "0", "WEB_CONCURRENCY": "1"}
    evaluator = ThreadedEvaluator(load_register_keys(settings.instance_dir / "register.key"), time.time)
    evaluator.start()
    try:
        address["EVALUATOR_URL"] = evaluator.url
        with serving(folder / "instance", **(address | environment)) as server:
            yield server
    finally:
        evaluator.close()
