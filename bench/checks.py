"""Checks through the real server, compared with the Argon2id that each of them needs.

A check's CPU time is that of all our processes: the server's master and workers, and the evaluator.
"""

from bench import http_requests
from bench.compare import compare
from bench.instance import Instance
from bench.load import Load, LoadResult, run_load
from bench.other_work import children_of, process_seconds
from bench.raw import raw_cpu_milliseconds, raw_rate
from bench.result_row import Row, Side, Target, ratio_row
from bench.scale import Scale
from bench.servers import Server, public_server

RATE_TARGET = Target(Side.AT_LEAST, 0.85)
CPU_TARGET = Target(Side.AT_MOST, 1.10)
_PREPARED_CHECKS = 4096
_LONGEST_SECONDS = 60.0


class WrongAnswers(Exception):
    """The server gave wrong answers, so there is nothing to measure."""


def check_rows(instance: Instance, scale: Scale) -> list[Row]:
    argon2 = instance.configuration.limits.sealing
    with public_server(instance.environment, instance.log("checks")) as server:
        _check_rate(server, instance, scale)
        rate = compare(
            ours=lambda: _check_rate(server, instance, scale),
            baseline=lambda: raw_rate(scale.raw_seconds, argon2),
            scale=scale,
        )
        cpu = compare(
            ours=lambda: _check_cpu_milliseconds(server, instance, scale),
            baseline=lambda: raw_cpu_milliseconds(scale.raw_seconds, argon2),
            scale=scale,
        )
    return [
        ratio_row("Checks ÷ raw Argon2id", rate, "/s", RATE_TARGET),
        ratio_row("CPU time of a check ÷ of raw Argon2id", cpu, "ms", CPU_TARGET),
    ]


def require_right(answered: LoadResult) -> LoadResult:
    """Return the result. Raises WrongAnswers unless every answer was right."""
    if answered.right < 2 or answered.wrong or set(answered.statuses) != {"200"}:
        raise WrongAnswers(f"{answered.statuses}, {answered.wrong} wrong")
    return answered


def _check_cpu_milliseconds(server: Server, instance: Instance, scale: Scale) -> float:
    """CPU time of one check: so many checks, each once, and what our processes used for them."""
    pids = [server.pid, *children_of(server.pid), instance.evaluator_pid]
    requests = http_requests.checks(instance.cards, scale.counted_checks)
    before = sum(map(process_seconds, pids))
    answered = run_load(
        Load(
            port=server.port,
            requests=requests,
            connections=scale.connections,
            warm_seconds=0.0,
            seconds=_LONGEST_SECONDS,
            each_once=True,
        )
    )
    used = sum(map(process_seconds, pids)) - before
    return 1000 * used / require_right(answered).right


def _check_rate(server: Server, instance: Instance, scale: Scale) -> float:
    load = Load(
        port=server.port,
        requests=http_requests.checks(instance.cards, _PREPARED_CHECKS),
        connections=scale.connections,
        warm_seconds=scale.warm_seconds,
        seconds=scale.check_seconds,
    )
    return require_right(run_load(load)).rate
