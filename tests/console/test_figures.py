"""The figures page: who waits now comes first, each number opens its requests, a file hides small counts."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from tests.casework.served import Request, store
from tests.casework.test_service_report import at_random, reached
from tests.conftest import NOW
from tests.console.conftest import Console
from tests.console.strict_console import HTML, ConsolePage, StrictConsole

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


def test_the_office_sees_its_own_few_and_a_file_does_not(console: Console) -> None:
    """A lead can open each of the three requests: hiding them on the page would hide that they wait."""
    store(console.engine, [Request(CAME, language="en", called=reached(HOUR))] * 20)
    store(console.engine, [Request(CAME, language="ko")] * 3, first=21)
    lead = console.sign_in("lead")
    page = lead.get("/figures")
    assert words(cells(page, "contact-times-language")["Korean"][0]) == "3"
    assert words(cells(page, "contact-times-language")["English"][0]) == "20"
    named = saved(lead, {"from": "2026-11-01", "to": "2026-11-22"})
    assert named["Everyone"]["came"] == "23"
    assert named["Korean"]["came"] == "fewer than 5"
    assert named["English"]["came"] == "not shown"
    assert named["English"]["median hours to first contact"] == "1.0"
    assert named["Korean"]["median hours to first contact"] == ""


def saved(lead: StrictConsole, period: dict[str, str]) -> dict[str, dict[str, str]]:
    """Save the figures of a period. Returns the file's lines by their name."""
    response = lead.send("/figures.csv", period)
    assert response.mimetype == "text/csv"
    assert response.data.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(StringIO(response.data.decode("utf-8-sig"), newline=""))
    return {row[2]: dict(zip(head, row, strict=True)) for row in rows}


def test_who_waits_now_comes_first_whenever_their_request_came(console: Console) -> None:
    long_ago = NOW - 100 * DAY
    console.account("officer", ["ko"], "Ana")
    console.account("officer", ["ko", "ru"], "Ben")
    store(console.engine, [Request(long_ago, language="ko")] * 2)
    store(console.engine, [Request(NOW - HOUR, language="ko")] * 3, first=3)
    store(console.engine, [Request(NOW - 9 * DAY, language="km", called=reached(HOUR))], first=6)
    store(console.engine, [Request(NOW - HOUR, language="ru", closed=(HOUR,), outcome="helped")], first=7)
    page = console.sign_in("lead").get("/figures")
    assert page.words("waiting-chart") == "Most overdue: Korean, 2"
    row = [words(cell) for cell in cells(page, "waiting-language")["Korean"]]
    assert row == ["2", "5", "5", "5", "100 days", "Ana, Ben"]
    row = [words(cell) for cell in cells(page, "waiting-language")["Khmer"]]
    assert row == ["1", "0", "1", "1", "–", "Nobody here: an interpreter"]
    assert "Russian" not in cells(page, "waiting-language")
    assert page.main.index("Most overdue") < page.main.index("Requests that came from")
    assert page.main.startswith("Figures Waiting now")
    chart = next(one for one in page.all("figure") if one.get("aria-labelledby") == "waiting-chart")
    assert [words(bar) for bar in chart.iter(HTML + "li")] == [
        "Korean 2 overdue, 3 new",
        "Khmer 1 overdue",
    ]


def test_what_waits_now_links_to_its_requests(console: Console) -> None:
    store(console.engine, at_random(200))
    lead = console.sign_in("lead")
    page = lead.get("/figures")
    opened = {}
    for table in ("waiting-language", "waiting-channel"):
        for row in cells(page, table).values():
            for cell in row:
                link = cell.find(HTML + "a")
                if link is not None:
                    opened[link.get("href")] = words(link)
    assert len(opened) > 20
    for address, count in list(opened.items())[::4]:
        (heading,) = lead.get(address).all("h1")
        assert f"{count} request" in words(heading), address


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


