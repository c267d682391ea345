"""Phone numbers within words of config/ are links that can be called, in every language."""

import re

import pytest

from resident_app.configuration import load_configuration
from resident_app.site.phone_links import with_phone_links
from tests.conftest import Deployment
from tests.made_up import CARDS, ONCE, form_of
from tests.strict_client import HTML, PATHS

NUMBER = re.compile(r"(?<![0-9])(?:[0-9]{3}-[0-9]{3}-[0-9]{4}|[2-9]-1-1)(?![0-9])")
LINK = re.compile(r'<a class="phone" href="tel:([^"]+)" dir="ltr">([^<]+)</a>')


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("In King County, call 2-1-1.", [("211", "2-1-1")]),
        ("Dial 711, then 360-359-4454", [("711", "711"), ("+13603594454", "360-359-4454")]),
        ("请拨打2-1-1。", [("211", "2-1-1")]),
        ("2-1-1로 전화하십시오", [("211", "2-1-1")]),
        ("اتصل بالرقم 2-1-1.", [("211", "2-1-1")]),
        ("Call or text 988, or 9-1-1!", [("988", "988"), ("911", "9-1-1")]),
        (
            "(888) 201-1014 or +52 55 5555 5555",
            [("+18882011014", "(888) 201-1014"), ("+525555555555", "+52 55 5555 5555")],
        ),
        ("1-888-201-1014: free", [("+18882011014", "1-888-201-1014")]),
        ("About 211,000 people; $211; 3.211; 4211; A211; 211%", []),
        ("On 2017-11-11 there were 709", []),
        ("8 U.S.C. 1325", []),
        ("", []),
    ],
)
def test_numbers_become_links(text: str, links: list[tuple[str, str]]) -> None:
    html = with_phone_links(text)
    assert LINK.findall(html) == links
    assert html.striptags() == text.strip()


def test_words_of_config_cannot_be_markup() -> None:
    assert with_phone_links("<b>2-1-1</b> & more").startswith("&lt;b&gt;<a")


@pytest.mark.parametrize("code", ["en", "ar"])
def test_every_number_to_call_is_a_link(deployment: Deployment, code: str) -> None:
    pages = [deployment.client.get(f"/{code}/{path}") for path in (*PATHS, "nowhere")]
    pages += [deployment.client.post(f"/{code}/check", form_of(card)) for card in CARDS]
    for page in pages:
        body = page.one("body")
        linked = [link for link in body.iter(f"{HTML}a") if link.get("href", "").startswith("tel:")]
        assert all(link.get("dir") == "ltr" and "phone" in link.get("class", "") for link in linked)
        shown, called = (" ".join(" ".join(part.itertext()) for part in parts) for parts in ([body], linked))
        assert len(NUMBER.findall(shown)) == len(NUMBER.findall(called)) > 0


def test_a_number_of_an_organization_is_a_link_in_every_language(deployment: Deployment) -> None:
    clear = next(one for one in load_configuration().organizations if "2-1-1" in one.serves)
    for language in deployment.context.languages.on_the_site():
        page = deployment.client.post(f"/{language.code}/check", form_of(ONCE))
        links = [link for link in page.one("main").iter(f"{HTML}a") if link.get("href") == "tel:211"]
        assert [link.text for link in links] == ["2-1-1"], language.code
        assert "2-1-1" in language.text(clear.serves)
