"""The pages that are the same for everyone: what they say, and how small they are."""

import gzip
import re

from resident_app.configuration import load_configuration
from resident_app.configuration.office import Organization
from resident_app.site.errors import error_page
from resident_app.site.rendering import STATIC
from tests.conftest import Deployment, DeployWith
from tests.made_up import CARDS, ONCE, form_of
from tests.strict_client import HTML, PATHS

FIGURES = (
    "709 From May 2017 to January 10, 2018: requests from agencies that work on immigration "
    "The most common violation in them was of 8 U.S.C. 1325",
    "104 After January 10, 2018: requests from agencies that may work on immigration, which DOL sent to the "
    "Governor's Office",
    "60% Of those that went to the Governor's Office: approved and released "
    "None of the approved ones was about immigration. The most common crime was narcotics (drugs).",
    "0 After January 10, 2018: requests from ICE with a court order",
)
KEPT = (
    "We do not keep it, and we do not keep your answer.",
    "we count checks and wrong tries for 24 hours. Wrong tries for one card count for 30 days, or 60",
    "The counts are only in memory",
    "keeps a record of each call: the number you call from, when you called and for how long.",
    "It also sees the keys you press and what we say to you, and may keep both.",
    "We cannot erase what a phone company keeps.",
    "They can see the name of this site, when you used it, and how much was sent each way.",
    "Without JavaScript, your browser can keep both.",
    "Your own browser keeps a list of the pages you opened.",
)
CLOSED_PROMISE = re.compile(r"keep nothing|[Nn]othing about your check|nothing is kept|keep that you checked")
ERRORS = {
    403: "This came from another website, so we did not use it. Open the form on this site again",
    404: "We do not have this page.",
    405: "This page cannot be used in this way.",
    410: "This answer is too old to save. Please check your record again. Check my record",
    413: "Your text is too long. We did not get it. Please go back, make it shorter",
    429: "Too many requests came from your network today.",
    500: "Something on our side did not work. Please go back and try again",
    503: "Many people are using this site right now. Please try again in a minute.",
}
BLAMING = re.compile(r"invalid|illegal|forbidden|failed|error", re.IGNORECASE)
TELLING = re.compile(r"\bICE\b|immigra|deport|shared", re.IGNORECASE)


def test_no_title_and_no_address_reveals_anything_in_a_history_list(deployment: Deployment) -> None:
    pages = [deployment.client.get(f"/en/{path}") for path in PATHS]
    pages += [deployment.client.post("/en/check", form_of(card)) for card in CARDS]
    titles = [page.one("title").text for page in pages]
    assert not [title for title in titles if TELLING.search(title)]
    assert not [path for path in PATHS if TELLING.search(path)]
    assert len(set(titles[: len(PATHS)])) == len(PATHS) - 1, (
        "each page has a title of its own, both help forms one"
    )


def test_each_number_stands_once_with_its_period_and_the_year_of_its_publication(
    deployment: Deployment,
) -> None:
    page = deployment.client.get("/en/numbers")
    figures = [" ".join("".join(one.itertext()).split()) for one in page.one("main").iter(f"{HTML}li")]
    for figure, beginning in zip(figures, FIGURES, strict=True):
        assert figure.startswith(beginning)
    assert "DOL published these numbers in 2018." in page.main
    for number in ("709", "104", "60%"):
        assert page.main.count(number) == 1
    widths = [bar.get("width") for bar in page.root.iter() if bar.get("class") == "part"]
    assert widths == ["60%"], "only the share has a scale"


def test_a_number_stands_beside_its_words_in_arabic(deployment: Deployment) -> None:
    page = deployment.client.get("/ar/numbers")
    assert [value.text for value in page.one("main").iter(f"{HTML}bdi")] == ["709", "104", "60%", "0"]


def test_every_language_is_listed_in_its_own_script_and_none_as_reviewed(deployment: Deployment) -> None:
    page = deployment.client.get("/en/languages")
    listed = [link for link in page.one("main").iter(f"{HTML}a") if link.get("hreflang")]
    ours = deployment.context.languages.on_the_site()
    assert [(link.get("lang"), link.text) for link in listed] == [(each.code, each.native) for each in ours]
    assert "廣東話" in page.main
    assert page.main.count("Not checked by a translator yet.") == len(deployment.context.languages) - 1
    assert "Checked by a translator" not in page.main


def test_without_a_card_a_link_leads_to_the_form_with_that_topic(deployment: Deployment) -> None:
    links = {link.get("href") for link in deployment.client.get("/en/check").all("a")}
    assert "/en/help/card" in links
    form = deployment.client.get("/en/help/card")
    chosen = [option.get("value") for option in form.by_id("topic") if "selected" in option.attrib]
    assert chosen == ["card"]
    assert not deployment.client.get("/en/help").by_id("topic")[0].get("selected")


def test_organizations_are_shown_with_where_that_was_read(deploy: DeployWith) -> None:
    deployment = deploy(CARDS)
    for organization in load_configuration().organizations:
        shown = deployment.client.get("/en/questions").main
        assert organization.name in shown
        assert (organization.source.host or "") in shown
    deployment.app.jinja_env.globals["organizations"] = ()
    assert "not part of DOL" not in deployment.client.post("/en/check", form_of(ONCE)).main
    made_up = Organization.model_validate(
        {
            "name": "An Organization",
            "url": "https://organization.example/",
            "phone": "+12065550100",
            "languages": ["es", "so"],
            "serves": "Anyone in the state.",
            "source": "https://source.example/page",
            "read_on": "2026-11-22",
        }
    )
    deployment.app.jinja_env.globals["organizations"] = (made_up,)
    page = deployment.client.post("/en/check", form_of(ONCE))
    for words in ("An Organization", "206-555-0100", "Spanish and Somali", "Anyone in the state."):
        assert words in page.main
    assert "We read this on" in page.main
    assert "source.example" in page.main
    assert "last on November 22, 2026" in page.main


def test_a_first_visit_loads_less_than_40_kb(deployment: Deployment) -> None:
    """Even if nothing is compressed on the way."""
    files = sum((STATIC.path / name).stat().st_size for name in ("site.css", "exit.js", "icon.svg"))
    for language in deployment.context.languages.on_the_site():
        page = deployment.client.get(f"/{language.code}/")
        assert len(page.text.encode()) + files < 40_000
    assert len(gzip.compress((STATIC.path / "site.css").read_bytes())) < 12_000


def test_what_is_kept_and_by_whom_is_said(deployment: Deployment) -> None:
    privacy = deployment.client.get("/en/privacy").main
    for fact in KEPT:
        assert fact in privacy
    home = deployment.client.get("/en/").main
    assert "We do not keep what you enter or your answer" in home
    assert "The phone company keeps a record of your call. It may also keep the keys you press." in home
    for path in PATHS:
        assert not CLOSED_PROMISE.search(deployment.client.get(f"/en/{path}").text), path


def test_an_error_page_names_the_mistake_and_leads_on(deployment: Deployment) -> None:
    for status, beginning in ERRORS.items():
        with deployment.app.test_request_context("/en/check"):
            text = error_page(status).get_data(as_text=True)
        main = text[text.index("<main") : text.index("</main>")]
        words = " ".join(re.sub(r"<[^>]*>", " ", main).split())
        assert words.startswith(beginning)
        assert "360-359-4454" in words, status
        assert 'class="button"' in main, status
        assert not BLAMING.search(words), status
