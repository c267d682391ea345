"""How long a caller waits after a key, compared with an empty page of the same server."""

from collections.abc import Sequence
from contextlib import ExitStack

from bench import http_requests
from bench.checks import require_right
from bench.compare import compare
from bench.instance import Instance
from bench.load import HttpRequest, Load, run_load
from bench.result_row import Row, Side, Target, ratio_row
from bench.scale import Scale
from bench.servers import Server, empty_server, public_server

TARGET = Target(Side.AT_MOST, 3.0)
CALLS = 50
_MOST_STEPS_A_SECOND = 3_000
_PACES = {
    "Phone step's p99 ÷ an empty page's, 50 calls, each two keys a second": 0.5,
    "Phone step's p99 ÷ an empty page's, 50 calls, without a pause": 0.0,
}


def latency_rows(instance: Instance, scale: Scale) -> list[Row]:
    """Measure steps without Argon2. Each begins a call, whose row is stored before the response."""
    steps = int((scale.warm_seconds + scale.latency_seconds) * _MOST_STEPS_A_SECOND)
    with ExitStack() as stack:
        ours = stack.enter_context(public_server(instance.environment, instance.log("latency")))
        empty = stack.enter_context(empty_server(instance.log("latency-empty")))

        def p99(server: Server, requests: Sequence[HttpRequest], every_seconds: float) -> float:
            """Return the 99th percentile in milliseconds."""
            load = Load(
                port=server.port,
                requests=requests,
                connections=CALLS,
                warm_seconds=scale.warm_seconds,
                seconds=scale.latency_seconds,
                each_once=server is ours,
                every_seconds=every_seconds,
            )
            return require_right(run_load(load)).p99_seconds * 1000

        return [
            ratio_row(
                name,
                compare(
                    ours=lambda pace=pace: p99(ours, http_requests.language_steps(instance, steps), pace),  # type: ignore[misc]
                    baseline=lambda pace=pace: p99(empty, http_requests.empty_page(), pace),  # type: ignore[misc]
                    scale=scale,
                ),
                "ms",
                TARGET,
            )
            for name, pace in _PACES.items()
        ]
