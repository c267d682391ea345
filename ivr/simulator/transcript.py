"""A call on paper: what was heard, and what was pressed."""

from collections.abc import Iterable, Iterator

from ivr.call import Node
from ivr.graph import edges, our_line
from ivr.menus.menu import LAST_KEY
from ivr.simulator.fake_carrier import FakeCarrier
from ivr.simulator.phone import Phone
from resident_app.languages import PhoneVoice

SILENCE, HANG_UP, ANSWER, BUSY = "-", "h", "a", "b"
KEYS = frozenset("0123456789*#")


class NotAKey(ValueError):
    """What was typed is nothing that a caller or an officer does."""


def language_keys(voice: PhoneVoice) -> list[str]:
    """Return the keys that choose a language at the start of a call."""
    return [LAST_KEY, voice.key] if voice.menu == 2 else [voice.key]


def transcript(phone: Phone, office: FakeCarrier, acts: Iterable[str]) -> Iterator[str]:
    """The lines of a whole call, from its ringing on. Raises NotAKey."""
    yield from heard(phone, office)
    for act in acts:
        if phone.ended:
            return
        yield f"> {act}"
        perform(phone, office, act)
        yield from heard(phone, office)


def perform(phone: Phone, office: FakeCarrier, act: str) -> None:
    """Keys, silence, hanging up; while the office's phone rings, an officer answers or it is busy.

    Raises NotAKey.
    """
    rings = [leg for leg in office.legs if leg.status == "ringing"]
    if act == HANG_UP:
        phone.hang_up()
    elif act == SILENCE or phone.coming:
        # Keys are not heard while the line says that something did not work.
        phone.wait()
    elif act == ANSWER and phone.line and rings:
        office.answer("1", [phone])
    elif act == BUSY and phone.line and rings:
        office.over(rings[-1], "busy")
        phone.wait()
    elif act and set(act) <= KEYS:
        phone.press(act)
    else:
        raise NotAKey(act)


def heard(phone: Phone, office: FakeCarrier) -> Iterator[str]:
    """What was heard since the last act, and what else happened."""
    for one in phone.heard:
        yield f"  [{one.language}] {one.text}" if one.language else f"  (plays {one.text})"
    while office.texts:
        text = office.texts.pop(0)
        yield f"  (text message to {text['To']}: {text['Body']})"
    if phone.line and not phone.ended:
        yield "  (the office's phone rings: a answers, b is busy)"
    if phone.ended:
        yield "  (the call is over)"


def map_here(node: str) -> Iterator[str]:
    """Give where each key and each event leads from a node of the call graph."""
    yield f"  You are at: {node}"
    for edge in edges(our_line()):
        if edge.source == Node(node).value:
            yield f"  {edge.label}: {edge.target}"
