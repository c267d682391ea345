"""Promise 7 on the device: a whole visit, and then everything that Chromium has written is searched for it.

The same visit without a script proves that the search would find it.
"""

import gzip
import json
import shutil
import sqlite3
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from resident_app.register.disclosure import Disclosure
from tests.browser.browsing import NARROW, Looker
from tests.browser.profile import found_in, unsnappied
from tests.browser.site import demonstration_site
from tests.load.servers import Server
from tests.made_up import CARDS, Card
from tests.site.reading_letters import TaggedLetter

QUX = Disclosure(date(2017, 6, 3), "ICE-ERO", "Quxville Post", ("photo",), "1326", "R-QUX-8842")
SHARED = Card("q1", "WDLQXJ7Z93VB", date(1953, 11, 17), date(2016, 10, 21), (QUX,))
NOT_SHARED = Card("q2", "WDLQYK8W42TC", date(1957, 11, 18), date(2014, 10, 22), ())
REQUEST = {
    "reach_by": "phone",
    "phone": "206 555 0183",
    "name": "Zofia Quxley",
    "message": "Quokka wörds 7731",
    "topic": "question",
}
SENT = {
    "card of the answer shared": SHARED.card_number,
    "birth date": "birth_year=1953",
    "issue date": "issue_year=2016",
    "card of the answer not shared": NOT_SHARED.card_number,
    "card of no answer": "WDLQZZ4417XK",
    "mistake": "QQMISTAKE7",
    "name": "Zofia Quxley",
    "phone": "206 555 0183",
    "message": "Quokka wörds 7731",
    "note": "Quokka note 5529",
}
"""What is typed and sent, by its name. The reference and the code of the letter come with the visit."""
SHOWN = {
    "office on the answer": "Quxville Post",
    "request on the answer": "R-QUX-8842",
    "typed, not sent": "Quokka unsent 6605",
}
# Chromium writes its session files 2.5 seconds after a change.
WRITTEN_SECONDS = 4


@pytest.fixture
def marked_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    cards = [*CARDS, SHARED, NOT_SHARED]
    with demonstration_site(tmp_path_factory.mktemp("marked"), cards=cards) as server:
        yield server


@contextmanager
def persistent(browser: Browser, profile: Path, **options: object) -> Iterator[BrowserContext]:
    """A browser that keeps its profile and opens what was open, as on a person's own phone or computer."""
    preferences = profile / "Default" / "Preferences"
    if not preferences.exists():
        preferences.parent.mkdir(parents=True)
        preferences.write_text(json.dumps({"session": {"restore_on_startup": 1}}))
    context = browser.browser_type.launch_persistent_context(
        str(profile),
        headless=False,
        executable_path=shutil.which("chromium"),
        args=["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"],
        # A person's browser may show a page again as it was left.
        ignore_default_args=["--disable-back-forward-cache"],
        viewport=NARROW,
        **options,  # type: ignore[arg-type]
    )
    context.set_default_timeout(30_000)
    try:
        yield context
    finally:
        context.close()


def visit(person: Looker, look: Callable[[dict[str, str]], None]) -> dict[str, str]:
    """Do all that the site offers, and `look` for marks on the way.

    Returns the marks that came with it: the reference and the code of the letter.
    """
    page = person.page
    button = "main form button[type=submit]"
    person.check("en", SHARED, card_number="QQMISTAKE7")
    assert page.locator(".errors").count() == 1
    look({})
    person.check("en", SHARED)
    assert page.locator("main").get_attribute("data-answer") == "shared"
    assert QUX.request in (page.locator("main").text_content() or "")
    with page.expect_download() as download:
        page.locator("form[action$='/letter/file'] button").click()
    code = code_on(download.value.path())
    person.change_language("ar")
    assert page.locator("main").get_attribute("data-answer") == "shared"
    person.check("en", NOT_SHARED)
    assert page.locator("main").get_attribute("data-answer") == "not-shared"
    look({})
    for kind in ["no-match"] * 5 + ["paused"]:
        person.check("en", SHARED, card_number=SENT["card of no answer"])
        assert page.locator("main").get_attribute("data-answer") == kind
    person.send("/en/help", REQUEST | {"phone": "1"})
    person.change_language("ko")
    assert page.locator("#message").input_value() == REQUEST["message"]
    person.send("/en/help", REQUEST)
    reference = page.locator("#reference").inner_text()
    look({})
    person.send("/en/help/status", {"reference": reference})
    page.locator("#note").fill(SENT["note"])
    person.press(button)
    assert page.locator("main").get_attribute("data-done") == "added"
    look({"reference": reference})
    person.send("/en/help/erase", {"reference": reference})
    person.press(button)
    assert page.locator("main").get_attribute("data-done") == "erased"
    person.send("/en/letter", {"code": code})
    assert page.locator("main").get_attribute("data-letter") == "confirmed"
    person.open("/en/help")
    page.locator("#message").fill(SHOWN["typed, not sent"])
    came = {"reference": reference, "code of the letter": code}
    look(came)
    return came


def code_on(letter: Path) -> str:
    text = TaggedLetter(letter.read_bytes()).text
    return text.split("/en/letter:")[1].split("Both codes prove this.")[0].replace("¹", "").strip()


def the_other_site(context: BrowserContext) -> None:
    """Serve a page of our own in place of the site that the exit control leads to."""
    context.route(
        "**/en/exit", lambda route: route.fulfill(body="<title>Weather</title>", content_type="text/html")
    )


