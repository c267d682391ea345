"""Discovery: the sitemap, what is not indexed, and security.txt."""

from datetime import datetime, timedelta
from xml.etree import ElementTree

from resident_app.site.discovery import security_contact
from tests.conftest import BASE_URL, Deployment
from tests.made_up import ONCE, form_of

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def test_the_map_leads_to_every_page_in_every_language(deployment: Deployment) -> None:
    response = deployment.client.raw("GET", "/sitemap.xml")
    assert response.mimetype == "application/xml"
    root = ElementTree.fromstring(response.get_data())
    codes = {language.code for language in deployment.context.languages.on_the_site()}
    found = [url.findtext(f"{SITEMAP}loc") for url in root]
    assert len(found) == len(set(found))
    assert len(found) % len(codes) == 0
    for url in root:
        others = {link.get("hreflang"): link.get("href") for link in url.findall(f"{XHTML}link")}
        assert set(others) == codes
        assert url.findtext(f"{SITEMAP}loc") in others.values()
    english = [address for address in found if address and address.startswith(f"{BASE_URL}/en/")]
    for address in english:
        page = deployment.client.get(address.removeprefix(BASE_URL))
        assert page.status == 200
        assert "X-Robots-Tag" not in page.response.headers
        assert page.all("meta")[-1].get("name") == "description"
        alternates = {link.get("hreflang") for link in page.all("link") if link.get("rel") == "alternate"}
        assert alternates == codes
    assert not [address for address in english if "/help" in address]


def test_answers_and_forms_are_not_indexed(deployment: Deployment) -> None:
    client = deployment.client
    pages = [client.get(f"/en/help{path}") for path in ("", "/card", "/status", "/add", "/erase")]
    pages.append(client.post("/en/check", form_of(ONCE)))
    assert {page.response.headers.get("X-Robots-Tag") for page in pages} == {"noindex, nofollow"}
    robots = client.raw("GET", "/robots.txt").get_data(as_text=True)
    assert "Disallow: /en/help\n" in robots
    assert "*/" not in robots
    assert f"Sitemap: {BASE_URL}/sitemap.xml" in robots


def test_security_txt_names_a_contact_and_expires_within_a_year(deployment: Deployment) -> None:
    response = deployment.client.raw("GET", "/.well-known/security.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = [line.split(": ", 1) for line in response.get_data(as_text=True).splitlines()]
    assert ["Contact", "tel:+13603594454"] in fields
    assert ["Canonical", f"{BASE_URL}/.well-known/security.txt"] in fields
    expires = datetime.fromisoformat(next(value for name, value in fields if name == "Expires"))
    assert timedelta() < expires - deployment.clock() < timedelta(days=365)


def test_the_office_s_own_contact_takes_the_place_of_the_line(deployment: Deployment) -> None:
    office = deployment.context.configuration.office
    named = type(office).model_validate(office.model_dump() | {"security_contacts": ["mailto:a@example.gov"]})
    text = security_contact(named, BASE_URL, deployment.clock())
    assert [line for line in text.splitlines() if line.startswith("Contact")] == [
        "Contact: mailto:a@example.gov"
    ]
