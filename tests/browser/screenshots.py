"""Takes a picture of every page in every language: `make screenshots` fills the folder screenshots/."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from resident_app.languages import load_languages
from resident_app.settings import REPOSITORY
from tests.browser.browsing import NARROW, WIDE, Looker, chromium, looking
from tests.browser.site import demonstration_site
from tests.made_up import NEVER, NINE, ONCE
from tests.strict_client import PATHS

CODES = [language.code for language in load_languages().on_the_site()]
FOLDER = REPOSITORY / "screenshots"


def others(person: Looker, code: str, width: int) -> Iterator[tuple[str, Page]]:
    """Pages that no link opens: mistakes, a request and what becomes of it, an error."""
    number = 100_000_000 + width * 100 + CODES.index(code)
    yield "answer-no-match", person.check(code, ONCE, card_number=f"WDL{number}")
    yield "check-mistakes", person.send(f"/{code}/check", {"card_number": "1"})
    yield "help-mistakes", person.send(f"/{code}/help", {"reach_by": "phone", "phone": "1"})
    request = {"reach_by": "phone", "phone": "206 555 0100", "topic": "question"}
    yield "help-received", person.send(f"/{code}/help", request)
    reference = {"reference": person.page.locator("#reference").inner_text()}
    yield "help-status-found", person.send(f"/{code}/help/status", reference)
    yield "help-added", person.send(f"/{code}/help/add", {**reference, "note": "…"})
    yield "help-confirm", person.send(f"/{code}/help/erase", reference)
    person.press("main form button[type=submit]")
    yield "help-erased", person.page
    yield "error", person.open(f"/{code}/nowhere")


def main(codes: list[str]) -> None:
    """Pictures are named by language, page and width."""
    with tempfile.TemporaryDirectory() as instance, demonstration_site(Path(instance)) as server:
        for code in codes or CODES:
            folder = FOLDER / code
            folder.mkdir(parents=True, exist_ok=True)
            for size in (NARROW, WIDE):
                with chromium() as browser, looking(browser, server, viewport=size) as person:
                    for path in PATHS:
                        page = person.open(f"/{code}/{path}")
                        name = path.replace("/", "-") or "home"
                        page.screenshot(path=folder / f"{name}-{size['width']}.png", full_page=True)
                    for kind, card in (("shared", NINE), ("not-shared", NEVER)):
                        page = person.check(code, card)
                        page.screenshot(path=folder / f"answer-{kind}-{size['width']}.png", full_page=True)
                    for name, page in others(person, code, size["width"]):
                        page.screenshot(path=folder / f"{name}-{size['width']}.png", full_page=True)
            sys.stdout.write(f"screenshots/{code}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
