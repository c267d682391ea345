"""A call in real time, key by key. Someone listens, and says when a prompt was heard or the time is up."""

import threading
from dataclasses import dataclass

from ivr.simulator.handset import Handset
from ivr.simulator.phone import Gathering, Heard, Phone

KEYS = frozenset("0123456789*#")


@dataclass(frozen=True)
class LiveState:
    """What a call is at now. `document` counts the documents that were heard."""

    document: int
    heard: tuple[Heard, ...]
    gathering: Gathering | None
    keyed: str
    goes_on: bool
    """Something else comes by itself after what is heard."""
    is_talking: bool
    is_over: bool


class LiveCall:
    """One side of a call: the caller's phone, or one that the line rang.

    A key or a time that is up belongs to a document. If the call has gone on since then, it counts for
    nothing: the provider hears no key while it asks for the next document.
    """

    def __init__(self, side: Phone | Handset):
        self.side = side
        self._mutex = threading.RLock()
        self._keyed = ""
        self._document = 0
        self._heard_last: list[Heard] | None = None
        self._end_is_known = False

    @property
    def is_over(self) -> bool:
        return self.side.ended if isinstance(self.side, Phone) else self.side.is_over

    def look(self) -> LiveState:
        """Return what the call is at now."""
        with self._mutex:
            side = self.side
            if side.heard is not self._heard_last:
                self._heard_last, self._keyed = side.heard, ""
                self._document += 1
            if isinstance(side, Phone) and side.ended and not self._end_is_known:
                self._end_is_known = True
                side.hang_up()
            talking = side.is_talking
            return LiveState(
                document=self._document,
                heard=tuple(side.heard),
                gathering=None if talking or self.is_over else side.gathering,
                keyed=self._keyed,
                goes_on=bool(isinstance(side, Phone) and side.coming) and not self.is_over,
                is_talking=talking,
                is_over=self.is_over,
            )

    def press(self, key: str, document: int) -> None:
        """Press one key while a document is heard or after it."""
        with self._mutex:
            now = self.look()
            if now.document != document or now.gathering is None or key not in KEYS:
                return
            self._keyed += key
            if now.gathering.is_complete(self._keyed):
                self._send()

    def time_is_up(self, document: int) -> None:
        """Go on: no key was pressed in the time that the document gives, or it was heard to its end."""
        with self._mutex:
            now = self.look()
            if now.document != document or now.is_over:
                return
            if now.gathering is not None and self._keyed:
                self._send()
            elif now.gathering is not None or now.goes_on:
                self.side.wait()

    def answer(self, answered_by: str) -> None:
        """Answer a phone that rings. `answered_by`: what the provider finds out, where it is asked to."""
        with self._mutex:
            if isinstance(self.side, Handset) and self.side.leg.status == "ringing":
                self.side.pick_up(answered_by if self.side.detects_machines else "")

    def hang_up(self, status: str = "completed") -> None:
        """End the call. Of a phone that still rings, `status` says how that ended."""
        with self._mutex:
            if self.is_over:
                return
            if isinstance(self.side, Handset):
                self.side.hang_up(status if self.side.leg.status == "ringing" else "completed")
            else:
                self._end_is_known = True
                self.side.hang_up()

    def _send(self) -> None:
        keyed, self._keyed = self._keyed, ""
        self.side.press(keyed)
