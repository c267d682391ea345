"""Checks through the real server, against the Argon2id that each of them cannot do without."""

from bench import asks
from bench.compare import compare
from bench.instance import Instance
from bench.load import Answered, Load, put_load
from bench.raw import raw_rate
from bench.row import Reach, Row, Side, ratio_row
from bench.scale import Scale
from bench.servers import Server, public_server

REACH = Reach(Side.AT_LEAST, 0.85)
_MORE_THAN_CAN_BE_ASKED = 4096


class WrongAnswers(Exception):
    """The server answered something else than it should: there is nothing to measure."""


def check_rows(instance: Instance, scale: Scale) -> list[Row]:
    argon2 = instance.configuration.limits.sealing
    with public_server(instance.environment, instance.log("checks")) as server:
        _check_rate(server, instance, scale)
        found = compare(
            ours=lambda: _check_rate(server, instance, scale),
            against=lambda: raw_rate(scale.raw_seconds, argon2),
            scale=scale,
        )
    return [ratio_row("Checks ÷ raw Argon2id", found, "/s", REACH)]


def all_right(answered: Answered) -> Answered:
    """Raises WrongAnswers if anything but right answers came."""
    if answered.right < 2 or answered.wrong or set(answered.statuses) != {"200"}:
        raise WrongAnswers(f"{answered.statuses}, {answered.wrong} wrong")
    return answered


def _check_rate(server: Server, instance: Instance, scale: Scale) -> float:
    load = Load(
        port=server.port,
        asks=asks.checks(instance.cards, _MORE_THAN_CAN_BE_ASKED),
        connections=scale.connections,
        warm_seconds=scale.warm_seconds,
        seconds=scale.check_seconds,
    )
    return all_right(put_load(load)).rate
