"""An address with another tag for a language leads to the same page in ours, if the page is only read."""

import pytest

from tests.conftest import Deployment
from tests.made_up import ONCE, form_of
from tests.strict_client import PATHS

TAGS = [
    ("EN", "en"),
    ("En", "en"),
    ("en-US", "en"),
    ("en_gb", "en"),
    ("en-US-u-hc-h12", "en"),
    ("eng", "en"),
    ("ES", "es"),
    ("es-MX", "es"),
    ("ES-mx", "es"),
    ("es-419", "es"),
    ("zh", "zh-Hans"),
    ("zh-CN", "zh-Hans"),
    ("zh-hans", "zh-Hans"),
    ("zh-SG", "zh-Hans"),
    ("zh_TW", "zh-Hant"),
    ("zh-hk", "zh-Hant"),
    ("zh-Hant-HK", "zh-Hant"),
    ("zh-Hans-TW", "zh-Hans"),
    ("yue", "zh-Hant"),
    ("yue-Hant", "zh-Hant"),
    ("yue-CN", "zh-Hans"),
    ("cmn-TW", "zh-Hant"),
    ("tl", "fil"),
    ("TL-ph", "fil"),
    ("fil-PH", "fil"),
    ("ar-SA", "ar"),
    ("arz", "ar"),
    ("pa-IN", "pa"),
    ("pa-Arab-PK", "pa"),
    ("ko-KR", "ko"),
    ("KM", "km"),
]
NOT_OURS = [
    "pt-BR",
    "fr",
    "xx",
    "de-DE",
    "e",
    "english",
    "en.html",
    "en--US",
    "wp-admin",
    "index.php",
    "%00",
    "-",
]


@pytest.mark.parametrize(("tag", "code"), TAGS)
def test_another_tag_of_a_language_leads_to_its_pages(deployment: Deployment, tag: str, code: str) -> None:
    for path in ("", "check", "help/status", "letter"):
        for method in ("GET", "HEAD"):
            response = deployment.client.raw(method, f"/{tag}/{path}?from=elsewhere")
            assert (response.status_code, response.headers["Location"]) == (302, f"/{code}/{path}"), path
            assert response.headers["Cache-Control"] == "no-store"
    assert deployment.client.raw("GET", f"/{tag}").headers["Location"] == f"/{code}/"


def test_every_page_is_reached_by_another_tag(deployment: Deployment) -> None:
    for path in PATHS:
        location = deployment.client.raw("GET", f"/Es-Us/{path}").headers["Location"]
        assert location == f"/es/{path}"
        assert deployment.client.get(location).status == 200


@pytest.mark.parametrize("tag", NOT_OURS)
def test_a_language_that_the_site_does_not_have_is_not_guessed(deployment: Deployment, tag: str) -> None:
    for path in ("", "check"):
        assert deployment.client.get(f"/{tag}/{path}").status == 404


def test_an_unknown_page_is_unknown_in_that_language(deployment: Deployment) -> None:
    for path in ("nowhere", "check/more"):
        found = deployment.client.get(f"/ES-mx/{path}")
        assert found.status == 404
        assert found.root.get("lang") == "es"


@pytest.mark.parametrize("tag", ["EN", "es-MX", "zh_TW"])
def test_what_a_form_sent_is_never_sent_on(deployment: Deployment, tag: str) -> None:
    """The answer is that of an unknown page, as long as every answer to a form."""
    usual = deployment.client.post("/en/check", form_of(ONCE)).response
    for path in ("check", "help", "help/status", "letter", "letter/file"):
        found = deployment.client.post(f"/{tag}/{path}", form_of(ONCE))
        assert found.status == 404
        assert "Location" not in found.response.headers
        assert len(found.response.data) == len(usual.data)
        assert ONCE.card_number not in found.text
