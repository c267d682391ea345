"""Wrong references count as wrong cards do, and references of version 0.2.0 go on working."""

import argon2
import pytest

from resident_app.intake.reference import derived_reference, parse_reference
from tests.conftest import Deployment
from tests.site.old_references import TOKEN, leave_old_request
from tests.site.test_help import REQUEST, other_reference
from tests.strict_client import Page

NOBODYS = str(derived_reference(b"n" * 32, 0))


@pytest.fixture
def reference(deployment: Deployment) -> str:
    return deployment.client.post("/en/help", REQUEST).reference


def ask(deployment: Deployment, reference: str, address: str) -> Page:
    return deployment.client.post("/en/help/status", {"reference": reference}, address=address)


def state(page: Page) -> str:
    return str(page.one("main").get("data-state"))


def tries_until_paused(deployment: Deployment, reference: str, first: int = 0) -> int:
    """How many wrong tries of one reference, each from a network of its own, get an answer."""
    for number in range(40):
        if ask(deployment, reference, f"10.{first}.{number}.1").status == 429:
            return number
    raise AssertionError("never paused")


def test_five_wrong_tries_pause_a_reference_for_their_network_alone(
    deployment: Deployment, reference: str
) -> None:
    wrong = other_reference(reference.replace(" ", ""))
    for _ in range(5):
        assert state(ask(deployment, wrong, "10.0.0.1")) == "unknown"
    page = ask(deployment, reference, "10.0.0.2")
    assert page.status == 429, "even the right one, in the same /24"
    assert "360-359-4454" in page.main
    assert "Tries by other people may have caused this." in page.main
    assert state(ask(deployment, reference, "10.0.1.1")) == "received"
    # Other references are not paused there.
    assert state(ask(deployment, NOBODYS, "10.0.0.1")) == "unknown"


def test_one_source_cannot_lock_a_reference(deployment: Deployment, reference: str) -> None:
    wrong = other_reference(reference.replace(" ", ""))
    for _ in range(50):
        ask(deployment, wrong, "10.0.0.1")
    assert state(ask(deployment, reference, "10.0.1.1")) == "received"


def test_the_total_is_drawn_for_each_reference_and_says_nothing_of_other_tries(
    deployment: Deployment, reference: str
) -> None:
    totals = [
        tries_until_paused(deployment, str(derived_reference(bytes([number]) * 32, 0)), first=number)
        for number in range(8)
    ]
    totals.append(tries_until_paused(deployment, other_reference(reference.replace(" ", "")), first=100))
    assert all(10 <= total <= 20 for total in totals)
    assert len(set(totals)) > 1
    assert ask(deployment, reference, "10.200.0.1").status == 429
    deployment.clock.pass_by(24 * 3600 + 60)
    assert state(ask(deployment, reference, "10.200.0.1")) == "received"


def test_right_tries_count_as_nothing(deployment: Deployment, reference: str) -> None:
    for number in range(30):
        assert state(ask(deployment, reference, f"10.0.{number % 2}.1")) == "received"


def test_an_unknown_reference_and_a_wrong_secret_look_and_cost_the_same(
    deployment: Deployment, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = []
    verify = argon2.PasswordHasher.verify

    def counted(hasher: argon2.PasswordHasher, stored: str, secret: str) -> bool:
        verified.append(argon2.extract_parameters(stored))
        return verify(hasher, stored, secret)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    wrong = str(parse_reference(other_reference(reference.replace(" ", ""))))
    pages = [ask(deployment, asked, "10.0.0.1") for asked in (wrong, NOBODYS)]
    assert [page.status for page in pages] == [200, 200]
    assert pages[0].text == pages[1].text
    assert len(verified) == 2
    assert verified[0] == verified[1]


def test_a_forged_number_uses_up_no_tries_of_the_true_one(deployment: Deployment, reference: str) -> None:
    digits = reference.replace(" ", "")
    number, wrong = "+12065550177", other_reference(digits)
    forged = deployment.ring(number, "B").press("1").press("4")
    for _ in range(5):
        assert "We did not find a request" in forged.press(wrong).text
        forged.press("3").press("4")
    assert "There were too many tries today" in forged.press(digits).text
    assert (
        "It is waiting for someone" in deployment.ring(number, "A").press("1").press("4").press(digits).text
    )


def test_withheld_callers_do_not_pause_each_others_references(deployment: Deployment, reference: str) -> None:
    digits = reference.replace(" ", "")
    stranger = deployment.ring("anonymous").press("1").press("4")
    for _ in range(7):
        assert "We did not find a request" in stranger.press(other_reference(digits)).text
        stranger.press("3").press("4")
    caller = deployment.ring("anonymous").press("1").press("4")
    assert "It is waiting for someone" in caller.press(digits).text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("1234 5678 9012", "Enter the 16 numbers of your reference. Please check each one."),
        ("1234 5678 9012 345", "You entered 15 of 16 numbers. Enter all four groups."),
        ("1", "You entered 1 of 16 numbers. Enter all four groups."),
        ("", "Enter the 16 numbers of your reference. Please check each one."),
        ("1234 5678 9012 3457", "Enter the 16 numbers of your reference. Please check each one."),
        ("1" * 5000, "Enter the 16 numbers of your reference. Please check each one."),
        ("my number", "Enter the 16 numbers of your reference. Please check each one."),
    ],
)
def test_a_mistyped_reference_is_told_what_is_missing(
    deployment: Deployment, typed: str, sentence: str
) -> None:
    page = ask(deployment, typed, "10.0.0.1")
    assert page.status == 422
    assert sentence in "".join(page.by_id("reference-mistake").itertext())


def test_an_old_reference_still_finds_its_request(deployment: Deployment) -> None:
    old = leave_old_request(deployment)
    assert len(old.split()) == 4
    assert len(old) == 15
    for typed in (old, old.replace(" ", ""), old.replace(" ", "-")):
        assert state(ask(deployment, typed, "10.0.0.1")) == "received"
    form = {"reference": old, "note": "more", "form_token": "t", "confirmed": "yes"}
    assert deployment.client.post("/en/help/add", form).one("main").get("data-done") == "added"
    assert deployment.client.post("/en/help/erase", form).one("main").get("data-done") == "erased"
    assert state(ask(deployment, old, "10.0.0.1")) == "unknown"


def test_the_form_of_an_old_request_sent_again_gets_its_old_reference(deployment: Deployment) -> None:
    old = leave_old_request(deployment)
    assert deployment.client.post("/en/help", REQUEST | {"form_token": TOKEN}).reference == old
