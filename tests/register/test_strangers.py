"""What a stranger who knows a card number can learn, guess and break, measured under config/limits.toml.

docs/security.md gives these numbers. Days are made up: the clock is the test's own.
"""

import random
from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from resident_app.configuration import load_configuration
from resident_app.register.blind_evaluation import BlindEvaluator
from resident_app.register.check import AnswerKind, Register
from resident_app.register.edition_guard import EditionGuard
from resident_app.register.evaluator.__main__ import make_attempts
from resident_app.register.evaluator.attempts import DAY_SECONDS, Attempts, Verdict
from resident_app.register.evaluator.evaluator_client import EvaluatorClient
from resident_app.register.facts import Facts, fold
from resident_app.register.register_key import load_register_keys
from resident_app.security.request_source import from_address
from tests.conftest import DeployWith
from tests.evaluator import ThreadedEvaluator
from tests.people import people
from tests.register.test_check_attempts import Clock, fail

LIMITS = load_configuration().limits.checks
CARDS = 2_000
"""Of each kind, so that a share is measured to about two percent."""
WEEKDAYS_OF_EIGHT_YEARS = 2_087
"""The days on which a card that is valid may have been issued: 8 × 365.25 × 5 ÷ 7."""
NETWORKS = count()


def try_wrongly(
    attempts: Attempts, card: bytes, bucket: int | None = None, network: bytes | None = None
) -> Verdict:
    """One wrong try at a card; from a network of its own, and in any bucket, unless they are given."""
    number = next(NETWORKS)
    source = network if network is not None else number.to_bytes(16, "big")
    bucket = bucket if bucket is not None else number % 65_536
    marks = [
        ("card-and-source", card + source[-8:]),
        ("card-day", card),
        ("card-month", card),
        ("network", source),
    ]
    return fail(attempts, marks, bucket)


def tries_until_paused(attempts: Attempts, card: bytes) -> int:
    for tries in count():
        verdict = try_wrongly(attempts, card)
        if verdict is not Verdict.GRANTED:
            assert verdict is Verdict.PAUSED
            return tries
    raise AssertionError("unreachable")


@pytest.mark.parametrize(
    ("mistakes", "certain", "best_guess"),
    [(1, 0.09, 0.55), (2, 0.18, 0.59), (3, 0.27, 0.64), (5, 0.45, 0.73)],
)
def test_how_sure_a_stranger_can_be_that_somebody_tried_a_card_today(
    mistakes: int, certain: float, best_guess: float
) -> None:
    """The stranger tries until the pause comes, and knows the rule.

    `certain`: how often the pause comes so early that somebody else must have tried. `best_guess`: how often
    the best guess is right if somebody had tried with even odds; 0.50 is a coin. A match never counts.
    """
    attempts = make_attempts(Clock())
    seen: list[Counter[int]] = []
    for made in (0, mistakes):
        counts = Counter[int]()
        for number in range(CARDS):
            card = b"%1d%14d" % (made, number) + b"."
            for _ in range(made):
                assert try_wrongly(attempts, card, network=card) is Verdict.GRANTED
            counts[tries_until_paused(attempts, card)] += 1
        seen.append(counts)
    nobody, somebody = seen
    assert min(nobody) == LIMITS.per_card_from
    measured_certain = sum(n for tries, n in somebody.items() if tries < LIMITS.per_card_from) / CARDS
    distance = sum(abs(nobody[tries] - somebody[tries]) for tries in {*nobody, *somebody}) / CARDS / 2
    print(f"{mistakes} mistakes: certain {measured_certain:.3f}, guess {(1 + distance) / 2:.3f}")  # noqa: T201
    assert measured_certain == pytest.approx(certain, abs=0.04)
    assert (1 + distance) / 2 == pytest.approx(best_guess, abs=0.04)
    exact = mistakes / (LIMITS.per_card_to - LIMITS.per_card_from + 1)
    assert certain == pytest.approx(exact, abs=0.01)
    assert best_guess == pytest.approx((1 + exact) / 2, abs=0.01)


def greedy_days() -> int:
    """As fast as every limit allows, from as many networks as it takes, with a try every four hours."""
    clock = Clock()
    attempts, began, tried = make_attempts(clock), clock.now, 0
    while tried < WEEKDAYS_OF_EIGHT_YEARS:
        while try_wrongly(attempts, b"the victim's....") is Verdict.GRANTED:
            tried += 1
        clock.now += 4 * 3600
    return int((clock.now - began) / DAY_SECONDS)


def careful_days() -> int:
    """So that no pause ever comes: below the least that may be drawn, each day and in any 30 days."""
    clock = Clock()
    attempts, began, tried = make_attempts(clock), clock.now, list[float]()
    while len(tried) < WEEKDAYS_OF_EIGHT_YEARS:
        lately = sum(at > clock.now - 30 * DAY_SECONDS for at in tried[-100:])
        for _ in range(min(LIMITS.per_card_from, LIMITS.per_card_30_days_from - lately)):
            assert try_wrongly(attempts, b"the victim's....") is Verdict.GRANTED
            tried.append(clock.now)
        clock.now += DAY_SECONDS + 1
    return int((clock.now - began) / DAY_SECONDS)


