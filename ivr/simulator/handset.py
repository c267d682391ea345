"""The phone that answers a call of the line: it hears, presses keys, and meets a caller or a conference."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from ivr.simulator.phone import Gathering, Heard, Phone, add_pause, gathering_of
from ivr.simulator.twiml_reader import BadTwiml, Element, each, read

_VERBS = frozenset({"Say", "Play", "Pause", "Gather", "Dial", "Hangup"})


@dataclass
class Leg:
    """A call that the line made."""

    sid: str
    form: dict[str, str]
    status: str = "ringing"
    heard: str = ""
    """What the person who answered heard."""
    handset: "Handset | None" = None
    """The phone that answers, unless `FakeCarrier.answer` does."""


class Exchange(Protocol):
    """What connects the handsets: the fake carrier."""

    base_url: str
    conferences: dict[str, list["Handset"]]

    def ask(self, leg: Leg, url: str, form: Mapping[str, str]) -> str:
        """Return the line's document for a leg."""

    def over(self, leg: Leg, status: str) -> None:
        """End a leg, and tell the line."""

    def next_in(self, queue: str) -> Phone | None:
        """Return the caller who waits longest in a queue."""


class Handset:
    """One leg's phone. It rings until `pick_up`; what it does is done at once."""

    def __init__(self, exchange: Exchange, leg: Leg):
        self._exchange = exchange
        self.leg = leg
        leg.handset = self
        self.heard: list[Heard] = []
        """All that was said since it was answered or a key was pressed."""
        self.conference = ""
        self.gathering: Gathering | None = None
        self.caller: Phone | None = None
        """Whom it took from a queue and is talking with."""
        self._then: list[Element] = []
        """What follows in the document when no key is pressed, or the conference ends."""
        self._after = ""
        """Where the call goes on when the conference ends."""
        self._ends_for_all = False

    @property
    def text(self) -> str:
        return " ".join(heard.text for heard in self.heard)

    @property
    def is_over(self) -> bool:
        return self.leg.status not in ("ringing", "in-progress")

    @property
    def is_waiting(self) -> bool:
        """Whether a key is waited for."""
        return self.gathering is not None

    @property
    def is_talking(self) -> bool:
        """Whether it is connected to a caller or a conference."""
        return bool(self.caller or self.conference)

    @property
    def detects_machines(self) -> bool:
        """Whether the provider was asked to find out who answers."""
        return "MachineDetection" in self.leg.form

    @property
    def with_others(self) -> set[str]:
        """The numbers of the others in its conference."""
        room = self._exchange.conferences.get(self.conference, [])
        return {handset.leg.form["To"] for handset in room if handset is not self}

    def pick_up(self, answered_by: str = "") -> "Handset":
        """Answer. `answered_by` is what the provider finds out, where it was asked to."""
        assert bool(answered_by) == self.detects_machines, "asked who answers, or not"
        self.leg.status = "in-progress"
        self._hear(self.leg.form["Url"], {"AnsweredBy": answered_by} if answered_by else {})
        return self

    def press(self, key: str) -> "Handset":
        assert self.gathering, "nothing is waited for"
        self._hear(self.gathering.action, {"Digits": self.gathering.digits(key)})
        return self

    def wait(self) -> "Handset":
        """Press nothing until the time is up."""
        assert self.gathering, "nothing is waited for"
        self.heard = []
        self._perform(self._then)
        return self

    def hang_up(self, status: str = "completed") -> None:
        """End it; while it still rings, `status` says how that ended."""
        self._leave()
        self.gathering = None
        self._exchange.over(self.leg, status)

    def sent_to(self, url: str) -> None:
        """The line sends it to another document."""
        self._leave()
        self._hear(url, {})

    def _hear(self, url: str, form: dict[str, str]) -> None:
        if not url.startswith(self._exchange.base_url + "/"):
            raise BadTwiml(f"not an address of this line: {urlsplit(url).path}")
        self.heard = []
        self._perform(read(self._exchange.ask(self.leg, url, form), _VERBS))

    def _perform(self, verbs: list[Element]) -> None:
        self.gathering = None
        for position, verb in enumerate(verbs):
            self._then = verbs[position + 1 :]
            match verb.tag:
                case "Gather":
                    self._listen([verb])
                    self.gathering = gathering_of(verb)
                    return
                case "Dial" if queues := list(each([verb], "Queue")):
                    self.caller = self._exchange.next_in(queues[0].text or "")
                    if self.caller:
                        self.caller.is_talking = True
                        return
                case "Dial":
                    self._join(verb)
                    return
                case "Hangup":
                    break
                case _:
                    self._listen([verb])
        self.hang_up()

    def _listen(self, verbs: list[Element]) -> None:
        for verb in each(verbs, "Say", "Play", "Pause"):
            if verb.tag == "Pause":
                add_pause(self.heard, verb)
            else:
                self.heard.append(Heard(verb.get("language", ""), verb.get("voice", ""), verb.text or ""))

    def _join(self, dial: Element) -> None:
        [conference] = each([dial], "Conference")
        self.conference = conference.text or ""
        self._ends_for_all = conference.get("endConferenceOnExit") == "true"
        self._after = dial.get("action", "")
        room = self._exchange.conferences.setdefault(self.conference, [])
        if len(room) >= int(conference.get("maxParticipants", "250")):
            raise BadTwiml("the conference is full")
        room.append(self)

    def _leave(self) -> None:
        """Leave the caller, or the conference; the others too, if it ends with this one."""
        if self.caller:
            caller, self.caller = self.caller, None
            caller.connected()
        if not self.conference:
            return
        room = self._exchange.conferences[self.conference]
        room.remove(self)
        self.conference = ""
        if self._ends_for_all:
            others, room[:] = list(room), []
            for handset in others:
                handset.conference = ""
            for handset in others:
                handset.put_out()

    def put_out(self) -> None:
        """The conference ended, or the caller hung up."""
        self.caller = None
        if self._after:
            self._hear(self._after, {"DialCallStatus": "completed"})
        else:
            self.heard = []
            self._perform(self._then)
