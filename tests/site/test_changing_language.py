"""A change of language keeps the page and what was typed, except the three facts, and stores nothing."""

import pytest
from sqlalchemy import func, select

from resident_app.database import reading
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.languages import load_languages
from tests.conftest import Deployment
from tests.strict_client import Page

TYPED = {
    "help": {"name": "Ana", "phone": "360 555", "message": "Two\nlines", "spoken": "vi", "topic": "card"},
    "help/status": {"reference": "123 456"},
    "help/add": {"reference": "123 456", "note": "A new number"},
    "help/erase": {"reference": "123 456"},
    "letter": {"code": "ABCD 1234"},
}


def value_of(page: Page, name: str) -> str:
    field = next(
        one for tag in ("input", "textarea", "select") for one in page.all(tag) if one.get("name") == name
    )
    if field.tag.endswith("select"):
        chosen = next(option for option in field if option.get("selected") is not None)
        return str(chosen.get("value"))
    return str(field.get("value") if field.tag.endswith("input") else "".join(field.itertext()).strip())


@pytest.mark.parametrize("path", TYPED)
def test_what_was_typed_is_shown_in_the_new_language(deployment: Deployment, path: str) -> None:
    page = deployment.client.get(f"/en/{path}")
    others = {button.get("formaction") for button in page.all("button") if button.get("formaction")}
    codes = {language.code for language in load_languages().on_the_site()} - {"en"}
    assert others == {f"/{code}/{path}" for code in codes}
    assert {button.get("form") for button in page.all("button") if button.get("formaction")} == {"typed"}
    changed = deployment.client.post(f"/ko/{path}", {**TYPED[path], "change_language": "en"})
    assert changed.status == 200
    assert changed.root.get("lang") == "ko"
    assert 'class="errors"' not in changed.text
    for name, value in TYPED[path].items():
        assert value_of(changed, name) == value
    with reading(deployment.engine) as connection:
        assert connection.execute(select(func.count()).select_from(HelpRequestRow)).scalar_one() == 0


def test_the_three_facts_are_not(deployment: Deployment) -> None:
    page = deployment.client.get("/en/check")
    assert not [button for button in page.all("button") if button.get("formaction")]


def test_enter_sends_the_form_and_does_not_change_the_language(deployment: Deployment) -> None:
    """The first button of a form is the one that Enter presses (HTML, implicit submission)."""
    page = deployment.client.get("/en/help")
    first = next(button for button in page.all("button") if button.get("form") == "typed")
    assert first.get("formaction") is None
    assert first.get("name") is None


def test_the_languages_to_speak_and_write_follow_the_page_unless_chosen(deployment: Deployment) -> None:
    typed = {"spoken": "vi", "written": "en", "change_language": "en"}
    changed = deployment.client.post("/es/help", typed)
    assert value_of(changed, "spoken") == "vi"
    assert value_of(changed, "written") == "es"
