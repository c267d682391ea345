"""A phone company for the terminal, the browser and the tests: it reads TwiML and takes REST requests.

It is as strict as the provider, and stricter: what we do not use, it does not know.
"""

from ivr.simulator.fake_carrier import FakeCarrier
from ivr.simulator.handset import Handset
from ivr.simulator.live_call import LiveCall
from ivr.simulator.phone import Gathering, Heard, Phone, Post
from ivr.simulator.twiml_reader import BadTwiml
from ivr.simulator.virtual_clock import VirtualClock

__all__ = [
    "BadTwiml",
    "FakeCarrier",
    "Gathering",
    "Handset",
    "Heard",
    "LiveCall",
    "Phone",
    "Post",
    "VirtualClock",
]
