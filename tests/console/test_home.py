"""My day: what waits for the officer who signed in."""

import re
from datetime import timedelta

from sqlalchemy import event

from tests.console.conftest import Console
from tests.console.office import insert_request
from tests.console.strict_console import ConsolePage


def listed(page: ConsolePage, list_id: str) -> list[int]:
    """Return the ids of the requests in one list of the day, in order."""
    _, _, after = page.text.partition(f'aria-labelledby="{list_id}"')
    section = after.partition("</section>")[0]
    return [int(number) for number in re.findall(r'<th scope="row"><a href="/requests/(\d+)[?"]', section)]


def test_the_day_shows_what_is_overdue_due_given_and_free(console: Console) -> None:
    officer = console.sign_in(languages=("ko",))
    now, day = console.clock(), timedelta(days=1)
    overdue = insert_request(
        console, assigned_to=officer.staff, received_at=now - 9 * day, last_contact_at=now - 9 * day
    )
    due = insert_request(
        console, assigned_to=officer.staff, next_action_at=console.clock(), spoken_language="vi"
    )
    waits = insert_request(console, received_at=now - 5 * day, last_contact_at=now - 5 * day)
    free = insert_request(console)
    other = insert_request(console, spoken_language="vi", written_language="vi")
    page = officer.get("/")
    assert listed(page, "overdue") == [overdue]
    assert listed(page, "due") == [due]
    assert listed(page, "given") == []
    assert "Nobody gave you a request that you have not opened." in page.main
    assert listed(page, "late") == [overdue, waits]
    assert listed(page, "free") == [waits, free]
    assert f"/requests/{other}" not in page.text


def test_who_wrote_comes_first(console: Console) -> None:
    officer = console.sign_in(languages=("ko",))
    wrote = insert_request(console, assigned_to=officer.staff, wrote_at=console.clock())
    unassigned = insert_request(console, wrote_at=console.clock())
    lost = insert_request(console, assigned_to=officer.staff, undelivered_at=console.clock())
    late = console.clock() - timedelta(days=9)
    insert_request(console, assigned_to=officer.staff, received_at=late, last_contact_at=late)
    page = officer.get("/")
    assert page.text.index('aria-labelledby="wrote"') < page.text.index('aria-labelledby="overdue"')
    assert listed(page, "wrote") == [wrote]
    assert listed(page, "unassigned-wrote") == [unassigned]
    assert listed(page, "undelivered") == [lost]


def test_call_backs_until_tonight_come_by_time(console: Console) -> None:
    officer, now, hour = console.sign_in(), console.clock(), timedelta(hours=1)
    later = insert_request(console, next_action_at=now + hour, call_back_officer=officer.staff)
    missed = insert_request(console, next_action_at=now - 3 * hour, call_back_officer=officer.staff)
    insert_request(console, next_action_at=now + 48 * hour, call_back_officer=officer.staff)
    insert_request(console, next_action_at=now + hour, call_back_officer=console.account())
    page = officer.get("/")
    section = page.text.partition('aria-labelledby="call-backs"')[2].partition("</section>")[0]
    assert re.findall(r"/requests/(\d+)#call", section) == [str(missed), str(later)]
    assert section.count("Missed") == 1


def test_newly_yours_is_what_somebody_else_gave_and_the_officer_has_not_opened(console: Console) -> None:
    officer, lead = console.sign_in(languages=("ko",)), console.sign_in("lead")
    given, taken = insert_request(console), insert_request(console)
    lead.send(f"/requests/{given}/assign", {"officer": str(officer.staff)})
    officer.send(f"/requests/{taken}/assign", {"officer": str(officer.staff)})
    assert listed(officer.get("/"), "given") == [given]
    lead.get(f"/requests/{given}")
    assert listed(officer.get("/"), "given") == [given], "the lead looked, not the officer"
    officer.get(f"/requests/{given}")
    assert listed(officer.get("/"), "given") == []
    lead.send(f"/requests/{given}/assign", {"officer": ""})
    lead.send(f"/requests/{given}/assign", {"officer": str(officer.staff)})
    assert listed(officer.get("/"), "given") == [given]


def test_each_list_has_its_count_its_first_requests_and_a_link_to_all_of_them(console: Console) -> None:
    officer = console.sign_in(languages=("ko",))
    for _ in range(7):
        insert_request(console)
    page = officer.get("/")
    assert len(listed(page, "free")) == 5
    [link] = re.findall(r'<a href="([^"]+)">Show all 7: Unassigned, in your languages</a>', page.text)
    queue = officer.get(link.replace("&amp;", "&"))
    assert len(re.findall(r"<tr data-row>", queue.text)) == 7


def test_the_day_names_nobody_and_reads_nothing(console: Console) -> None:
    officer = console.sign_in(languages=("ko",))
    insert_request(console, assigned_to=officer.staff)
    page = officer.get("/")
    assert "Marked" not in page.text
    assert "5550100" not in page.text.replace("-", "").replace(" ", "")


def test_somebody_without_languages_sees_the_whole_office(console: Console) -> None:
    console.account(languages=("ko",))
    long_ago = console.clock() - timedelta(days=9)
    late = insert_request(console, received_at=long_ago, last_contact_at=long_ago)
    wrote = insert_request(console, wrote_at=console.clock())
    for role in ("officer", "lead"):
        page = console.sign_in(role).get("/")
        assert "Your account has no languages, so you see what waits in the whole office." in page.main
        assert listed(page, "unassigned-wrote") == [wrote]
        assert listed(page, "late") == [late]
        assert listed(page, "free") == [wrote, late]


def test_a_lead_sees_what_nobody_here_speaks_and_everybody_who_wrote(console: Console) -> None:
    officer, lead = console.sign_in(languages=("ko", "en")), console.sign_in("lead", languages=("vi",))
    console.account(languages=("am",), active=False)
    amharic = {"spoken_language": "am", "written_language": "am"}
    asked = insert_request(console, **amharic)
    wrote = insert_request(console, wrote_at=console.clock(), **amharic)
    in_korean = insert_request(console, wrote_at=console.clock(), written_language="ko")
    insert_request(console, assigned_to=officer.staff, **amharic)
    page = lead.get("/")
    assert listed(page, "uncovered") == [wrote, asked]
    assert listed(page, "unassigned-wrote") == [wrote, in_korean]
    assert listed(page, "free") == []
    assert listed(officer.get("/"), "unassigned-wrote") == [in_korean]
    assert listed(officer.get("/"), "uncovered") == []
    [link] = re.findall(r'<a href="([^"]+)">Show in the queue: Unassigned, in languages', page.text)
    assert len(re.findall(r"<tr data-row>", lead.get(link.replace("&amp;", "&")).text)) == 2


def test_the_day_takes_as_many_statements_with_many_requests_as_with_one(console: Console) -> None:
    officer = console.sign_in(languages=("ko",))
    insert_request(console, assigned_to=officer.staff)

    def statements() -> int:
        asked: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            asked.append(statement)

        event.listen(console.context.engine, "before_cursor_execute", note)
        officer.get("/")
        event.remove(console.context.engine, "before_cursor_execute", note)
        return len(asked)

    officer.get("/")  # The first page of a session writes when it was used.
    few = statements()
    for _ in range(20):
        insert_request(console, assigned_to=officer.staff)
    assert statements() == few
