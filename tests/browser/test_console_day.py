"""A day at the console, in a real browser: a request by phone in Korean, from the call to the close."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page

from resident_app.clock import utc_now
from resident_app.configuration import load_configuration
from resident_app.web.accounts.staff_tables import Role
from tests.browser.browsing import NARROW, WIDE, Looker
from tests.browser.console_site import ConsoleSite
from tests.browser.office_site import OfficeSite, office_site, until
from tests.browser.test_console_sign_in import add_authenticator, choose_password, findings
from tests.casework.made_up_files import SQUARE, pdf

RESIDENT, OFFICER, INTERPRETER = "+12065550147", "+13605550123", "+12065550144"
CHOOSE_AT_ONCE = """name => document.addEventListener("htmx:afterSwap", () => {
    const list = document.getElementById("template");
    list.value = name;
    list.dispatchEvent(new Event("change", {bubbles: true}));
}, {once: true})"""
"""Choose a template in the instant in which the page shows the one chosen before it."""
PAGES = (
    "/",
    "/outbox",
    "/replies",
    "/templates",
    "/call-backs",
    "/interpreters",
    "/interpreters/new",
    "/requests/new",
    "/figures",
    "/exports",
    "/exports?kind=requests&state=open",
    "/audit",
    "/audit/readings",
    "/retention",
    "/approvals",
    "/keys",
    "/staff",
    "/account",
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeSite]:
    with office_site(tmp_path_factory.mktemp("office")) as site:
        yield site


def signed_in(browser: Browser, console: ConsoleSite, name: str, role: Role) -> Looker:
    """Sign a new officer in, with a passkey and a phone, who speaks Korean."""
    person = Looker(browser.new_context(viewport=WIDE), console.address)  # type: ignore[arg-type]
    add_authenticator(person.page)
    choose_password(person, console.set_up_link(f"{name}@office.example.gov", role, name))
    person.page.click("text=Set up a passkey")
    person.page.click("text=Make the passkey")
    person.page.wait_for_selector("#codes")
    person.open("/account")
    person.page.fill("#name", name)
    person.page.fill("#phone", OFFICER)
    person.page.check("[name=languages][value=ko]")
    person.page.locator("form:has(#phone) button[type=submit]").first.click()
    person.page.wait_for_selector("[role=status]")
    return person


@pytest.fixture
def come_in(browser: Browser, office: OfficeSite) -> Iterator[object]:
    """Sign new officers in, each with a passkey and a phone."""
    contexts = []

    def come_in(name: str, role: Role = Role.OFFICER) -> Looker:
        person = signed_in(browser, office.console, name, role)
        contexts.append(person.context)
        return person

    yield come_in
    for context in contexts:
        context.close()


def by_phone_in_korean(office: OfficeSite) -> None:
    """Korean, help, call back to this number, in the morning, no voice messages."""
    phone = office.ring(RESIDENT)
    for key in ("7", "2", "1", "1", "2"):
        phone.press(key)
    phone.hang_up()


def do(page: Page, words: str = "Save") -> None:
    # The form of a request has other panels with buttons before it.
    is_request = words == "Save" and page.locator("#act-button").count() > 0
    page.click("#act-button" if is_request else f"button:has-text('{words}')")
    page.wait_for_load_state()


def list_an_interpreter(person: Looker) -> None:
    page = person.open("/interpreters/new")
    page.fill("#name", "Kim, Korean interpreters")
    page.fill("#phone", INTERPRETER)
    page.check("#any_hour")
    do(page)
    assert "Choose at least one language." in page.inner_text("main")
    assert findings(person) == []
    page.check("#language-ko")
    do(page)
    assert "At any hour" in page.inner_text("main")
    assert findings(person) == []


def add_the_interpreter(office: OfficeSite, page: Page) -> None:
    page.click("text=Add the interpreter Kim")
    interpreter = office.rings(INTERPRETER).pick_up()
    assert "Korean" in interpreter.text
    interpreter.press("1")
    page.wait_for_selector("text=The interpreter is in the call.")


def promise_a_call_back(page: Page) -> None:
    """The person asked to be called later: the key asks when, and the promise is in the calendar."""
    page.keyboard.press("2")
    page.wait_for_selector("text=When should they be called?")
    day = load_configuration().calendar.first_working_day((utc_now() + timedelta(days=2)).date())
    page.fill("#later-day", day.isoformat())
    page.fill("#later-time", "14:30")
    page.click("button[value=call-later]")
    page.wait_for_selector("text=Noted: Asked to be called later.")
    assert "2:30 PM, by Ana" in page.inner_text("#call")


def plan_only_within_reach(page: Page) -> None:
    """Plan for the year 2099, which is refused and loses nothing, and then for a day that can hold."""
    page.fill("#next_action_day", "2099-12-01")
    page.eval_on_selector("#act", "form => { form.noValidate = true }")
    do(page)
    assert "Nobody would think of this person for too long" in page.inner_text("main")
    assert page.input_value("#note") == "speaks with a soft voice"
    day = load_configuration().calendar.first_working_day((utc_now() + timedelta(days=2)).date())
    page.fill("#next_action_day", day.isoformat())
    page.fill("#next_action_time", "14:30")


def a_text_that_does_not_arrive_and_a_reply(office: OfficeSite, officer: Looker) -> None:
    """The text is told as not delivered. The reply puts the request on top, whatever is planned."""
    page = officer.page
    office.provider.report(office.provider.sent[-1], "undelivered", "30003")
    until(lambda: page.reload() and "Did not arrive: the phone is off" in page.inner_text("#live"))
    office.text_from(RESIDENT, "화요일 오전이 좋습니다")
    page.wait_for_selector(".timeline :text('화요일 오전이 좋습니다')", timeout=20_000)
    assert findings(officer) == []
    address = page.url
    first = officer.open("/requests").locator("[data-row]").first
    assert "They wrote" in first.inner_text()
    page.goto(address)


def test_a_request_by_phone_from_the_call_to_the_close(office: OfficeSite, come_in) -> None:
    by_phone_in_korean(office)
    officer = come_in("Ana", Role.ADMIN)
    list_an_interpreter(officer)
    page = officer.open("/requests?language=mine")
    assert findings(officer) == []
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/*")
    assert "Do NOT leave a voice message" in page.inner_text("main")
    reference = page.inner_text("dt:has-text('Reference') + dd")
    do(page, "Assign to me")
    assert findings(officer) == []

    # Until the worker runs, the page offers no call.
    until(lambda: page.reload() and "worker has not run" not in page.inner_text("body"), seconds=60)
    page.keyboard.press("c")
    office.rings(OFFICER).pick_up().press("5")
    resident = office.rings(RESIDENT).pick_up("human")
    assert {heard.language for heard in resident.heard} == {"ko-KR"}
    page.wait_for_selector("text=The person’s phone rings.")
    assert findings(officer) == []
    resident.press("1")
    page.wait_for_selector("text=You are talking with the person.")
    assert resident.with_others == {OFFICER}
    add_the_interpreter(office, page)
    assert resident.with_others == {OFFICER, INTERPRETER}
    do(page, "End the call")
    page.wait_for_selector("text=How did the call go?")
    until(lambda: resident.is_over)
    promise_a_call_back(page)

    page.evaluate(CHOOSE_AT_ONCE, "GOOD_TIME")
    page.select_option("#template", "WILL_CALL")
    page.wait_for_selector("#says:has-text('When is it good')")
    assert page.locator("#day").count() == 0
    assert "When is it good to call you?" in page.inner_text("#says")
    assert findings(officer) == []
    page.fill("#note", "speaks with a soft voice")
    plan_only_within_reach(page)
    do(page)
    until(lambda: office.provider.texts)
    [text] = office.provider.texts
    assert text["To"] == RESIDENT
    assert text["Body"].startswith("언제 전화드리면 좋습니까?")
    until(lambda: page.reload() and "Sent" in page.inner_text("#live"))
    a_text_that_does_not_arrive_and_a_reply(office, officer)

    page.fill("#note", "answered by phone, nothing is open")
    page.select_option("#state", "closed:answered")
    do(page)
    assert "Closed: Answered" in page.inner_text("#live")
    status, _, told = office.public.request("POST", "/ko/help/status", {"reference": reference})
    assert status == 200
    assert 'data-state="closed"' in told


def test_a_walk_in_in_somali_gets_a_reference_and_their_letter_is_read(office: OfficeSite, come_in) -> None:
    officer = come_in("Hodan")
    page = officer.open("/requests/new")
    assert findings(officer) == []
    do(page)
    assert findings(officer) == []
    page.check("[name=came_by][value=walk-in]")
    page.check("[name=reach_by][value=phone]")
    page.fill("#phone", "206 555 0143")
    for name in ("spoken", "written"):
        page.select_option(f"#{name}", "so")
    page.select_option("#topic", "question")
    page.fill("#message", "Waxaan rabaa caawimaad")
    letter = {"name": "warqad.pdf", "mimeType": "application/pdf", "buffer": pdf(SQUARE)}
    page.set_input_files("#papers", [letter | {"buffer": bytes(11 * 2**20)}])
    assert "too large" in page.eval_on_selector("#papers", "input => input.validationMessage")
    page.set_input_files("#papers", [letter])
    page.check("#spoke")
    do(page)
    reference = page.inner_text("#reference")
    assert "Codsigaaga waan helnay." in page.inner_text(".slip")
    assert findings(officer) == []
    page.click("a:has-text('Open request')")
    page.wait_for_selector("text=Taken down by Hodan")
    page.click("a:has-text('warqad.pdf')")
    page.wait_for_selector("img.paper")
    assert (
        page.eval_on_selector("img.paper", "picture => picture.decode().then(() => picture.naturalWidth)")
        == 625
    )
    assert findings(officer) == []
    public = officer.context.new_page()
    public.goto(f"{office.public_address}/so/help/status")
    public.fill("[name=reference]", reference)
    public.click("main button[type=submit]")
    public.wait_for_selector("main[data-state=received]")


def test_two_officers_at_once_lose_nothing_they_typed(office: OfficeSite, come_in) -> None:
    office.public.request(
        "POST", "/en/help", {"reach_by": "phone", "phone": "206 555 0188", "spoken": "en", "topic": "card"}
    )
    one, two = come_in("Bo"), come_in("Cy")
    for officer in (one, two):
        officer.open("/requests?language=en")
        officer.page.locator("[data-row] th a").first.click()
        officer.page.wait_for_url("**/requests/*")
        officer.page.fill("#note", f"from {officer is one}")
        officer.page.select_option("#state", "in-hand")
    one.page.wait_for_selector("text=Cy has this request open, too.", timeout=20_000)
    do(one.page)
    do(two.page)
    assert "Somebody changed this request while you were working" in two.page.inner_text("main")
    assert findings(two) == []
    two.page.select_option("#state", "")
    do(two.page)
    timeline = two.page.inner_text("#live")
    assert "from True" in timeline
    assert "from False" in timeline


def test_a_merge_of_two_people_warns(office: OfficeSite, come_in) -> None:
    by_phone_in_korean(office)
    form = {"reach_by": "phone", "phone": "206 555 0166", "spoken": "so", "topic": "card"}
    office.public.request("POST", "/so/help", form)
    officer = come_in("Fay")
    page = officer.open("/requests?language=ko")
    korean = page.locator("[data-row] th a").first.inner_text()
    officer.open("/requests?language=so").locator("[data-row] th a").first.click()
    page.wait_for_url("**/requests/*")
    page.fill("#other", korean)
    do(page, "Compare")
    assert "These may be two people." in page.inner_text("main")
    assert page.inner_text("main").count("Differs") >= 2, "the language and the number"
    assert findings(officer) == []
    page.click("text=Do not merge")
    assert "206" in page.inner_text("main")


def test_no_page_has_a_finding(office: OfficeSite, come_in) -> None:
    """Run axe-core at 320 pixels and wide, on every page, as an admin."""
    by_phone_in_korean(office)
    admin = come_in("Di", Role.ADMIN)
    found = {}
    admin.open("/requests?state=open")
    number = admin.page.locator("[data-row] th a").first.inner_text()
    for path in (
        *PAGES,
        f"/requests/{number}",
        f"/requests/{number}/contact",
        f"/requests/{number}/erase",
        "/nowhere",
    ):
        admin.open(path)
        assert admin.page.title(), path
        found[path] = findings(admin)
    admin.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    admin.open("/requests")
    admin.page.fill("#words", "0147")
    do(admin.page, "Find")
    found["search"] = findings(admin)
    admin.open("/requests")
    admin.page.check("#every")
    do(admin.page, "Assign")
    found["bulk preview"] = findings(admin)
    admin.page.click("main button[type=submit]")
    admin.page.wait_for_url("**/requests/bulk/*")
    found["bulk"] = findings(admin)
    do(admin.page, "Undo")
    assert "as before" in admin.page.inner_text("h1")
    found["bulk undone"] = findings(admin)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_it_works_without_a_script(browser: Browser, office: OfficeSite, come_in) -> None:
    by_phone_in_korean(office)
    officer = come_in("Ed")
    cookies = officer.context.cookies()
    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies(cookies)  # type: ignore[arg-type]
    page = plain.new_page()
    page.goto(f"{office.console.address}/requests?language=ko")
    page.locator("[data-row] th a").first.click()
    page.fill("#note", "without a script")
    page.click("#act-button")
    assert "without a script" in page.inner_text("#live")
    plain.close()
