"""What a browser does with an answer: its padding is not seen, and no answer loads anything of its own."""

import re

import pytest
from playwright.sync_api import Browser, Request, Route

from tests.browser.browsing import NARROW, looking
from tests.load.servers import Server
from tests.made_up import NEVER, NINE, ONCE, form_of


def without_padding(route: Route) -> None:
    if route.request.method != "POST":
        route.continue_()
        return
    response = route.fetch()
    body = response.body()
    bare = re.sub(rb"<!-- +-->$", b"", body)
    assert len(bare) < len(body)
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    route.fulfill(status=response.status, headers=headers, body=bare)


@pytest.mark.parametrize("code", ["en", "ar", "ja"])
def test_the_padding_is_not_seen(browser: Browser, site: Server, code: str) -> None:
    pictures = []
    for is_padded in (True, False):
        with looking(browser, site, viewport=NARROW) as person:
            if not is_padded:
                person.context.route(f"**/{code}/check", without_padding)
            page = person.check(code, NINE)
            assert page.locator("main[data-answer=shared]").count() == 1
            pictures.append(page.screenshot(full_page=True))
    assert pictures[0] == pictures[1]


def test_every_answer_makes_the_browser_ask_for_the_same(browser: Browser, site: Server) -> None:
    """Each in a browser of its own, from the sending of the form on."""
    forms = {
        "shared": ("/en/check", form_of(NINE)),
        "shared once": ("/en/check", form_of(ONCE)),
        "not shared": ("/en/check", form_of(NEVER)),
        "no match": ("/en/check", form_of(NEVER, card_number="WDLNOBODY001")),
        "a mistake": ("/en/check", {"card_number": "1"}),
        "a mistake in help": ("/en/help", {"reach_by": "phone", "phone": "1"}),
        "help": ("/en/help", {"reach_by": "phone", "phone": "206 555 0100"}),
        "a status": ("/en/help/status", {"reference": "1"}),
        "a letter's code": ("/en/letter", {"code": "x"}),
    }
    asked_for = {}
    for what, (path, form) in forms.items():
        requests: list[Request] = []

        def note(request: Request, into: list[Request] = requests) -> None:
            into.append(request)

        with looking(browser, site) as person:
            person.context.on("request", note)
            person.send(path, form).wait_for_load_state("networkidle")
        sent = next(at for at, request in enumerate(requests) if request.method == "POST")
        asked_for[what] = [f"{request.method} {request.url}" for request in requests[sent + 1 :]]
    assert len({tuple(urls) for urls in asked_for.values()}) == 1, asked_for
