"""The demonstration's phone, in a real browser over real servers."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from ivr.words.prompts import Prompt
from ivr.words.pronunciation import pronounce
from ivr.words.spoken_values import render_day
from resident_app.languages import load_languages
from resident_app.register.facts import fold
from resident_app.web.accounts.staff_tables import Role
from tests.browser.browsing import NARROW, WIDE, Looker
from tests.browser.office_site import until
from tests.browser.phones_site import PhonesSite, phones_site
from tests.browser.test_console_day import do, signed_in
from tests.made_up import ONCE

KOREAN = load_languages()["ko"]
MOST_MENUS = 8

# A browser with one Korean voice, which notes what it says and is done at once.
VOICE = """
const spoken = window.spoken = [];
const voice = {lang: "ko-KR", name: "Korean", default: true, localService: true, voiceURI: "ko"};
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
Object.defineProperty(window, "speechSynthesis", {value: {
  getVoices: () => [voice],
  speak: (said) => { spoken.push([said.voice.lang, said.text]); setTimeout(() => said.onend(), 5); },
  cancel: () => {}, addEventListener: () => {},
}});
"""


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhonesSite]:
    with phones_site(tmp_path_factory.mktemp("phones")) as site:
        yield site


@pytest.fixture
def caller(browser: Browser, phones: PhonesSite) -> Iterator[Looker]:
    context = browser.new_context(viewport=NARROW)  # type: ignore[arg-type]
    yield Looker(context, phones.address)
    context.close()


# Whether a line of the newest document matches.
HEARD = """words => {
  const lines = [...document.querySelectorAll("#log li[dir]")];
  const newest = lines.filter((line) => line.dataset.document === lines.at(-1).dataset.document);
  return newest.some((line) => new RegExp(words).test(line.textContent));
}"""


def aloud(prompt: Prompt) -> str:
    """Return a prompt in Korean as it is spoken, with its placeholders."""
    return pronounce(KOREAN.spoken(prompt.value), KOREAN.pronunciation)


def hear(page: Page, prompt: Prompt) -> None:
    """Wait until a prompt is said in Korean, whatever its values are. What comes before it is skipped."""
    parts = re.split(r"%\(\w+\)s", aloud(prompt))
    words = ".+?".join(re.escape(part) for part in parts)

    def is_heard() -> bool:
        if page.is_enabled("#skip"):
            page.click("#skip", timeout=1000)
        return bool(page.evaluate(HEARD, words))

    until(is_heard)


def come_to(page: Page, menu: str) -> None:
    """Wait until the call is at a menu."""
    expect(page.locator("#here")).to_have_text(f"The call is at: {menu}.", timeout=15_000)


def dial(page: Page, number: str = "206-555-0147", **chosen: str) -> None:
    if not page.is_visible("#caller"):
        page.click("#who summary")
    page.fill("#caller", number)
    for name, value in chosen.items():
        page.select_option(f"#{name}", value)
    page.click("#call")
    page.wait_for_selector("#hang-up:not([disabled])")
    page.wait_for_selector("#log li[dir]")


def check_in_korean(page: Page) -> None:
    """Check a card from the language menu on, with the keys of the keyboard and of the page."""
    page.keyboard.press("7")
    come_to(page, "main")
    hear(page, Prompt.MAIN_CHECK)
    page.click(".caller .pad [data-key='1']")
    come_to(page, "card")
    page.keyboard.type(f"{fold(ONCE.card_number)}#")
    come_to(page, "birth")
    for key in f"{ONCE.born_on:%m%d%Y}#":
        page.click(f".caller .pad [data-key='{key}']")
    come_to(page, "birth read")
    hear(page, Prompt.BIRTH_READ)
    page.keyboard.press("1")
    come_to(page, "issue")
    page.keyboard.type(f"{ONCE.issued_on:%m%d%Y}#")
    come_to(page, "issue read")
    page.keyboard.press("1")
    come_to(page, "answer")
    hear(page, Prompt.SHARED_ICE)
    assert render_day(ONCE.disclosures[0].answered_on, KOREAN) in page.inner_text("#log")


def ask_for_a_call_back(page: Page) -> None:
    """From the answer back to the main menu; then 1 is the first choice of each menu, until it is stored."""
    page.keyboard.press("*")
    come_to(page, "main")
    page.keyboard.press("2")
    come_to(page, "call back")
    for _ in range(MOST_MENUS):
        here = page.inner_text("#here")
        if here == "The call is at: received.":
            break
        page.keyboard.press("1")
        expect(page.locator("#here")).not_to_have_text(here, timeout=15_000)
    hear(page, Prompt.RECEIVED)
    assert page.locator("#log li[dir]").last.get_attribute("lang") == "ko"


def test_a_check_and_a_call_back_request_in_korean_that_opens_in_the_console(
    browser: Browser, phones: PhonesSite, caller: Looker
) -> None:
    page = caller.open("/")
    assert caller.findings() == []
    dial(page)
    assert page.locator("#log li[lang=en]").first.is_visible(), "the language menu begins"
    page.check("#stopped")
    check_in_korean(page)
    assert caller.findings() == []
    ask_for_a_call_back(page)
    assert caller.findings() == []
    page.click("#hang-up")
    expect(page.locator("#state")).to_have_text("The call is over.")

    officer = signed_in(browser, phones.console, "Ana", Role.ADMIN)
    opened = officer.open("/requests?language=ko")
    opened.locator("[data-row] th a").first.click()
    opened.wait_for_url("**/requests/*")
    assert "5550147" in re.sub(r"\D", "", opened.inner_text("main"))
    assert "Korean" in opened.inner_text("main")

    do(opened, "Assign to me")
    opened.keyboard.press("c")
    answer(page, "The officer’s phone", "1")
    answer(page, "Your phone", "1")
    opened.wait_for_selector("text=You are talking with the person.")
    assert caller.findings() == []
    own = page.locator(".rung:has-text('Your phone')")
    own.get_by_role("button", name="Hang up").click()
    expect(own.locator(".state")).to_contain_text("The call is over", timeout=10_000)
    officer.context.close()


def answer(page: Page, whose: str, key: str) -> None:
    """A phone rings on the page; it is answered, and a key is pressed."""
    card = page.locator(f".rung:has-text('{whose}')").first
    card.get_by_role("button", name="Answer", exact=True).click(timeout=20_000)
    card.locator(".log li").first.wait_for()
    card.locator(f".pad [data-key='{key}']").click()
    expect(card.locator(".state")).to_have_text("Connected.", timeout=10_000)


def test_the_time_for_a_key_is_the_line_s_and_can_be_stopped(caller: Looker) -> None:
    caller.page.clock.install()
    page = caller.open("/")
    dial(page, language="ko")
    hear(page, Prompt.MAIN_CHECK)
    silence = page.locator("#log .event", has_text="No key was pressed.")
    page.clock.run_for(7000)
    assert silence.count() == 0
    page.check("#stopped")
    page.clock.run_for(60_000)
    assert silence.count() == 0
    page.uncheck("#stopped")
    page.clock.run_for(8500)
    expect(silence).to_have_count(1)
    hear(page, Prompt.NO_INPUT)


def test_keys_that_are_on_their_way_take_no_time_from_the_next_one(caller: Looker) -> None:
    caller.page.clock.install()
    page = caller.open("/")
    dial(page, language="ko")
    come_to(page, "main")
    page.keyboard.press("1")
    come_to(page, "card")
    held: list[Route] = []
    times_up: list[str] = []

    def hold(route: Route) -> None:
        if route.request.post_data_json["key"] == "2":
            held.append(route)
        else:
            route.continue_()

    page.route("**/key", hold)
    page.on("request", lambda sent: times_up.append(sent.url) if sent.url.endswith("/time-is-up") else None)
    page.keyboard.type("12")
    until(lambda: page.locator("#log .pressed").count() and held)
    page.clock.run_for(60_000)
    held[0].continue_()
    until(lambda: times_up or page.inner_text("#countdown"))
    assert times_up == [], "what was keyed so far was sent"


def test_what_is_said_is_spoken_by_a_voice_of_its_language_or_said_to_have_none(caller: Looker) -> None:
    caller.page.add_init_script(VOICE)
    page = caller.open("/")
    dial(page, language="ko")
    page.wait_for_function("() => spoken.length >= 3")
    assert page.evaluate("() => new Set(spoken.map(([lang]) => lang)).size") == 1
    assert page.evaluate("() => spoken[0][0]") == "ko-KR"
    assert page.inner_text("#voices") == ""
    page.click("#hang-up")
    dial(page, language="am")
    expect(page.locator("#voices")).to_have_text(
        "This browser has no voice for አማርኛ. Read the words instead."
    )
    page.uncheck("#aloud")
    expect(page.locator("#voices")).to_have_text("")


def test_a_person_and_closed_hours_can_be_tried(caller: Looker) -> None:
    page = caller.open("/")
    other = page.locator("#time option").nth(1)
    is_open_now = "open" in page.locator("#time option").first.inner_text()
    times = {is_open_now: "", not is_open_now: other.get_attribute("value") or ""}
    dial(page, language="ko", time=times[True])
    come_to(page, "main")
    page.keyboard.press("0")
    ringing = page.locator(".rung.rings:has-text('The office’s phone')")
    expect(page.locator("#rings")).to_have_text("The office’s phone rings.", timeout=10_000)
    assert page.title().startswith("☎")
    ringing.get_by_role("button", name="Busy").click()
    expect(page.locator("#rings")).to_be_hidden()
    page.click("#hang-up")
    dial(page, language="ko", time=times[False])
    come_to(page, "main")
    page.keyboard.press("0")
    hear(page, Prompt.OFFICE_CLOSED)
    assert ringing.count() == 0


def test_a_prompt_that_sounds_wrong_lands_in_the_file(caller: Looker, phones: PhonesSite) -> None:
    page = caller.open("/prompts/ko")
    item = page.locator("[data-prompt=GO_BACK]")
    assert item.locator(".words").inner_text() == KOREAN.spoken(Prompt.GO_BACK.value)
    assert item.locator(".english").inner_text() == Prompt.GO_BACK.value
    item.locator("summary").click()
    item.locator("textarea").fill("“기록” 발음")
    item.get_by_role("button", name="Mark it").click()
    expect(item.locator(".marks li").last).to_have_text("Marked as wrong: “기록” 발음")
    assert caller.findings() == []
    file = phones.console.instance / "sounds-wrong.jsonl"
    assert str(file) in page.inner_text("main")
    marked = json.loads(file.read_text(encoding="utf-8").splitlines()[-1])
    assert (marked["language"], marked["prompt"], marked["note"]) == ("ko", "GO_BACK", "“기록” 발음")
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("code", "size"), [("ar", NARROW), ("ar", WIDE), ("en", WIDE)])
def test_no_page_has_a_finding(caller: Looker, code: str, size: dict[str, int]) -> None:
    caller.page.set_viewport_size(size)  # type: ignore[arg-type]
    page = caller.open("/")
    dial(page, language=code)
    page.click("#skip")
    assert caller.findings() == []
    caller.open(f"/prompts/{code}")
    assert caller.findings() == []