def test_in_how_many_days_all_weekdays_of_eight_years_can_be_tried_against_one_card() -> None:
    least = WEEKDAYS_OF_EIGHT_YEARS / LIMITS.per_card_30_days * 30
    greedy, careful = greedy_days(), careful_days()
    print(f"greedy {greedy} days, careful {careful} days, never under {least:.0f}")  # noqa: T201
    assert int(least) == 1043
    assert 1200 < careful < 1300
    assert 1200 < greedy < 1450


def test_who_knows_a_card_number_cannot_make_other_cards_busy_or_paused() -> None:
    """An hour of tries, each day for a week: people in its bucket, on the same networks, notice nothing."""
    clock = Clock()
    attempts = make_attempts(clock)
    chance = random.Random(1)
    for _day in range(7):
        for second in range(0, 3600, 2):
            clock.now += 2
            network = chance.randrange(1_000).to_bytes(16, "big")
            try_wrongly(attempts, b"the victim's....", 7, network)
            if second % 180 == 0:
                neighbor = chance.randrange(120).to_bytes(15, "big") + b"n"
                if chance.random() < 0.3:
                    assert try_wrongly(attempts, neighbor, 7, network) is Verdict.GRANTED
                marks = [("card-and-source", neighbor), ("card-day", neighbor), ("card-month", neighbor)]
                reserved = attempts.reserve(7, [*marks, ("network", network)])
                assert reserved.verdict is Verdict.GRANTED
                attempts.settle(reserved.id, failed=False)
        clock.now += DAY_SECONDS - 3600


def test_who_checks_their_own_card_all_day_does_not_use_up_its_bucket() -> None:
    attempts = make_attempts(Clock())

    def match(card: bytes) -> Verdict:
        network = next(NETWORKS).to_bytes(16, "big")
        reserved = attempts.reserve(7, [("card-day", card), ("card-month", card), ("network", network)])
        attempts.settle(reserved.id, failed=False)
        return reserved.verdict

    own = [match(b"the outsider's..") for _ in range(500)]
    assert own == [Verdict.GRANTED] * LIMITS.evaluations_per_card + [Verdict.BUSY] * (
        500 - LIMITS.evaluations_per_card
    )
    assert [match(b"a neighbor's....") for _ in range(20)] == [Verdict.GRANTED] * 20


def test_who_tries_any_numbers_for_an_hour_hurts_nobody_elses_check() -> None:
    """A try a second from a thousand networks, at made-up cards in every bucket."""
    clock = Clock()
    attempts = make_attempts(clock)
    chance = random.Random(2)
    for second in range(3600):
        clock.now += 1
        card = chance.randbytes(16)
        try_wrongly(attempts, card, chance.randrange(65_536), chance.randrange(1_000).to_bytes(16, "big"))
        if second % 20 == 0:
            person = chance.randbytes(16)
            marks = [("card-and-source", person), ("card-day", person), ("card-month", person)]
            network = ("network", chance.randrange(1_000).to_bytes(16, "big"))
            reserved = attempts.reserve(chance.randrange(65_536), [*marks, network])
            assert reserved.verdict is Verdict.GRANTED
            attempts.settle(reserved.id, failed=False)


def test_an_hour_of_a_strangers_checks_leaves_every_other_persons_answer_true(
    deploy: DeployWith, made_keys: Path
) -> None:
    """Through the whole check, with the limits of config/limits.toml and a clock that the test turns."""
    cards = people(40, seed=17)
    victim, *others = cards
    context = deploy(cards).context
    clock = Clock()
    evaluator = ThreadedEvaluator(load_register_keys(made_keys / "register.key"), clock, budgets=None)
    evaluator.start()
    try:
        client = EvaluatorClient(evaluator.url)
        register = Register(
            context.engine,
            EditionGuard(context.engine, context.verify_keys, client),
            BlindEvaluator(client, context.keys),
            context.keys.dictionary,
            context.capacity,
            context.configuration.limits.capacity,
        )
        wrong = Facts(
            fold(victim.card_number), victim.born_on, victim.issued_on.replace(year=victim.issued_on.year + 1)
        )
        seen = Counter[AnswerKind]()
        for tries in range(360):
            clock.now += 10
            network = f"10.{tries % 200}.7.1"
            seen[register.check_record(wrong, from_address(network)).kind] += 1
            person = others[tries % len(others)]
            facts = Facts(fold(person.card_number), person.born_on, person.issued_on)
            assert register.check_record(facts, from_address(network)).kind.value == person.answer
    finally:
        evaluator.close()
    assert LIMITS.per_card_from <= seen[AnswerKind.NO_MATCH] <= LIMITS.per_card_to
    assert seen[AnswerKind.PAUSED] == 360 - seen[AnswerKind.NO_MATCH]
