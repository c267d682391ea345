"""Limits and capacity as a person meets them, on the site and on the phone."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from structlog.testing import capture_logs

from ivr.webhooks.carrier_request import request_source
from resident_app.register.check import AnswerKind
from resident_app.register.facts import Facts, fold
from resident_app.security.capacity import Capacity
from resident_app.security.request_source import SourceKind, from_address, from_caller
from tests.conftest import Deployment, DeployWith
from tests.made_up import CARDS, NEVER, ONCE, form_of, keys_of

WRONG = date(2012, 7, 8)


def call_and_check(
    deployment: Deployment, caller: str | None = None, attestation: str = "", **wrong: date
) -> str:
    phone = deployment.ring(caller, attestation=attestation).press("1")
    for keys in keys_of(NEVER, **wrong):
        phone.press(keys)
    return phone.text


def test_failures_of_web_and_phone_count_together(deployment: Deployment) -> None:
    """A card's total is drawn between 10 and 20, so that nobody can tell others' tries from it."""
    failures = 0
    while failures <= 20:
        page = deployment.client.post(
            "/en/check", form_of(NEVER, issued_on=WRONG), address=f"10.0.{failures}.1"
        )
        if page.answer == "paused" or "Checks are paused" in call_and_check(deployment, issued_on=WRONG):
            break
        failures += 2
    assert 9 <= failures <= 20
    page = deployment.client.post("/es/check", form_of(NEVER), address="10.0.99.1")
    assert (page.status, page.answer) == (429, "paused"), "even the right facts"
    assert "360-359-4454" in page.main
    assert "Checks are paused" in call_and_check(deployment)
    assert deployment.client.post("/en/check", form_of(ONCE)).answer == "shared", "other cards are not"


def test_five_failures_from_one_network_pause_the_card_there_alone(deployment: Deployment) -> None:
    wrong = form_of(NEVER, issued_on=WRONG)
    for _ in range(5):
        assert deployment.client.post("/en/check", wrong, address="10.0.0.1").answer == "no-match"
    assert deployment.client.post("/en/check", form_of(NEVER), address="10.0.0.2").answer == "paused"
    assert deployment.client.post("/en/check", form_of(NEVER), address="10.0.1.1").answer == "not-shared"


def test_a_success_does_not_count(deployment: Deployment) -> None:
    for _ in range(12):
        assert deployment.client.post("/en/check", form_of(ONCE)).answer == "shared"


def test_many_right_checks_of_one_card_at_once_all_succeed(deployment: Deployment) -> None:
    def one(number: int) -> str | None:
        return deployment.client.post("/en/check", form_of(ONCE), address=f"10.1.{number}.1").answer

    assert one(99) == "shared", "the process has verified its edition"
    # Fewer than ten at once, which the card's total may allow.
    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(one, range(24))) == {"shared": 24}


def test_many_wrong_checks_of_one_card_at_once_are_five(deployment: Deployment) -> None:
    wrong = form_of(NEVER, issued_on=WRONG)

    def one(number: int) -> str | None:
        return deployment.client.post("/en/check", wrong, address=f"10.1.1.{number}").answer

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(one, range(20)))["no-match"] == 5
    assert one(99) == "paused"


def test_a_network_and_a_caller_have_limits_of_their_own(deployment: Deployment) -> None:
    limits = deployment.context.configuration.limits.checks
    register = deployment.context.register
    for source, most in (
        (from_address("198.51.100.7"), limits.per_network),
        (from_caller("+12065550199"), limits.per_caller),
    ):
        answers = [
            register.check_record(Facts(f"99{number:010d}", date(1980, 1, 1), WRONG), source).kind
            for number in range(most + 1)
        ]
        assert answers == [AnswerKind.NO_MATCH] * most + [AnswerKind.PAUSED]
    facts = Facts(fold(ONCE.card_number), ONCE.born_on, ONCE.issued_on)
    assert register.check_record(facts, from_address("198.51.100.250")).kind is AnswerKind.PAUSED
    assert register.check_record(facts, from_address("198.51.101.7")).kind is AnswerKind.SHARED


def test_a_source_is_a_network_or_a_number() -> None:
    assert from_address("198.51.100.7") == from_address("198.51.100.200")
    assert from_address("2001:db8:1:2::1") == from_address("2001:db8:1:2:ffff::1")
    assert from_address("2001:db8:1:2::1") != from_address("2001:db8:1:3::1")
    assert from_address("::ffff:198.51.100.7") == from_address("198.51.100.1")
    assert from_address("nonsense").kind is SourceKind.ADDRESS
    assert from_caller("anonymous") == from_caller("")
    assert from_caller("anonymous").kind is SourceKind.WITHHELD


def test_only_a_trusted_proxy_is_believed(deploy: DeployWith) -> None:
    """A resident who sends X-Forwarded-For is counted by the address of the connection."""
    trusting_nobody = deploy(CARDS, trusted_proxies=0)
    limit = trusting_nobody.context.configuration.limits.checks.per_network
    answers = Counter(
        trusting_nobody.client.post(
            "/en/check",
            form_of(NEVER, card_number=f"WDLAAA{number:06d}"),
            address=f"10.0.{number}.1",
            environ_base={"REMOTE_ADDR": "9.9.9.9"},
        ).answer
        for number in range(limit + 5)
    )
    assert answers == {"no-match": limit, "paused": 5}


def test_behind_a_proxy_that_is_not_trusted_residents_share_no_limit(deploy: DeployWith) -> None:
    """The proxy's address is everybody's: an event says so, and only the card's limits apply."""
    wrongly_set = deploy(CARDS, trusted_proxies=0)
    limit = wrongly_set.context.configuration.limits.checks.per_network
    with capture_logs() as events:
        for number in range(limit + 5):
            page = wrongly_set.client.post(
                "/en/check",
                form_of(NEVER, card_number=f"WDLAAA{number:06d}"),
                environ_base={"REMOTE_ADDR": "10.0.0.5"},
            )
            assert page.answer == "no-match"
    assert [event["event"] for event in events].count("unconfigured_proxy") == 1
    for _ in range(21):
        page = wrongly_set.client.post(
            "/en/check", form_of(NEVER, issued_on=WRONG), environ_base={"REMOTE_ADDR": "10.0.0.5"}
        )
    assert page.answer == "paused"


