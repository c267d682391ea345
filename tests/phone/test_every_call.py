"""Random calls: no caller is stranded, whatever is keyed, repeated or left unsaid."""

import random

import pytest

from ivr.simulator import Phone
from resident_app.languages import load_languages
from tests.conftest import Deployment, DeployWith
from tests.made_up import CARDS, NEVER, ONCE, choose, keys_of

KEYS = [
    "0",
    "1",
    "2",
    "3",
    "4",
    "9",
    "*",
    "#",
    "0#",
    "*#",
    "5",
    "6",
    "7",
    "12#",
    "1*#",
    "**#",
    "",
    "00000000#",
    "3605550100#",
]
CALLS = 60


@pytest.mark.parametrize("seed", range(3))
def test_random_calls(deploy: DeployWith, seed: int) -> None:
    deployment, other = deploy(CARDS), deploy()
    chance = random.Random(seed)
    ended = 0
    for _ in range(CALLS):
        ended += _one_call(deployment, other, chance)
    assert ended > CALLS // 4, "an end is reached"


def _one_call(deployment: Deployment, other: Deployment, chance: random.Random) -> bool:
    phone = deployment.ring(chance.choice([None, "anonymous", f"+4420{chance.randrange(10**8):08d}"]))
    language = chance.choice([*load_languages().on_the_phone(), None])
    if language is not None:
        choose(phone, language)
    script = keys_of(chance.choice([ONCE, NEVER])) if chance.random() < 0.4 else []
    for _ in range(25):
        if phone.ended:
            return True
        phone._post = chance.choice([deployment.post, other.post])
        keys = script.pop(0) if script and chance.random() < 0.9 else chance.choice(KEYS)
        phone.wait() if keys == "" else phone.press(keys)
        assert phone.heard, "something is always said"
        _says_only_what_it_should(phone)
        if chance.random() < 0.3:
            assert phone.repeat_last()
        if chance.random() < 0.03:
            phone.hang_up()
    return phone.ended


def _says_only_what_it_should(phone: Phone) -> None:
    """One language at a time, but in the menus that offer them."""
    spoken = {heard.language for heard in phone.heard}
    menus = [load_languages().on_the_phone(menu) for menu in (1, 2)]
    offered = [{language.phone.language for language in menu} for menu in menus]
    assert len(spoken) == 1 or spoken in (offered[0], offered[1] | {"en-US"})
