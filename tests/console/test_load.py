"""Who has how much, whom a request is offered to first, and distributing what nobody has."""

import re

from sqlalchemy import select

from resident_app.database import reading
from resident_app.intake.request_tables import HelpRequestRow
from tests.console.conftest import Console
from tests.console.office import insert_request
from tests.console.strict_console import ConsolePage


def row_of(page: ConsolePage, name: str) -> list[str]:
    """Return the cells of an officer's row."""
    row = next(row for row in re.findall(r"<tr>.*?</tr>", page.text, re.DOTALL) if f">{name}" in row)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)]


def assignees(console: Console) -> dict[int, int | None]:
    with reading(console.engine) as connection:
        rows = connection.execute(select(HelpRequestRow.id, HelpRequestRow.assigned_to))
        return {row.id: row.assigned_to for row in rows}


def test_the_load_counts_open_wrote_overdue_and_closed(console: Console) -> None:
    ana = console.account(languages=("ko", "vi"), name="Ana")
    now = console.clock()
    long_ago = now.replace(year=now.year - 1)
    insert_request(console, assigned_to=ana, wrote_at=now)
    insert_request(console, assigned_to=ana, received_at=long_ago, last_contact_at=long_ago)
    insert_request(console, assigned_to=ana, state="closed", closed_at=now, outcome="helped")
    insert_request(console, assigned_to=ana, state="closed", closed_at=long_ago, outcome="helped")
    insert_request(console)
    page = console.sign_in("lead").get("/load")
    languages, open_now, wrote, overdue, closed = row_of(page, "Ana")
    assert (languages, open_now, wrote, closed) == ("Korean, Vietnamese", "2", "1", "1")
    assert int(overdue) >= 1
    assert row_of(page, "Nobody")[1] == "1"


def test_who_speaks_the_language_and_has_least_is_offered_first(console: Console) -> None:
    busy = console.account(languages=("ko",), name="Busy")
    console.account(languages=("ko",), name="Free")
    console.account(languages=("ru",), name="Aaron")
    insert_request(console, assigned_to=busy)
    number = insert_request(console)
    page = console.sign_in(name="Zoe").get(f"/requests/{number}")
    options = re.search(r'<select id="officer".*?</select>', page.text, re.DOTALL)
    assert options
    names = re.findall(r'<option value="\d+">([^<]+)</option>', options.group())
    assert names == [
        "Free – speaks Korean, 0 open",
        "Busy – speaks Korean, 1 open",
        "Aaron – 0 open",
        "Zoe – 0 open",
    ]


def test_distributing_shows_first_who_gets_how_many_and_goes_by_language_and_load(console: Console) -> None:
    one, two = console.account(languages=("ko",)), console.account(languages=("ko", "ru"))
    insert_request(console, assigned_to=one)
    korean = [insert_request(console) for _ in range(3)]
    russian = insert_request(console, spoken_language="ru", written_language="ru")
    nobody = insert_request(console, spoken_language="so", written_language="other")
    lead = console.sign_in("lead")
    page = lead.get("/requests/distribute")
    assert "Somali 1" in page.main
    before = assignees(console)
    assert [before[number] for number in (*korean, russian)] == [None] * 4, "a preview changes nothing"
    done = lead.post("/requests/distribute", page.fields)
    assert "4 assigned" in done.main
    after = assignees(console)
    assert after[russian] == two
    assert sorted(after[number] or 0 for number in korean) in ([one, one, two], [one, two, two])
    assert after[nobody] is None
    loads = [list(after.values()).count(officer) for officer in (one, two)]
    assert abs(loads[0] - loads[1]) <= 1, "both have as many"
    undo = re.search(r'href="(/requests/bulk/\d+)"', done.text)
    assert undo
    lead.done(f"{undo.group(1)}/undo", {})
    assert list(assignees(console).values()).count(None) > 1


def test_what_somebody_changed_meanwhile_stays(console: Console) -> None:
    console.account(languages=("ko",))
    other, number = console.account(languages=("ru",)), insert_request(console)
    lead = console.sign_in("lead")
    page = lead.get("/requests/distribute")
    lead.send(f"/requests/{number}/assign", {"officer": str(other)})
    done = lead.post("/requests/distribute", page.fields)
    assert "1 not" in done.main
    assert assignees(console)[number] == other


def test_officers_who_are_left_out_get_nothing(console: Console) -> None:
    away, here = console.account(languages=("ko",)), console.account(languages=("ko",))
    for _ in range(4):
        insert_request(console)
    lead = console.sign_in("lead")
    page = lead.get(f"/requests/distribute?officer={here}")
    lead.post("/requests/distribute", page.fields)
    assert set(assignees(console).values()) == {here}
    assert away


def test_nothing_to_distribute_is_refused(console: Console) -> None:
    assert console.sign_in("lead").post("/requests/distribute", {}).status == 422
