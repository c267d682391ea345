"""An unreviewed translation says so on its pages, or has no pages."""

from datetime import date

import pytest

from resident_app.languages import Review, load_languages
from tests.conftest import DeployWith

MACHINE_MADE = "A machine made this translation. A certified translator has not checked it yet."
CODES = [language.code for language in load_languages().on_the_site() if language.code != "en"]


@pytest.fixture
def korean_is_reviewed(monkeypatch: pytest.MonkeyPatch) -> None:
    review = Review(reviewed_by="A made-up translator", reviewed_on=date(2026, 11, 1))
    monkeypatch.setattr("resident_app.public_context.load_reviews", lambda: {"ko": review})


@pytest.mark.usefixtures("korean_is_reviewed")
def test_an_unreviewed_page_says_so_in_its_own_language(deploy: DeployWith) -> None:
    client = deploy().client
    for code in CODES:
        is_marked = load_languages()[code].text(MACHINE_MADE) in client.get(f"/{code}/").text
        assert is_marked == (code != "ko"), code
    assert MACHINE_MADE not in client.get("/en/").text


@pytest.mark.usefixtures("korean_is_reviewed")
def test_unreviewed_pages_can_be_left_out(deploy: DeployWith) -> None:
    client = deploy(publish_unreviewed=False).client
    assert client.get("/ko/").status == 200
    assert client.get("/es/").status == 404
    home = client.get("/en/languages").text
    assert load_languages()["ko"].native in home
    assert "/es/" not in client.raw("GET", "/sitemap.xml").text
    assert client.raw("GET", "/", headers={"Accept-Language": "es"}).headers["Location"] == "/en/"