def test_nothing_is_left_in_the_profile(browser: Browser, marked_site: Server, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with persistent(browser, profile) as context:
        the_other_site(context)
        person = Looker(context, f"http://127.0.0.1:{marked_site.port}")

        def look(came: dict[str, str]) -> None:
            time.sleep(WRITTEN_SECONDS)
            assert found_in(profile, SENT | SHOWN | came) == {}, "during the visit"

        marks = SENT | SHOWN | visit(person, look)
        assert list(profile.glob("Default/Sessions/*")), "the browser writes session files"
        person.check("en", SHARED)
        person.page.locator(".exit .now").click()
        person.page.wait_for_url("**/en/exit")
        time.sleep(WRITTEN_SECONDS)
        assert found_in(profile, marks) == {}, "after the exit control"
        person.check("en", SHARED)
    assert found_in(profile, marks) == {}, "after the browser was closed"
    addresses = {"an address": f"127.0.0.1:{marked_site.port}/en/check"}
    assert found_in(profile, addresses), "the search finds the page that was opened"
    with persistent(browser, profile) as context:
        time.sleep(WRITTEN_SECONDS)
        urls = [page.url for page in context.pages]
        assert any(url.endswith("/en/check") for url in urls), "the browser opens what was open"
        for page in context.pages:
            assert page.locator("[data-answer]").count() == 0, "an answer comes back with the tab"
            assert page.evaluate(
                "[...document.querySelectorAll('input:not([type=hidden])')].every(one => !one.value)"
            )
    assert found_in(profile, marks) == {}, "after another start"


def test_without_a_script_the_search_finds_it(browser: Browser, marked_site: Server, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with persistent(browser, profile, java_script_enabled=False) as context:
        the_other_site(context)
        person = Looker(context, f"http://127.0.0.1:{marked_site.port}")
        found: dict[str, set[str]] = {}

        def look(came: dict[str, str]) -> None:
            time.sleep(WRITTEN_SECONDS)
            for name, files in found_in(profile, SENT | came).items():
                found.setdefault(name, set()).update(files)

        marks = SENT | visit(person, look)
    assert set(found) == set(marks)
    assert all(any("Sessions" in file for file in files) for files in found.values())
    assert found_in(profile, marks), "and after the browser was closed"


MARK = "Quokka wörds 7731"


def snappy(text: bytes) -> bytes:
    """Compress, with a copy: `text` twice."""
    assert 60 < 2 * len(text) < 128
    literal = bytes([len(text) - 1 << 2]) + text
    return bytes([2 * len(text)]) + literal + bytes([(len(text) - 1 << 2) | 2]) + struct.pack("<H", len(text))


def leveldb_table(block: bytes, kind: int) -> bytes:
    """A table with one block, and an index of one entry (LevelDB, doc/table_format.md)."""
    stored = block + bytes([kind]) + bytes(4)
    handle = bytes([0, len(block)])
    entries = bytes([0, 1, len(handle)]) + b"k" + handle
    index = entries + struct.pack("<II", 0, 1)
    footer = bytes([0, 0, len(stored), len(index)]).ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")
    return stored + index + bytes(5) + footer


def sqlite_with_journal(folder: Path, text: str) -> None:
    path = folder / "database"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (x TEXT)")
    connection.execute("INSERT INTO t VALUES (?)", (zlib.compress(text.encode()),))
    connection.commit()
    for part in ("database", "database-wal"):
        shutil.copy(folder / part, folder / part.replace("database", "copy"))
    connection.close()
    path.unlink()


def fragmented_log(text: bytes) -> bytes:
    """A record that lies across two blocks (LevelDB, doc/log_format.md)."""
    first = 32_768 - 7 - 7 - 10
    head = bytes(4) + struct.pack("<HB", first, 1) + b"x" * first
    begin = bytes(4) + struct.pack("<HB", 10, 2) + text[:10]
    return head + begin + bytes(4) + struct.pack("<HB", len(text) - 10, 4) + text[10:]


WRITTEN = {
    "utf-8": MARK.encode(),
    "utf-16": MARK.encode("utf-16-le"),
    "form": b"message=Quokka+w%C3%B6rds+7731",
    "address": b"message=Quokka%20w%c3%b6rds%207731",
    "json": json.dumps(MARK).encode(),
    "base64": b"dFF1b2trYSB3w7ZyZHMgNzczMQ==",
    "gzip": b"before" + gzip.compress(MARK.encode()) + b"after",
    "zlib": b"before" + zlib.compress(MARK.encode(), 9) + b"after",
    "block.ldb": leveldb_table(snappy(f"Quokka wörds 7731 {'.' * 15}".encode()), 1),
    "plain.ldb": leveldb_table(MARK.encode(), 0),
    "000003.log": fragmented_log(MARK.encode()),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_the_search_finds_each_spelling(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(WRITTEN[name])
    assert found_in(tmp_path, {"message": MARK}) == {"message": {name}}
    assert found_in(tmp_path, {"message": "Quokka wörds 8731"}) == {}


def test_the_search_finds_what_is_in_a_zip_or_only_in_a_journal(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", MARK)
    sqlite_with_journal(tmp_path, MARK)
    found = found_in(tmp_path, {"message": MARK})["message"]
    assert {"zip", "copy"} <= found


def test_snappy_repeats_what_it_copies() -> None:
    assert unsnappied(snappy(b"a" * 40)) == b"a" * 80
    assert unsnappied(bytes([10, 0, ord("a"), (8 << 2) | 2, 1, 0])) == b"a" * 10
