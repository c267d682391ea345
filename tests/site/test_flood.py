"""A flood of help requests: it is slowed, nobody gets an error, and refused requests cost no Argon2."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import argon2
import pytest
from structlog.testing import capture_logs

from resident_app.configuration import load_configuration
from resident_app.intake.help_desk import HelpDesk
from resident_app.intake.reference import parse_reference
from tests.conftest import Deployment, DeployWith
from tests.site.test_help import REQUEST, count
from tests.strict_client import Page

PER_HOUR = 12
SHUT = "We cannot take more requests right now."


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every secret that is hashed."""
    found: list[str] = []
    hash = argon2.PasswordHasher.hash

    def counted(hasher: argon2.PasswordHasher, secret: str) -> str:
        found.append(secret)
        return hash(hasher, secret)

    monkeypatch.setattr(argon2.PasswordHasher, "hash", counted)
    return found


@pytest.fixture
def deployment(deploy: DeployWith, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """A deployment that takes few requests an hour."""
    known = load_configuration()
    changed = {"help_requests": known.limits.help_requests.model_copy(update={"per_hour": PER_HOUR})}
    few = replace(known, limits=known.limits.model_copy(update=changed))
    monkeypatch.setattr("resident_app.public_context.load_configuration", lambda: few)
    return deploy()


@pytest.fixture
def with_selectors(deploy: DeployWith, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Deployment]:
    """Makes a deployment in which so few requests can have a reference at the same time."""

    def make(selectors: int) -> Deployment:
        monkeypatch.setattr("resident_app.public_context.HelpDesk", partial(HelpDesk, selectors=selectors))
        return deploy()

    return make


def selector(reference: str) -> str:
    return parse_reference(reference).selector


def leave(deployment: Deployment, number: int, language: str = "en") -> Page:
    """Leave a request from a network of its own."""
    form = REQUEST | {"message": str(number)}
    return deployment.client.post(f"/{language}/help", form, address=f"10.{number // 250}.{number % 250}.1")


def test_a_flood_from_many_networks_is_stopped_at_the_limit_of_the_hour(
    deployment: Deployment, hashed: list[str]
) -> None:
    hashed.clear()
    with ThreadPoolExecutor(8) as threads:
        statuses = Counter(page.status for page in threads.map(lambda n: leave(deployment, n), range(60)))
    assert set(statuses) <= {200, 429, 503}
    assert statuses[200] == count(deployment) == PER_HOUR
    assert len(hashed) == PER_HOUR


def test_other_networks_are_served_until_then_and_again_after_an_hour(deployment: Deployment) -> None:
    for number in range(PER_HOUR):
        assert leave(deployment, number).status == 200
    assert leave(deployment, PER_HOUR).status == 429
    deployment.clock.pass_by(3600 + 60)
    assert leave(deployment, PER_HOUR).status == 200


def test_the_page_says_what_to_do_in_the_persons_language_and_keeps_what_was_typed(
    deployment: Deployment,
) -> None:
    for number in range(PER_HOUR):
        leave(deployment, number)
    page, spanish = leave(deployment, 500), leave(deployment, 500, "es")
    assert page.status == spanish.status == 429
    assert SHUT in page.main
    assert "Please call 360-359-4454 to talk to a person, or send it again in an hour." in page.main
    assert page.by_id("message").text.strip() == "500"
    assert "En este momento no podemos recibir más solicitudes de ayuda." in spanish.main
    assert "360-359-4454" in spanish.main


def test_a_flood_of_the_site_leaves_the_phone_line_open_and_the_other_way_round(
    deployment: Deployment,
) -> None:
    for number in range(PER_HOUR + 1):
        leave(deployment, number)
    for number in range(PER_HOUR):
        phone = deployment.ring().press("1").press("2").press("1").press("3").press("1")
        assert phone.node == "received", number
    phone = deployment.ring().press("1").press("2").press("1").press("3").press("1")
    assert phone.heard[0].text.startswith(SHUT)
    assert "For a person, press 0." in phone.text
    assert phone.press("0").node in ("person", "call-back", "call-back-number")


def test_a_request_that_is_sent_again_is_not_another_one(deployment: Deployment) -> None:
    references = {leave(deployment, 1).reference for _ in range(PER_HOUR + 5)}
    assert len(references) == 1


def test_without_a_free_selector_there_is_a_page_and_no_hash(
    with_selectors: Callable[[int], Deployment], hashed: list[str]
) -> None:
    """With seven of seven in use. Nothing that is refused counts, and an erased one is free again."""
    deployment = with_selectors(7)
    hashed.clear()
    references = [leave(deployment, number).reference for number in range(7)]
    assert len({selector(reference) for reference in references}) == 7
    assert len(hashed) == 7, "one for each, however many selectors were in use"
    with capture_logs() as events, ThreadPoolExecutor(8) as threads:
        pages = list(threads.map(lambda n: leave(deployment, n), range(100, 140)))
    assert {page.status for page in pages} == {503}
    assert all(SHUT in page.main and "360-359-4454" in page.main for page in pages)
    assert all(int(page.response.headers["Retry-After"]) > 0 for page in pages)
    assert len(hashed) == 7
    assert count(deployment) == 7
    assert not [event for event in events if event["event"] == "failed"]
    deployment.client.post("/en/help/erase", {"reference": references[3], "confirmed": "yes"})
    again = leave(deployment, 200).reference
    assert selector(again) == selector(references[3])
    for reference in [*references[:3], *references[4:], again]:
        page = deployment.client.post("/en/help/status", {"reference": reference})
        assert page.one("main").get("data-state") == "received"


def test_requests_for_the_same_selector_at_once_get_one_hash_each(
    with_selectors: Callable[[int], Deployment], hashed: list[str]
) -> None:
    deployment = with_selectors(20)
    hashed.clear()
    with ThreadPoolExecutor(8) as threads:
        pages = list(threads.map(lambda n: leave(deployment, n), range(16)))
    served = [page for page in pages if page.status == 200]
    assert len({selector(page.reference) for page in served}) == len(served) == count(deployment)
    assert len(served) == 16
    assert len(hashed) == 16


def test_without_a_free_selector_a_caller_hears_the_same_and_gets_a_person(
    with_selectors: Callable[[int], Deployment],
) -> None:
    deployment = with_selectors(1)
    leave(deployment, 1)
    phone = deployment.ring().press("2").press("2").press("1").press("3").press("1")
    assert phone.heard[0].text.startswith("En este momento no podemos recibir más solicitudes de ayuda.")
    assert phone.press("0").node in ("person", "call-back", "call-back-number")
