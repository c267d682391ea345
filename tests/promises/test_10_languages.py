"""Promise 10: a language never turns silently into English, and each has every page and prompt."""

import re
from pathlib import Path

import pytest

from ivr.words.prompts import Prompt
from resident_app.languages import SOURCE, load_languages
from resident_app.settings import SettingsError
from tests.conftest import Deployment
from tests.made_up import CARDS, form_of
from tests.strict_client import PATHS

LANGUAGES = load_languages()
OTHERS = [language.code for language in LANGUAGES.on_the_site() if language.code != SOURCE]
SPOKEN = [language.code for language in LANGUAGES.on_the_phone() if language.code != SOURCE]
ENGLISH = re.compile(r"\b(the|and|your|you|for|is|was|with|please|press|date)\b", re.IGNORECASE)
# Where English is intended: the names of languages in the selector.
NAMES = re.compile("|".join(language.native for language in LANGUAGES.values()))


@pytest.mark.parametrize("code", OTHERS)
def test_no_page_holds_english(deployment: Deployment, code: str) -> None:
    client = deployment.client
    pages = [client.get(f"/{code}/{path}") for path in (*PATHS, "nowhere")]
    pages += [client.post(f"/{code}/check", form_of(card)) for card in CARDS]
    pages += [
        client.post(f"/{code}/check", {}),
        client.post(f"/{code}/help", {}),
        client.post(f"/{code}/help", {"reach_by": "email", "email": "a@example.org"}),
        client.post(f"/{code}/help/status", {"reference": "1"}),
        client.post(f"/{code}/help/add", {}),
        client.post(f"/{code}/help/start", {"topic": "renewed"}),
        client.post(f"/{code}/help/contact", {"reach_by": "text", "phone": "1"}),
        client.post(f"/{code}/help/erase", {}),
        client.post(f"/{code}/letter", {"code": "1"}),
        client.post(f"/{code}/letter/file", {"answer": "1"}),
    ]
    for page in pages:
        words = NAMES.sub("", " ".join(page.root.itertext()))
        assert not ENGLISH.findall(words), words


@pytest.mark.parametrize("code", SPOKEN)
def test_every_prompt_is_translated(code: str) -> None:
    language = LANGUAGES[code]
    for prompt in Prompt:
        assert language.spoken(prompt.value) != prompt.value


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("es-419,en;q=0.5", "es"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-TW,en;q=0.1", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("yue", "zh-Hant"),
        ("yue-CN", "zh-Hans"),
        ("zh-yue-HK,en;q=0.5", "zh-Hant"),
        ("arz-EG", "ar"),
        ("en-US-u-ca-gregory", "en"),
        ("tl,en;q=0.5", "fil"),
        ("fr, es;q=0.4, en;q=0.3", "es"),
        ("es;q=0, zh-Hans;q=0.1", "zh-Hans"),
        ("tlh, *;q=0.1", "en"),
        ("es;q=nonsense", "en"),
        ("x" * 5000, "en"),
    ],
)
def test_the_bare_address_goes_by_accept_language(deployment: Deployment, header: str, code: str) -> None:
    response = deployment.client.raw("GET", "/", headers={"Accept-Language": header})
    assert (response.status_code, response.headers["Location"]) == (302, f"/{code}/")
    assert "Accept-Language" in response.headers["Vary"]


def test_nothing_else_goes_by_accept_language(deployment: Deployment) -> None:
    page = deployment.client.get("/es/", headers={"Accept-Language": "en"})
    assert page.root.get("lang") == "es"


def test_a_language_without_a_catalogue_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no compiled site catalogue for es"):
        load_languages(translations=tmp_path)
