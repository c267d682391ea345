"""What is stored of a call: each step once, sealed, and nothing after its end."""

from datetime import timedelta

from sqlalchemy import select

from ivr.call_store import CallRow, EndedCallRow
from resident_app.database import reading
from tests.conftest import Deployment
from tests.ivr.stored import calls_stored, stored_requests
from tests.made_up import ONCE, keys_of


def test_a_repeated_request_gives_the_same_and_costs_nothing(deployment: Deployment) -> None:
    phone = deployment.ring().press("1")
    for keys in keys_of(ONCE):
        before = phone.last_request
        phone.press(keys)
        assert phone.repeat_last() == phone.repeat_last()
        assert before != phone.last_request
    phone.press("2").press("1").press("3").press("1")
    phone.repeat_last()
    assert len(stored_requests(deployment)) == 1


def test_a_call_moves_between_servers(deploy, deployment: Deployment) -> None:
    other = deploy()
    phone = deployment.ring()
    posts = [deployment.post, other.post]
    for number, keys in enumerate(["1", *keys_of(ONCE)]):
        phone.post = posts[number % 2]
        phone.press(keys)
    assert "Yes. DOL shared your information with ICE." in phone.text


def test_nothing_of_a_call_is_left(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("1").press(keys_of(ONCE)[1])
    assert calls_stored(deployment) == 1
    phone.hang_up()
    assert calls_stored(deployment) == 0


def test_a_late_repeat_of_a_step_makes_no_new_call(deployment: Deployment) -> None:
    """The carrier may send the first step again after the call has ended: it must leave nothing."""
    phone = deployment.ring().press("1")
    repeat = phone.last_request
    phone.press("1").hang_up()
    assert "<Hangup" in phone.send(*repeat)
    assert calls_stored(deployment) == 0
    deployment.clock.now += timedelta(minutes=16)
    deployment.client.get("/en/")
    with reading(deployment.short_lived) as connection:
        assert not connection.execute(select(EndedCallRow)).all(), "that it ended is forgotten too"


def test_a_call_that_nobody_ended_is_wiped_after_an_hour(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("1")
    deployment.clock.now += timedelta(minutes=62)
    deployment.client.get("/en/")
    assert calls_stored(deployment) == 0
    assert "We have to start this call again." in phone.press(keys_of(ONCE)[1]).text
    assert "For English, press 1." in phone.wait().text


def test_what_is_stored_of_a_call_is_sealed(deployment: Deployment) -> None:
    phone = deployment.ring(caller="+12065550177").press("1")
    for keys in keys_of(ONCE)[:4]:
        phone.press(keys)
    with reading(deployment.short_lived) as connection:
        row = connection.execute(select(CallRow.__table__)).one()
    stored = repr(tuple(row)).encode()
    for mark in (phone.call_sid, "2065550177", "1980-02-29", "935222123456", "wrong_keys"):
        assert mark.encode() not in stored
