"""The figures page: figures link to their requests, small counts are hidden, unequal service comes first."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.casework.served import Request, store
from tests.casework.test_service_report import at_random, reached
from tests.conftest import NOW
from tests.console.conftest import Console
from tests.console.strict_console import HTML, ConsolePage

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CAME = NOW - 10 * DAY


def cells(page: ConsolePage, table: str) -> dict[str, list[Any]]:
    """Return a table's rows by their heading."""
    caption = page.by_id(table)
    (found,) = [one for one in page.all("table") if caption in list(one)]
    return {words(row.find(HTML + "th")): row.findall(HTML + "td") for row in found.find(HTML + "tbody")}


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def test_each_figure_links_to_its_requests(console: Console) -> None:
    store(console.engine, at_random(300))
    lead = console.sign_in("lead")
    page = lead.get("/figures")
    opened = {}
    for table in ("contact-times-language", "outcomes-language", "contact-times-way", "outcomes-way"):
        for row in cells(page, table).values():
            for cell in row:
                link = cell.find(HTML + "a")
                if link is not None and words(link).replace(",", "").isdigit():
                    opened[link.get("href")] = words(link)
    assert len(opened) > 40
    for address, count in list(opened.items())[::5]:
        (heading,) = lead.get(address).all("h1")
        assert f"{count} request" in words(heading), address


def test_a_time_and_a_share_link_to_their_requests(console: Console) -> None:
    store(console.engine, [Request(CAME, called=reached(HOUR))] * 8 + [Request(CAME)] * 8)
    row = cells(console.sign_in("lead").get("/figures"), "contact-times-language")["Korean"]
    came, median, ninetieth, *_, reached_, share = [words_and_list(cell) for cell in row]
    assert (came[0], median[0], ninetieth[0]) == ("16", "1 hour", "longer than 10 days")
    assert came[1] == median[1] == ninetieth[1]
    assert (reached_[0], share[0]) == ("8", "50%")
    assert reached_[1] == share[1]


def words_and_list(cell: Any) -> tuple[str, str]:
    link = cell.find(HTML + "a")
    return words(cell), "" if link is None else link.get("href")


def test_a_hidden_figure_has_no_link(console: Console) -> None:
    store(console.engine, [Request(CAME, language="en", called=reached(HOUR))] * 20)
    store(console.engine, [Request(CAME, language="ko")] * 3, first=21)
    page = console.sign_in("lead").get("/figures")
    row = cells(page, "contact-times-language")["Korean"]
    assert words(row[0]) == "fewer than 5"
    assert not [link for cell in row for link in cell.iter(HTML + "a")]
    assert words(cells(page, "contact-times-language")["English"][0]) == "not shown"
    for link in page.all("a"):
        assert "spoken=ko" not in link.get("href")


def test_unequal_service_comes_first_and_in_words(console: Console) -> None:
    store(console.engine, [Request(CAME, language="en", called=reached(5 * HOUR))] * 20)
    store(console.engine, [Request(CAME, language="ko", called=reached(3 * DAY))] * 10, first=21)
    page = console.sign_in("lead").get("/figures")
    said = (
        "Korean waits much longer: half had a first contact within 3 days;"
        " of everyone else, half within 5 hours."
    )
    assert said in page.main
    assert page.main.index(said) < page.main.index("How long people wait")


def test_bars_are_hidden_from_screen_readers_and_repeat_a_number(console: Console) -> None:
    store(console.engine, [Request(CAME, language="en", called=reached(5 * HOUR))] * 20)
    store(console.engine, [Request(CAME, language="ko", called=reached(10 * HOUR))] * 10, first=21)
    page = console.sign_in("lead").get("/figures")
    rows = cells(page, "contact-times-language")
    assert {name: words(row[1]) for name, row in rows.items()} == {
        "Everyone": "5 hours",
        "English": "5 hours",
        "Korean": "10 hours",
    }
    svg = "{http://www.w3.org/2000/svg}"
    for one in page.root.iter(svg + "svg"):
        assert one.get("aria-hidden") == "true"
    assert [bar.get("width") for bar in rows["English"][1].iter(svg + "rect")] == ["100%", "50%"]
    for table in page.all("table"):
        assert table.find(HTML + "caption") is not None
        assert all(head.get("scope") in ("col", "row") for head in table.iter(HTML + "th"))


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ("", "2026-10-24", "2026-11-22"),
        ("period=quarter", "2026-10-01", "2026-11-22"),
        ("period=last-quarter", "2026-07-01", "2026-09-30"),
        ("period=year", "2026-01-01", "2026-11-22"),
        ("period=last-year", "2025-01-01", "2025-12-31"),
        ("from=2026-11-01&to=2026-11-02", "2026-11-01", "2026-11-02"),
        ("period=dates&from=2026-11-01&to=2030-01-01", "2026-11-01", "2026-11-22"),
        ("period=year&from=2026-11-01&to=2026-11-02", "2026-01-01", "2026-11-22"),
        ("period=nonsense", "2026-10-24", "2026-11-22"),
    ],
)
def test_periods(console: Console, query: str, since: str, until: str) -> None:
    store(console.engine, [Request(CAME)] * 5)
    page = console.sign_in("admin").get(f"/figures?{query}")
    assert page.status == 200
    assert (page.fields["from"], page.fields["to"]) == (since, until)


@pytest.mark.parametrize(
    "query",
    [
        "from=&to=",
        "from=2026-11-02&to=2026-11-01",
        "from=2026-11-23&to=2026-11-30",
        "from=0001-01-01&to=2026-11-01",
        "from=x&to=9999-99-99",
        "period=dates",
    ],
)
def test_an_invalid_period_gets_a_message(console: Console, query: str) -> None:
    page = console.sign_in("lead").get(f"/figures?{query}")
    assert page.status == 422
    assert page.main.startswith("Please correct this")


def test_a_period_without_requests(console: Console) -> None:
    page = console.sign_in("lead").get("/figures")
    assert words(cells(page, "contact-times-language")["Everyone"][0]) == "0"
    assert "No language waits much longer" in page.main


def test_the_csv_address_leads_to_an_export(console: Console) -> None:
    lead = console.sign_in("lead")
    response = lead.raw("GET", "/figures.csv?period=quarter")
    assert response.status_code == 303
    asked = urlsplit(response.headers["Location"])
    assert asked.path == "/exports"
    assert parse_qs(asked.query) == {"kind": ["figures"], "from": ["2026-10-01"], "to": ["2026-11-22"]}
    assert lead.get(response.headers["Location"]).status == 200


def test_an_officer_sees_no_figures(console: Console) -> None:
    officer = console.sign_in("officer")
    assert officer.get("/figures").status == 403
    assert officer.get("/figures.csv").status == 403
    assert "Figures" not in {words(link) for link in officer.get("/account").all("a")}
    assert "Figures" in {words(link) for link in console.sign_in("lead").get("/account").all("a")}
