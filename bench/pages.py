"""Pages and menus, compared with an empty page of the same server and configuration."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from bench import http_requests
from bench.checks import require_right
from bench.compare import compare
from bench.instance import Instance
from bench.load import HttpRequest, Load, run_load
from bench.result_row import Row, Side, Target, ratio_row
from bench.scale import Scale
from bench.servers import Server, empty_server, public_server

TARGET = Target(Side.AT_LEAST, 0.5)
_MOST_REQUESTS_A_SECOND = 3_000


def page_rows(instance: Instance, scale: Scale) -> list[Row]:
    seconds = scale.warm_seconds + scale.request_seconds
    steps = int(seconds * _MOST_REQUESTS_A_SECOND)
    measured: list[tuple[str, Callable[[], Sequence[HttpRequest]], bool]] = [
        ("Home page ÷ an empty page", http_requests.home_page, False),
        ("Phone line's first menu ÷ an empty page", lambda: http_requests.calls(instance), False),
        (
            "Phone line's main menu ÷ an empty page",
            lambda: http_requests.language_steps(instance, steps),
            True,
        ),
    ]
    with ExitStack() as stack:
        ours = stack.enter_context(public_server(instance.environment, instance.log("requests")))
        empty = stack.enter_context(empty_server(instance.log("empty")))

        def rate(server: Server, make: Callable[[], Sequence[HttpRequest]], each_once: bool) -> float:
            load = Load(
                port=server.port,
                requests=make(),
                connections=scale.connections,
                warm_seconds=scale.warm_seconds,
                seconds=scale.request_seconds,
                each_once=each_once,
            )
            return require_right(run_load(load)).rate

        return [
            ratio_row(
                name,
                compare(
                    ours=lambda make=make, once=once: rate(ours, make, once),  # type: ignore[misc]
                    baseline=lambda: rate(empty, http_requests.empty_page, False),
                    scale=scale,
                ),
                "/s",
                TARGET,
            )
            for name, make, once in measured
        ]
