"""Sealing an edition, compared with the Argon2id that each card costs."""

import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.child_process import run_module
from bench.compare import compare
from bench.instance import register_settings
from bench.raw import raw_rate
from bench.result_row import Row, Side, Target, ratio_row
from bench.scale import Scale
from resident_app.clock import today
from resident_app.configuration import load_configuration
from resident_app.demonstration.deployment import make_keys, write_disclosures, write_roster
from resident_app.demonstration.made_up_cards import FIRST_DAY, made_up_cards
from resident_app.register.sealing.plan import SealingPlan
from resident_app.register.sealing.run import seal_edition
from resident_app.register.sealing.sealing_keys import load_sealing_keys

TARGET = Target(Side.AT_LEAST, 0.9)
_LONGEST_SECONDS = 300.0


def sealing_rows(scale: Scale) -> list[Row]:
    """Measure cards per second, from the first card claimed to the last one sealed."""
    argon2 = load_configuration().limits.sealing
    whole: list[float] = []

    def seal() -> float:
        answer = run_module("bench.sealing", {"cards": scale.cards}, _LONGEST_SECONDS)
        whole.append(answer["sealing_seconds"] / answer["whole_seconds"])
        return float(answer["cards"] / answer["sealing_seconds"])

    found = compare(ours=seal, baseline=lambda: raw_rate(scale.raw_seconds, argon2), scale=scale)
    share = Row(
        name=f"Sealing ÷ whole call, {scale.cards} cards",
        measured=median(whole),
        ours="seconds of sealing",
        baseline="and reading, writing",
    )
    return [ratio_row("Cards sealed ÷ raw Argon2id", found, "/s", TARGET), share]


def _seal(cards: int, folder: Path) -> dict[str, float]:
    """Seal made-up cards from two files, as the sealing machine does."""
    configuration = load_configuration()
    settings = register_settings(folder)
    make_keys(settings)
    plan = SealingPlan(
        roster=folder / "roster.csv",
        disclosures=folder / "disclosures.csv",
        period_from=FIRST_DAY,
        period_to=configuration.office.cut_off,
        out=folder / "made-up.sealed",
        key=load_sealing_keys(settings),
        codes=configuration.codes,
        limits=configuration.limits.sealing,
        cut_off=configuration.office.cut_off,
        today=today(configuration, datetime.now(UTC)),
    )
    chosen = made_up_cards(configuration)[:cards]
    write_roster(plan.roster, chosen)
    write_disclosures(plan.disclosures, chosen)
    began = time.monotonic()
    report = seal_edition(plan)
    return {
        "cards": report.sealed_now,
        "sealing_seconds": report.seconds,
        "whole_seconds": time.monotonic() - began,
    }


def main() -> None:
    """Read the number of cards from standard input, write the times to standard output."""
    question = json.load(sys.stdin)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        json.dump(_seal(question["cards"], Path(folder)), sys.stdout)


if __name__ == "__main__":
    main()