def test_a_chart_says_what_is_seen_and_each_of_its_numbers(console: Console) -> None:
    store(console.engine, [Request(CAME, language="en", called=reached(5 * HOUR))] * 20)
    store(console.engine, [Request(CAME, language="ko", called=reached(10 * HOUR))] * 10, first=21)
    page = console.sign_in("lead").get("/figures")
    assert page.words("contact-chart-language") == "Korean speakers wait longest: 10 hours"
    (chart,) = (one for one in page.all("figure") if one.get("aria-labelledby") == "contact-chart-language")
    assert [words(bar) for bar in chart.iter(HTML + "li")] == [
        "Korean 10 hours (10 requests)",
        "English 5 hours (20 requests)",
    ]
    svg = "{http://www.w3.org/2000/svg}"
    lengths = [bar.get("width") for bar in chart.iter(svg + "rect") if bar.get("class") == "length"]
    assert lengths == ["100%", "50%"]
    for one in page.root.iter(svg + "svg"):
        assert one.get("aria-hidden") == "true"
    shown = {name: words(row[1]) for name, row in cells(page, "contact-times-language").items()}
    assert shown == {"Everyone": "5 hours", "English": "5 hours", "Korean": "10 hours"}
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
    assert "waits much longer than the others" not in page.main, "there is nothing to compare"


def test_that_no_language_waits_longer_is_said_only_of_those_that_were_compared(console: Console) -> None:
    asked = [Request(CAME, language="en", called=reached(5 * HOUR))] * 20
    store(console.engine, asked)
    lead = console.sign_in("lead")
    assert "waits much longer than the others" not in lead.get("/figures").main
    store(console.engine, [Request(CAME, language="ko", called=reached(6 * HOUR))] * 2, first=21)
    assert "No language waits much longer than the others." in lead.get("/figures").main
    store(console.engine, [Request(CAME, language="am")] * 3, first=31)
    page = lead.get("/figures").main
    assert "No language waits much longer" not in page
    assert (
        "Amharic may wait much longer: half had a first contact within longer than 10 days;"
        " of everyone else, half within 5 hours. It may be chance: 3 requests in Amharic."
    ) in page


def test_what_cannot_be_compared_is_named(console: Console) -> None:
    store(console.engine, [Request(CAME, language="en", called=reached(5 * HOUR))] * 3)
    store(console.engine, [Request(CAME, language="ko")] * 9, first=11)
    page = console.sign_in("lead").get("/figures").main
    assert "Korean may wait much longer" in page
    assert "had no first contact yet: English." in page


def test_languages_that_are_alike_are_in_the_title_together(console: Console) -> None:
    first = 1
    for code, size in (("en", 6), ("ko", 6), ("am", 1)):
        store(console.engine, [Request(CAME, language=code)] * size, first=first)
        first += size
    store(console.engine, [Request(CAME, language="vi", called=reached(HOUR))] * 6, first=first)
    page = console.sign_in("lead").get("/figures")
    fewest = "Fewest reached: 0% of English and Korean speakers (of those with 5 or more requests)"
    assert page.words("reached-chart") == fewest
    assert page.words("contact-chart-language").startswith("English and Korean speakers wait longest: ")
    assert page.words("waiting-chart").startswith("Most overdue: English, Korean and Vietnamese, 6 each")
    for code in ("ar", "so", "ru"):
        first += 6
        store(console.engine, [Request(CAME, language=code)] * 6, first=first)
    page = console.sign_in("lead").get("/figures")
    assert "0% of speakers of 5 languages" in page.words("reached-chart")


def test_a_file_of_figures_is_in_the_audit_log_with_its_period(console: Console) -> None:
    store(console.engine, [Request(CAME)] * 7)
    lead = console.sign_in("lead", name="Ana")
    fields = lead.get("/figures?period=quarter").fields
    response = lead.send("/figures.csv", {name: fields[name] for name in ("from", "to")})
    name = "figures-2026-10-01-to-2026-11-22.csv"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "Ana saved the figures of Oct 1, 2026 to Nov 22, 2026 as a file." in lead.get("/audit").main
    assert lead.send("/figures.csv", {"from": "x"}).status_code == 303


def test_an_officer_sees_no_figures(console: Console) -> None:
    officer = console.sign_in("officer")
    assert officer.get("/figures").status == 403
    assert officer.send("/figures.csv").status_code == 403
    assert "Figures" not in {words(link) for link in officer.get("/account").all("a")}
    assert "Figures" in {words(link) for link in console.sign_in("lead").get("/account").all("a")}
