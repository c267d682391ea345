"""A long message: its beginning on the request's page, all of it on a page of its own."""

import re

from tests.console.conftest import Console
from tests.console.office import insert_request, write


def test_a_long_message_does_not_fill_the_page_of_its_request(console: Console) -> None:
    """As seen: an email of a megabyte was printed twice, and the page had two megabytes."""
    insert_request(console)
    officer = console.sign_in()
    entry = write(console, "Please help. " + "wörd " * 200_000 + "the very end")
    page = officer.get("/requests/1")
    assert "Please help." in page.words("person")
    assert "the very end" not in page.text
    assert len(page.text) < 100_000
    assert set(re.findall(r'href="(/requests/1/messages/\d+)"', page.text)) == {
        f"/requests/1/messages/{entry}"
    }
    assert "the very end" in officer.get(f"/requests/1/messages/{entry}").main


def test_only_a_message_of_the_request_is_shown(console: Console) -> None:
    for _ in range(2):
        insert_request(console)
    officer = console.sign_in()
    entry = write(console, "Please help.")
    assert "Please help." in officer.get(f"/requests/1/messages/{entry}").main
    officer.done("/requests/1/act", officer.get("/requests/1").fields | {"note": "a note"})
    for address in (f"2/messages/{entry}", f"1/messages/{entry + 1}", "1/messages/0", "9/messages/1"):
        assert officer.get(f"/requests/{address}").status == 404, address
