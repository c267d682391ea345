"""How long a caller listens: short menus, in every language."""

import pytest

from ivr.call import Call, LanguageChoice, Node
from resident_app.languages import SOURCE
from tests.ivr.lengths import LANGUAGES, WORLD, measure, seconds

SPOKEN = [language.code for language in LANGUAGES.on_the_phone()]


@pytest.mark.parametrize("code", SPOKEN)
def test_the_main_menu_is_short(code: str) -> None:
    assert measure(LANGUAGES[code]).main_menu < (12 if code == SOURCE else 22)


@pytest.mark.parametrize("code", SPOKEN)
def test_the_way_to_an_answer_is_short(code: str) -> None:
    found = measure(LANGUAGES[code])
    assert found.to_answer < (60 if code == SOURCE else 120)
    if code == SOURCE:
        assert found.to_answer_after_menus < 60


@pytest.mark.parametrize("code", SPOKEN)
@pytest.mark.parametrize(
    ("node", "keys"),
    [
        (Node.CARD, "93522212345"),
        (Node.CARD, "9355522212345"),
        (Node.BIRTH, "02301980"),
        (Node.BIRTH, "2291980"),
        (Node.CALL_BACK_NUMBER, "555"),
    ],
)
def test_a_mistake_is_named_in_a_few_seconds(code: str, node: Node, keys: str) -> None:
    call = Call(node=node, caller=WORLD.caller, language=LanguageChoice(code))
    response = WORLD.engine.step(call, keys, WORLD.now).response
    assert response is not None
    assert sum(seconds(one, LANGUAGES[code]) for one in response.utterances) < 24
