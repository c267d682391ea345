"""Promise 9: every path ends at a person."""

import pytest

from ivr.call import Place, Wait
from ivr.places import MAP
from resident_app.languages import load_languages
from tests.conftest import Deployment
from tests.made_up import NEVER, form_of
from tests.strict_client import Page

SITE = [language.code for language in load_languages().on_the_site()]
LINE = "tel:+13603594454"


def offers_a_person(page: Page) -> bool:
    links = {link.get("href") for link in page.all("a")}
    language = page.root.get("lang")
    return {LINE, f"/{language}/help", f"/{language}/help/status"} <= links


def test_every_page_and_every_error(deployment: Deployment) -> None:
    client = deployment.client
    for code in SITE:
        pages = [
            client.get(f"/{code}/{path}") for path in ("", "questions", "check", "help", "help/status", "x")
        ]
        pages += [
            client.post(f"/{code}/check", form_of(NEVER)),
            client.post(f"/{code}/check", {}),
            client.post(f"/{code}/help", {"reach_by": "text", "phone": "360 555 0100"}),
            client.post(f"/{code}/help", {}),
            client.post(f"/{code}/help/status", {"reference": "000 000 000 000"}),
            client.post(f"/{code}/check", {}, headers={"Sec-Fetch-Site": "cross-site"}),
            client.post(f"/{code}/", {}),
            client.post(f"/{code}/help", {"message": "x" * 300_000}),
        ]
        for page in pages:
            assert page.root.get("lang") == code
            assert offers_a_person(page), page.text
    assert offers_a_person(client.get("/nowhere/at/all"))


@pytest.mark.parametrize("place", [place for place, spot in MAP.items() if spot.wait is not Wait.NOTHING])
def test_every_place_of_the_line_leads_to_a_person_and_back(deployment: Deployment, place: Place) -> None:
    """0 is a person at every place that waits for keys; `*` leads back."""
    from ivr.call import Call
    from ivr.flow import Flow

    flow = Flow({1: {"1": "en"}, 2: {}}, deployment.services.configuration)
    call = Call(place=place, language="en", caller="+12065550100", token="t")
    to_person = flow.step(call, "0", deployment.clock())
    assert to_person.turn is not None
    assert to_person.turn.place in (Place.CALL_BACK, Place.PERSON)
    if MAP[place].wait is not Wait.PERSON:
        back = flow.step(call, "*", deployment.clock())
        assert back.turn is not None
        assert back.turn.place is MAP[place].back
