"""A real browser over a real server, and what it saw of each page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.load.servers import Server
from tests.made_up import Card, form_of

NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8") + ";0"
_WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

_FINDINGS = """
async ([tags, contrast]) => {
    const axed = await axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'],
                                rules: {'color-contrast': {enabled: contrast}}});
    const found = axed.violations.map(one => `${one.id}: ${one.nodes[0].target}`);
    const root = document.documentElement;
    for (const [size, kind] of [['', ''], ['200%', ' when text is twice as large']]) {
        root.style.fontSize = size;
        const pixels = root.scrollWidth - root.clientWidth;
        if (pixels > 0) found.push(`${pixels} pixels too wide${kind}`);
    }
    root.style.fontSize = '';
    return found;
}
"""
_FILL = """
form => Object.entries(form).filter(([name, value]) => {
    const fields = [...document.querySelectorAll(`main form [name="${name}"]`)];
    const chosen = fields.find(one => ['radio', 'checkbox'].includes(one.type) && one.value === value);
    const field = chosen || fields[0];
    if (!field || field.disabled) return true;
    if (chosen) chosen.checked = true;
    else field.value = value;
    for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {bubbles: true}));
    return field.value !== value;
}).map(([name]) => name)
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium if it is there, else Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@dataclass
class Looker:
    """One person at the site: opens pages, and notes what a page must not do."""

    context: BrowserContext
    address: str
    noted: list[str] = field(default_factory=list)
    types: bool = True
    """Fill in a form as a person does, field by field; False: at once, by a script, where only the next page
    matters."""

    def __post_init__(self) -> None:
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self.noted.append(f"script error: {error}"))
        self.page.on("request", self._see)

    def _hear(self, kind: str, text: str) -> None:
        """Note errors, except the status of a refusal, which is no error of the page."""
        if kind in ("error", "warning") and "the server responded with a status of 4" not in text:
            self.noted.append(f"console: {text}")

    def _see(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.noted.append(f"another host: {request.url}")

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}")
        return self.page

    def send(self, path: str, form: dict[str, str]) -> Page:
        """Fill in the form at `path` and send it."""
        self.open(path)
        if self.types:
            self._type(form)
        else:
            missing = self.page.evaluate(_FILL, form)
            assert missing == [], f"{path} has no fields {missing}"
        return self.press("main form button[type=submit]")

    def _type(self, form: dict[str, str]) -> None:
        for name, value in form.items():
            field_ = self.page.locator(f"main form [name={name}]").first
            if field_.evaluate("element => element.tagName") == "SELECT":
                field_.select_option(value)
            elif field_.get_attribute("type") in ("radio", "checkbox"):
                self.page.locator(f"main form [name={name}][value={value}]").check()
            else:
                field_.fill(value)

    def press(self, selector: str) -> Page:
        """Press a button that sends a form, and wait for what answers: a page, or a body in place."""
        self.page.evaluate("document.body.dataset.before = ''")
        self.page.locator(selector).first.click()
        self.page.wait_for_selector("body:not([data-before])")
        return self.page

    def change_language(self, code: str) -> Page:
        """Choose another language in the list on top of the page."""
        self.page.locator(".languages summary").click()
        return self.press(f".languages li [lang={code}]")

    def check(self, language: str, card: Card, **changes: object) -> Page:
        return self.send(f"/{language}/check", form_of(card, **changes))

    def findings(self, *, contrast: bool = True) -> list[str]:
        """What is wrong with the page: accessibility, width (large text too), console, hosts, cookies.

        Contrast takes axe longest, and does not depend on the language.
        """
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        found: list[str] = self.page.evaluate(_FINDINGS, [_WCAG_2_2_AA, contrast])
        if self.context.cookies():
            found.append("a cookie")
        found += self.noted
        self.noted.clear()
        return found

    def too_wide(self) -> int:
        """By how many pixels the page must be scrolled sideways."""
        return int(
            self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        )


@contextmanager
def looking(browser: Browser, server: Server, **options: object) -> Iterator[Looker]:
    context = browser.new_context(**{"viewport": NARROW, **options})  # type: ignore[arg-type]
    yield Looker(context, f"http://127.0.0.1:{server.port}")
    context.close()
