"""Promise 9: every path ends at a person."""

from resident_app.languages import load_languages
from tests.conftest import Deployment
from tests.made_up import NEVER, form_of
from tests.strict_client import PATHS, Page

SITE = [language.code for language in load_languages().on_the_site()]
LINE = "tel:+13603594454"


def offers_a_person(page: Page) -> bool:
    links = {link.get("href") for link in page.all("a")}
    language = page.root.get("lang")
    return {LINE, f"/{language}/help", f"/{language}/help/status"} <= links


def test_every_page_and_every_error(deployment: Deployment) -> None:
    client = deployment.client
    for code in SITE:
        pages = [client.get(f"/{code}/{path}") for path in (*PATHS, "x")]
        pages += [
            client.post(f"/{code}/check", form_of(NEVER)),
            client.post(f"/{code}/check", {}),
            client.post(f"/{code}/help", {"reach_by": "text", "phone": "360 555 0100"}),
            client.post(f"/{code}/help", {}),
            client.post(f"/{code}/help/status", {"reference": "0000 0000 0000 0000"}),
            client.post(f"/{code}/help/add", {"reference": "0000 0000 0000 0000"}),
            client.post(f"/{code}/help/erase", {"reference": "0000 0000 0000 0000"}),
            client.post(f"/{code}/letter", {"code": "1"}),
            client.post(f"/{code}/letter/file", {"answer": "1"}),
            client.post(f"/{code}/check", {}, headers={"Sec-Fetch-Site": "cross-site"}),
            client.post(f"/{code}/", {}),
            client.post(f"/{code}/help", {"message": "x" * 300_000}),
        ]
        for page in pages:
            assert page.root.get("lang") == code
            assert offers_a_person(page), page.text
    assert offers_a_person(client.get("/nowhere/at/all"))