def test_only_attestation_a_gives_a_number_a_limit_of_its_own(deployment: Deployment) -> None:
    """A forger of a caller's number uses up the tries of the unverified one, never those of its owner."""
    number, register = "+12065550177", deployment.context.register
    for made_up in range(deployment.context.configuration.limits.checks.per_caller):
        register.check_record(Facts(f"99{made_up:010d}", date(1980, 1, 1), WRONG), from_caller(number))
    heard = {
        attestation: call_and_check(deployment, number, attestation) for attestation in ("A", "B", "C", "")
    }
    paused = [attestation for attestation, text in heard.items() if "Checks are paused" in text]
    assert paused == ["B", "C", ""]
    failed = deployment.ring(number, StirVerstat="TN-Validation-Failed-A").last_request[1]
    with deployment.app.test_request_context(method="POST", data=failed):
        assert request_source() == from_caller("")


def test_withheld_callers_do_not_pause_each_others_cards(deployment: Deployment) -> None:
    """Five wrong tries from withheld numbers are nobody's: only the card's drawn total counts them."""
    register, withheld = deployment.context.register, from_caller("")
    for _ in range(8):
        wrong = Facts(fold(NEVER.card_number), NEVER.born_on, WRONG)
        assert register.check_record(wrong, withheld).kind is AnswerKind.NO_MATCH
    assert "The records we hold do not show" in call_and_check(deployment, "anonymous", "")


def test_a_shared_pool_that_is_used_up_offers_a_call_back_and_stops_nothing_else(
    deployment: Deployment,
) -> None:
    register, withheld = deployment.context.register, from_caller("")
    with capture_logs() as events:
        for made_up in range(deployment.context.configuration.limits.checks.withheld_callers):
            register.check_record(Facts(f"99{made_up:010d}", date(1980, 1, 1), WRONG), withheld)
        phone = deployment.ring("anonymous").press("1")
        for keys in keys_of(ONCE):
            phone.press(keys)
        phone.wait()
        phone.wait()
    assert "We still cannot check your record. We can call you back." in phone.text
    assert {event["limit"] for event in events if event["event"] == "limit_reached"} == {"withheld-callers"}
    phone.press("1").press("2065550112#").press("1").press("3").press("1")
    assert "Your reference number is" in phone.text
    assert "The records we hold do not show" in call_and_check(deployment, "+12065550178", "A")


def test_when_no_slot_is_free_the_answer_is_busy_and_costs_nothing(
    deployment: Deployment, monkeypatch
) -> None:
    slots = deployment.context.settings.argon2_at_once
    capacity = deployment.context.capacity
    with ThreadPoolExecutor(slots) as pool:
        holding = [pool.submit(_hold, capacity, 5.0) for _ in range(slots)]
        time.sleep(0.2)
        page = deployment.client.post("/en/check", form_of(ONCE))
        assert (page.status, page.answer) == (503, "busy")
        assert int(page.response.headers["Retry-After"]) > 0
        assert "360-359-4454" in page.main
        assert deployment.client.get("/en/").status == 200
        for future in holding:
            future.result()
    assert deployment.client.post("/en/check", form_of(ONCE)).answer == "shared"


def _hold(capacity: Capacity, seconds: float) -> None:
    with capacity.slot(1, 8):
        time.sleep(seconds)


def test_a_busy_line_waits_twice_and_then_offers_a_call_back(deployment: Deployment, monkeypatch) -> None:
    from resident_app.register.check import Answer

    register = deployment.context.register
    monkeypatch.setattr(type(register), "check_record", lambda *_args: Answer(AnswerKind.BUSY))
    phone = deployment.ring().press("1")
    for keys in keys_of(ONCE):
        phone.press(keys)
    assert "Please wait a moment" in phone.text
    phone.wait()
    assert "Please wait a moment" in phone.text
    phone.wait()
    assert "We still cannot check your record. We can call you back." in phone.text
    phone.press("1").press("3").press("1")
    assert "Your reference number is" in phone.text
