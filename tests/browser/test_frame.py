"""The frame of every page: what the first screen shows, and the exit control, never over words."""

import pytest
from playwright.sync_api import Browser, Route

from resident_app.languages import load_languages
from tests.browser.browsing import looking
from tests.load.servers import Server

CODES = [language.code for language in load_languages().on_the_site()]
NARROWEST, WIDEST = 320, 1400

# For each width, with the list of languages closed and open: which words the exit control meets at the top of
# a page. Scrolled, a page goes under the bar as a whole: the bar is opaque, as wide as the window and on top.
_OVERLAPS = """
async ([address, narrowest, widest]) => {
    const frame = document.querySelector("iframe");
    await new Promise(done => { frame.onload = done; frame.src = address; });
    const page = frame.contentDocument;
    const top = frame.contentWindow;
    const control = page.querySelector(".exit .now");
    const bar = page.querySelector(".bar");
    const menu = page.querySelector(".languages details");
    const list = menu.querySelector("ul");
    page.querySelectorAll("footer, main > :not(:first-child)").forEach(part => part.remove());
    page.querySelector("main").style.height = "2000px";
    const words = [...page.querySelectorAll("a, summary, button, h1, p, summary b, bdi")].filter(
        one => one !== control && !one.matches(".unseen, .skip"));
    const found = new Set();
    // No word and no control is as narrow as four pixels.
    for (let width = narrowest; width <= widest; width += width < 700 ? 1 : 4) {
        frame.style.width = width + "px";
        for (const open of [false, true]) {
            menu.open = open;
            const exit = control.getBoundingClientRect();
            const room = page.documentElement.clientWidth;
            if (exit.left < 0 || exit.right > room) found.add(`${width}: outside`);
            for (const one of words) {
                if (!open && list.contains(one)) continue;
                const box = one.getBoundingClientRect();
                if (box.width && box.left < exit.right && exit.left < box.right
                    && box.top < exit.bottom && exit.top < box.bottom)
                    found.add(`${width}: ${one.textContent}`);
            }
        }
        top.scrollTo(0, 500);
        const ground = bar.getBoundingClientRect();
        const exit = control.getBoundingClientRect();
        const at = (x, y) => page.elementFromPoint(x, y);
        if (ground.left > 0 || ground.right < page.documentElement.clientWidth || exit.bottom > ground.bottom
            || !bar.contains(at(1, ground.bottom - 1)) || !bar.contains(at(ground.right - 1, 1))
            || at(exit.left + exit.width / 2, exit.top + exit.height / 2) !== control)
            found.add(`${width}: scrolled`);
        top.scrollTo(0, 0);
    }
    if (!/^rgb[(]/.test(top.getComputedStyle(bar).backgroundColor)) found.add("a bar to look through");
    return [...found];
}
"""

_IS_ON_SCREEN = """
([...parts]) => parts.every(selector => {
    const box = document.querySelector(selector).getBoundingClientRect();
    return box.width && box.height && box.top >= 0 && box.bottom <= innerHeight
        && box.left >= 0 && box.right <= innerWidth;
})
"""


def _frameable(route: Route) -> None:
    """Let a page be shown in a frame, whose width can change at once."""
    response = route.fetch()
    kept = {"content-type": response.headers["content-type"]}
    route.fulfill(status=response.status, headers=kept, body=response.body())


def test_the_exit_control_meets_no_words_at_any_width_in_any_language(browser: Browser, site: Server) -> None:
    with looking(browser, site, viewport={"width": WIDEST, "height": 720}) as person:
        person.context.route("**/*", _frameable)
        page = person.open("/en/leave")
        page.evaluate("document.body.innerHTML = '<iframe style=\"height: 600px; border: 0\"></iframe>'")
        found = {code: page.evaluate(_OVERLAPS, [f"/{code}/", NARROWEST, WIDEST]) for code in CODES}
        assert {code: overlaps[:5] for code, overlaps in found.items() if overlaps} == {}


@pytest.mark.parametrize(("width", "height"), [(320, 533), (1280, 720)])
def test_the_first_screen_shows_what_to_do(browser: Browser, site: Server, width: int, height: int) -> None:
    """With the line on top that says that this is a demonstration."""
    with looking(browser, site, viewport={"width": width, "height": height}) as person:
        below = []
        for code in CODES:
            page = person.open(f"/{code}/")
            if not page.evaluate(_IS_ON_SCREEN, ["header .banner", "h1", "main a.button"]):
                below.append(f"{code}: the button of the home page")
            page = person.open(f"/{code}/check")
            if not page.evaluate(_IS_ON_SCREEN, ["h1", "label[for=card_number]", "#card_number"]):
                below.append(f"{code}: the first field of the check")
        assert below == []
