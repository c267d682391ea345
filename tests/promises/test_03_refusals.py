"""Promise 3: a refusal reveals nothing: same words, same status, same length, same work."""

import random
import time
from dataclasses import replace
from datetime import date, timedelta

from resident_app.demonstration.made_up_cards import MadeUpCard
from resident_app.register.check import AnswerKind
from resident_app.register.facts import Facts, fold
from resident_app.security.request_source import from_address
from tests.conftest import Deployment, DeployWith
from tests.made_up import ONCE, form_of
from tests.people import people

EACH = 300


def refusals(card: MadeUpCard, number: int) -> dict[str, MadeUpCard]:
    unknown = MadeUpCard("x", f"WDLZZZ{number:06d}", date(1971, 2, 3), date(2019, 8, 7), ())
    return {
        "wrong number": replace(card, card_number=f"WDLYYY{number:06d}"),
        "wrong birth date": replace(card, born_on=card.born_on - timedelta(days=1)),
        "wrong issue date": replace(card, issued_on=card.issued_on + timedelta(days=1)),
        "unknown card": unknown,
    }


def test_refusals_are_byte_equal(deploy: DeployWith) -> None:
    cards = people(20, seed=3)
    deployment = deploy(cards)
    seen = set()
    for number, card in enumerate(cards):
        for refused in refusals(card, number).values():
            page = deployment.client.post("/en/check", form_of(refused), address=f"203.0.{number}.9")
            seen.add((page.status, page.response.get_data(), str(page.response.headers)))
    assert len(seen) == 1


def test_refusals_cannot_be_told_apart_by_time(deploy: DeployWith) -> None:
    """Mann-Whitney over 300 of each kind, in mixed order."""
    cards = people(EACH, seed=4)
    deployment = deploy(cards)
    kinds = list(refusals(cards[0], 0))
    order = [(number, kind) for number in range(EACH) for kind in kinds]
    random.Random(1).shuffle(order)
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number, kind in order:
        refused = refusals(cards[number], number)[kind]
        took[kind].append(_seconds(deployment, refused, number))
    for position, kind in enumerate(kinds):
        for other in kinds[position + 1 :]:
            assert abs(_mann_whitney(took[kind], took[other])) < 4.5, (kind, other)


def _seconds(deployment: Deployment, card: MadeUpCard, number: int) -> float:
    facts = Facts(fold(card.card_number), card.born_on, card.issued_on)
    source = from_address(f"10.{number // 250}.{number % 250}.1")
    began = time.perf_counter()
    answer = deployment.context.register.check_record(facts, source)
    ended = time.perf_counter()
    assert answer.kind is AnswerKind.NO_MATCH
    return ended - began


def _mann_whitney(first: list[float], second: list[float]) -> float:
    """The standard score of the rank-sum of `first` among both."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks = sum(rank for rank, (_, which) in enumerate(ranked, start=1) if which == 0)
    n, m = len(first), len(second)
    expected = n * (n + m + 1) / 2
    return (ranks - expected) / (n * m * (n + m + 1) / 12) ** 0.5


def test_a_pause_is_foretold_to_everybody_and_blames_nobody(deployment: Deployment) -> None:
    """Each page of no match says the same, so that it does not tell whether others have tried."""
    foretold = "After a few wrong tries, checks of a card are paused for 24 hours."
    wrong = form_of(ONCE, issued_on=date(2019, 3, 5))
    pages = [deployment.client.post("/en/check", wrong) for _ in range(6)]
    assert [page.answer for page in pages] == ["no-match"] * 5 + ["paused"]
    assert len({page.text for page in pages[:5]}) == 1
    assert foretold in pages[0].main
    assert "Tries by other people may have caused this." in pages[5].main
