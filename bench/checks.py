"""Checks through the real server, compared with the Argon2id that each of them needs."""

from bench import http_requests
from bench.compare import compare
from bench.instance import Instance
from bench.load import Load, LoadResult, run_load
from bench.raw import raw_rate
from bench.result_row import Row, Side, Target, ratio_row
from bench.scale import Scale
from bench.servers import Server, public_server

TARGET = Target(Side.AT_LEAST, 0.85)
_PREPARED_CHECKS = 4096


class WrongAnswers(Exception):
    """The server gave wrong answers, so there is nothing to measure."""


def check_rows(instance: Instance, scale: Scale) -> list[Row]:
    argon2 = instance.configuration.limits.sealing
    with public_server(instance.environment, instance.log("checks")) as server:
        _check_rate(server, instance, scale)
        found = compare(
            ours=lambda: _check_rate(server, instance, scale),
            baseline=lambda: raw_rate(scale.raw_seconds, argon2),
            scale=scale,
        )
    return [ratio_row("Checks ÷ raw Argon2id", found, "/s", TARGET)]


def require_right(answered: LoadResult) -> LoadResult:
    """Return the result. Raises WrongAnswers unless every answer was right."""
    if answered.right < 2 or answered.wrong or set(answered.statuses) != {"200"}:
        raise WrongAnswers(f"{answered.statuses}, {answered.wrong} wrong")
    return answered


def _check_rate(server: Server, instance: Instance, scale: Scale) -> float:
    load = Load(
        port=server.port,
        requests=http_requests.checks(instance.cards, _PREPARED_CHECKS),
        connections=scale.connections,
        warm_seconds=scale.warm_seconds,
        seconds=scale.check_seconds,
    )
    return require_right(run_load(load)).rate
