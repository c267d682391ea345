"""Random calls in every language: no caller is stranded, whatever is keyed, repeated, re-ordered or unsaid.

The reader of the documents is strict, and a status other than 200 is an error: see ivr/simulator.
"""

import random
from datetime import timedelta

import pytest

from ivr.simulator import FakeCarrier, Phone
from ivr.simulator.fake_carrier import ACCOUNT_SID
from resident_app.languages import Language, load_languages
from tests.conftest import Deployment, DeployWith
from tests.made_up import CARDS, NEVER, ONCE, choose, keys_of

CALLS, PARTS, LONGEST = 2_000, 16, 10
KEYS = [
    *"01234569*#",
    "0#",
    "*#",
    "#",
    "7",
    "12#",
    "1*#",
    "**#",
    "00000000#",
    "3605550100#",
    "9005550100#",
    "",
    "",
]
# An operator presses what the caller wants, and does not keep silent besides.
KEYS_OF_RELAY = [keys for keys in KEYS if keys not in ("", "#")]
LANGUAGES = load_languages().on_the_phone()
NO_LANGUAGE = [None, None, None]
WITHHELD = ["anonymous", "+266696687", "7378742833", "client:anna", "+12061550100"]
LANGUAGE_MENUS = {"language", "more-languages", "stay"}
PASSING = {"hold", "stay", "reference-next"}
"""Silence leads on from here: it means that the caller waits, cannot press keys, or has no more digits."""
RELAY_SECONDS = (30, 60)
"""How long a relay operator (711), whose caller reads and types, presses nothing."""
FIRST, SECOND = (
    {one.phone.language for one in LANGUAGES if one.phone and one.phone.menu == menu} for menu in (1, 2)
)


@pytest.mark.parametrize("part", range(PARTS))
def test_random_calls(
    deploy: DeployWith,
    provider: FakeCarrier,
    office_rings: str,
    part: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Callers who wait for minutes would have it run at every second request.
    monkeypatch.setattr("resident_app.housekeeping.EVERY", timedelta(hours=1))
    account = {"twilio_account_sid": ACCOUNT_SID, "twilio_api_base": provider.address}
    first = deploy(CARDS, **account)
    servers = [first, deploy(clock=first.clock, **account)]
    provider.post = first.post
    walk = _Walk(servers, provider, random.Random(part))
    for number in range(CALLS // PARTS):
        walk.one_call([*LANGUAGES, *NO_LANGUAGE][number % (len(LANGUAGES) + len(NO_LANGUAGE))])
        if number % 25 == 0:
            first.clock.pass_by(7 * 3600)
    assert walk.ended > CALLS // PARTS // 20, "an end is reached"
    assert walk.waited, "somebody waited for a person"
    assert walk.left, "somebody left a request"


class _Walk:
    """Callers who press what comes to mind."""

    def __init__(self, servers: list[Deployment], provider: FakeCarrier, chance: random.Random):
        self._servers = servers
        self._provider = provider
        self._chance = chance
        self.ended = self.waited = self.left = 0

    def one_call(self, language: Language | None) -> None:
        chance = self._chance
        phone, is_relay = self._ring(language), chance.random() < 0.15
        script = self._script()
        sent = []
        for _ in range(LONGEST):
            if phone.ended:
                self.ended += 1
                return
            phone.post = chance.choice(self._servers).post
            if is_relay:
                self._be_slow(phone)
            self._act(phone, script, KEYS_OF_RELAY if is_relay else KEYS)
            sent.append(phone.last_request)
            assert phone.heard, "something is always said"
            _says_only_what_it_should(phone)
            if chance.random() < 0.2:
                assert phone.repeat_last()
            if chance.random() < 0.05:
                assert phone.send(*chance.choice(sent)), "an old request comes late"
        if chance.random() < 0.1:
            self._say_nothing_more(phone)
        elif chance.random() < 0.7:
            phone.hang_up()

    def _ring(self, language: Language | None) -> Phone:
        """A call from a number of its own, of any kind, and in a language if one is given."""
        for leg in self._provider.legs:
            if leg.status == "ringing":
                self._provider.over(leg, "no-answer")
        abroad = f"+4420{self._chance.randrange(10**8):08d}"
        caller = self._chance.choice([None, None, self._chance.choice(WITHHELD), abroad])
        phone = self._servers[0].ring(caller, self._chance.choice(["", "A"]))
        return phone if language is None else choose(phone, language)

    def _be_slow(self, phone: Phone) -> None:
        """Press nothing for so long after each prompt, as a relay operator. It leads nowhere."""
        node, until = phone.node, phone.clock.now + timedelta(seconds=self._chance.uniform(*RELAY_SECONDS))
        while phone.gathering and not phone.line and phone.node not in PASSING:
            if phone.clock.now + timedelta(seconds=phone.gathering.timeout) >= until:
                return
            phone.wait()
            assert phone.node == node or {phone.node, node} <= LANGUAGE_MENUS, (node, phone.node)

    def _say_nothing_more(self, phone: Phone) -> None:
        """A line that stays silent comes to an end."""
        for _ in range(60):
            if phone.ended:
                self.ended += 1
                return
            phone.wait()
        raise AssertionError("the call has no end")

    def _script(self) -> list[str]:
        """Some callers know what they want."""
        check = keys_of(self._chance.choice([ONCE, NEVER]))
        asking = ["4", "1234", "5678", "901", "23456", "2", "7777", "*"]
        return self._chance.choice(
            [[], check, asking, ["2", "1", "3", "1", "2", "1"], ["0"], ["3", "4", "1", "1"]]
        )

    def _act(self, phone: Phone, script: list[str], other_keys: list[str]) -> None:
        if phone.line:
            self.waited += 1
            rings = [leg for leg in self._provider.legs if leg.status == "ringing"]
            if rings and self._chance.random() < 0.3:
                self._provider.answer(self._chance.choice(["1", "", "2"]), [phone])
                return
        keys = script.pop(0) if script and self._chance.random() < 0.9 else self._chance.choice(other_keys)
        phone.wait() if keys == "" else phone.press(keys)
        self.left += phone.node == "received"


def _says_only_what_it_should(phone: Phone) -> None:
    """The caller's language and no other or, before one is chosen, each that was offered."""
    spoken = {heard.language for heard in phone.heard}
    assert len(spoken) == 1 or spoken in (FIRST, SECOND | {"en-US"}, FIRST | SECOND)
