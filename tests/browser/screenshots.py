"""Takes a picture of every page in every language: `make screenshots` fills the folder screenshots/."""

import sys
import tempfile
from pathlib import Path

from resident_app.languages import load_languages
from resident_app.settings import REPOSITORY
from tests.browser.browsing import NARROW, WIDE, chromium, looking
from tests.browser.site import demonstration_site
from tests.made_up import NEVER, NINE, ONCE
from tests.strict_client import PATHS

FOLDER = REPOSITORY / "screenshots"


def main(codes: list[str]) -> None:
    """Pictures are named by language, page and width."""
    with tempfile.TemporaryDirectory() as instance, demonstration_site(Path(instance)) as server:
        for code in codes or [language.code for language in load_languages().on_the_site()]:
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
                    page = person.check(code, ONCE, card_number="WDL000000000")
                    page.screenshot(path=folder / f"answer-no-match-{size['width']}.png", full_page=True)
            sys.stdout.write(f"screenshots/{code}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
