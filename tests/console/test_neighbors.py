"""From a view of the queue one goes on to its next request, also after an action that takes one out of it."""

from tests.console.conftest import Console
from tests.console.office import insert_request
from tests.console.strict_console import ConsolePage


def links(page: ConsolePage) -> dict[str, str]:
    return {link.get("rel"): link.get("href") for link in page.all("a") if link.get("rel")}


def test_previous_and_next_follow_the_view(console: Console) -> None:
    numbers = [insert_request(console) for _ in range(3)]
    insert_request(console, spoken_language="es")
    officer = console.sign_in()
    queue = officer.get("/requests?language=ko")
    opened = [row.get("href") for row in queue.all("a") if (row.get("href") or "").startswith("/requests/")]
    opened = [address for address in opened if "view=" in address]
    assert len(opened) == len(numbers)
    first = officer.get(opened[0])
    assert "prev" not in links(first)
    second = officer.get(links(first)["next"])
    assert links(second)["prev"] == opened[0]
    third = officer.get(links(second)["next"])
    assert "next" not in links(third)


def test_next_works_when_the_request_left_the_view(console: Console) -> None:
    for _ in range(3):
        insert_request(console)
    officer = console.sign_in(name="Ana")
    queue = officer.get("/requests?officer=none")
    [first, second, _] = [link.get("href") for link in queue.all("a") if "view=" in (link.get("href") or "")]
    page = officer.get(first)
    [assign] = {address for address in page.actions if "/assign" in address}
    assert "view=" in assign
    page = officer.done(assign, {"officer": str(officer.staff)})
    assert page.main.index("Assigned to Ana.") >= 0
    number = second.partition("?")[0]
    assert links(page)["next"].partition("?")[0] == number


def test_an_address_without_a_view_or_with_nonsense_has_none(console: Console) -> None:
    number = insert_request(console)
    officer = console.sign_in()
    for query in ("", "?view=&at=x", f"?view={'x' * 500}&at=1"):
        assert "Back to the queue" not in officer.get(f"/requests/{number}{query}").main
    assert officer.get(f"/requests/{number}?view=state%3Dnonsense&at=99999").status == 200
