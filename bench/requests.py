"""Pages and menus, against an empty page of the same server under the same configuration."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from bench import asks
from bench.checks import all_right
from bench.compare import compare
from bench.instance import Instance
from bench.load import Ask, Load, put_load
from bench.row import Reach, Row, Side, ratio_row
from bench.scale import Scale
from bench.servers import Server, empty_server, public_server

REACH = Reach(Side.AT_LEAST, 0.5)
_MOST_REQUESTS_A_SECOND = 3_000


def request_rows(instance: Instance, scale: Scale) -> list[Row]:
    seconds = scale.warm_seconds + scale.request_seconds
    steps = int(seconds * _MOST_REQUESTS_A_SECOND)
    measured: list[tuple[str, Callable[[], Sequence[Ask]], bool]] = [
        ("Home page ÷ an empty page", asks.home_page, False),
        ("Phone line's first menu ÷ an empty page", lambda: asks.calls(instance), False),
        ("Phone line's main menu ÷ an empty page", lambda: asks.language_steps(instance, steps), True),
    ]
    with ExitStack() as stack:
        ours = stack.enter_context(public_server(instance.environment, instance.log("requests")))
        empty = stack.enter_context(empty_server(instance.log("empty")))

        def rate(server: Server, make: Callable[[], Sequence[Ask]], each_once: bool) -> float:
            load = Load(
                port=server.port,
                asks=make(),
                connections=scale.connections,
                warm_seconds=scale.warm_seconds,
                seconds=scale.request_seconds,
                each_once=each_once,
            )
            return all_right(put_load(load)).rate

        return [
            ratio_row(
                name,
                compare(
                    ours=lambda make=make, once=once: rate(ours, make, once),  # type: ignore[misc]
                    against=lambda: rate(empty, asks.empty_page, False),
                    scale=scale,
                ),
                "/s",
                REACH,
            )
            for name, make, once in measured
        ]
