"""The provider did not say whether it sent a message: it is looked up, and goes out once."""

import pytest

from ivr.simulator import FakeCarrier
from ivr.simulator.rest_rules import CarrierRefusal, ConnectionBroken
from resident_app.intake.message_tables import DeliveryError, OutgoingState
from resident_app.worker.dispatching import LOST_AFTER
from tests.worker.office import Desk, always, once

SENT, QUEUED = OutgoingState.SENT, OutgoingState.QUEUED
UNCERTAIN = DeliveryError.UNCERTAIN


@pytest.mark.parametrize("moment", ["asked", "taken"])
def test_an_unknown_outcome_is_looked_up(desk: Desk, provider: FakeCarrier, moment: str) -> None:
    """At a provider that honors no keys, whether or not it received the message the first time."""
    provider.honours_keys = False
    message = desk.queue()
    provider.at = once(moment, ConnectionBroken())
    desk.work()
    assert desk.state(message) == (QUEUED, UNCERTAIN)
    desk.work(10)
    [text] = provider.sent
    assert (desk.row(message).state, desk.row(message).provider_id) == (SENT, text.sid)


def test_while_the_provider_does_not_say_it_is_not_sent_again(desk: Desk, provider: FakeCarrier) -> None:
    message = desk.queue()
    provider.at = once("taken", ConnectionBroken())
    desk.work()

    def at(_moment: str, request: str) -> None:
        if request == "GET Messages":
            raise CarrierRefusal(404, 20404, "no list here")

    provider.at = at
    desk.work(10)
    assert desk.state(message) == (QUEUED, UNCERTAIN)
    assert len(provider.sent) == 1


def test_what_was_uncertain_stays_so(desk: Desk, provider: FakeCarrier) -> None:
    provider.honours_keys = False
    message = desk.queue()
    provider.at = once("taken", ConnectionBroken())
    desk.work()
    provider.at = always(CarrierRefusal(429, 20429, "busy"))
    desk.work(10)
    assert desk.state(message) == (QUEUED, UNCERTAIN)
    provider.at = lambda *_: None
    desk.work(60)
    assert desk.state(message) == (SENT, None)
    assert len(provider.sent) == 1


@pytest.mark.parametrize("moments", [["taken", "asked"], ["asked", "taken"]])
def test_the_same_words_twice_are_two_messages(desk: Desk, provider: FakeCarrier, moments: list[str]) -> None:
    """One went out and one did not, and the provider did not say which. Both go out, and no third."""
    provider.honours_keys = False
    known = desk.queue()
    desk.work()
    unknown = [desk.queue(), desk.queue()]
    left = list(moments)

    def at(moment: str, request: str) -> None:
        if left and (moment, request) == (left[0], "POST Messages"):
            del left[0]
            raise ConnectionBroken

    provider.at = at
    desk.work()
    assert not left
    assert {desk.state(message) for message in unknown} == {(QUEUED, UNCERTAIN)}
    desk.work(10)
    sids = {desk.row(message).provider_id for message in (known, *unknown)}
    assert sids == {text.sid for text in provider.sent}
    assert len(provider.sent) == 3


def test_another_worker_takes_back_what_a_lost_one_had(desk: Desk, provider: FakeCarrier) -> None:
    message = desk.queue()
    desk.dispatcher.enqueue_due()
    lost = desk.queued.take()
    assert lost
    desk.work(LOST_AFTER.total_seconds() - 1)
    assert not provider.sent
    desk.work(1)
    assert desk.state(message) == (SENT, None)
    assert desk.sender.attempt(lost) is None
    assert (len(provider.sent), desk.row(message).attempts) == (1, 1), "the late try changes nothing"


def test_a_worker_that_was_only_slow_does_not_send_a_second_time(desk: Desk, provider: FakeCarrier) -> None:
    """The provider honors no keys, and took the message while another worker was waiting for its turn."""
    provider.honours_keys = False
    message = desk.queue()
    desk.dispatcher.enqueue_due()
    slow = desk.queued.take()
    assert slow

    def take_back(moment: str, request: str) -> None:
        if (moment, request) == ("taken", "POST Messages"):
            desk.clock.pass_by(LOST_AFTER.total_seconds())
            desk.dispatcher.take_back_lost()
            desk.dispatcher.enqueue_due()

    provider.at = take_back
    assert desk.sender.attempt(slow) is None
    assert desk.state(message) == (SENT, None)
    desk.work(60)
    assert len(provider.sent) == 1
