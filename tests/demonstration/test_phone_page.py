"""The phone in the browser: what it may do and for whom, and what it shows of the line."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from pydantic import AnyHttpUrl
from werkzeug.test import TestResponse

from ivr.menus import GRAPH
from ivr.simulator import FakeCarrier
from ivr.simulator.fake_carrier import ACCOUNT_SID
from ivr.words.prompts import Prompt
from resident_app.configuration import MADE_UP_OFFICE
from resident_app.demonstration.phones.menu_drawing import draw_menus
from resident_app.demonstration.phones.phone_company import PhoneCompany
from resident_app.demonstration.phones.phone_server import create_phone_app, open_server
from resident_app.languages import load_languages
from resident_app.settings import PhoneSettings, PublicSettings
from tests.conftest import BASE_URL, TOKEN, Deployment, DeployWith
from tests.made_up import CARDS

LANGUAGES = load_languages()
SPOKEN = [language.code for language in LANGUAGES.on_the_phone()]
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
RESIDENT = "206-555-0147"
MONDAY_NOON, SUNDAY_NOON = "2026-11-30T12:00", "2026-11-29T12:00"


@dataclass
class Browser:
    """The page in a browser, and the deployment that it calls."""

    deployment: Deployment
    company: PhoneCompany
    app: Flask
    address: str
    logged: list[str]
    call: str = ""

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, base_url=self.address, headers=headers)

    def send(self, path: str, **body: object) -> dict[str, Any]:
        response = self.client.post(path, base_url=self.address, headers=OWN_PAGE, json=body)
        assert response.status_code == 200, response.get_data(as_text=True)
        found: dict[str, Any] = response.get_json()
        return found

    def ring(self, **dialed: str) -> dict[str, Any]:
        """Call the line; the page's own call."""
        found = self.send("/call", **{"caller": RESIDENT, **dialed})
        self.call = found["call"]["sid"]
        own: dict[str, Any] = found["call"]
        return own

    def press(self, keys: str) -> dict[str, Any]:
        """Press keys, one after the other; the page's own call."""
        own: dict[str, Any] = self.send("/news", call=self.call)["call"]
        for key in keys:
            path = f"/call/{self.call}/key"
            own = self.send(path, key=key, document=own["document"], call=self.call)["call"]
        return own


def words(call: dict[str, Any]) -> str:
    return " ".join(line["words"] for line in call["lines"])


@pytest.fixture
def browser(deploy: DeployWith) -> Iterator[Browser]:
    """A demonstration: the line asks the phone company by HTTP, as `make run` has it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    deployment = deploy(CARDS, twilio_account_sid=ACCOUNT_SID, twilio_api_base=address, demonstration=True)
    settings = PhoneSettings(
        _env_file=None,
        instance_dir=deployment.context.settings.instance_dir,
        public_base_url=AnyHttpUrl(BASE_URL),
        twilio_auth_token=TOKEN,
        twilio_account_sid=ACCOUNT_SID,
        twilio_api_base=AnyHttpUrl(address),
    )
    logged: list[str] = []
    company = PhoneCompany(settings, "+13603594454", logged.append, deployment.post)
    app = create_phone_app(company, settings, deployment.clock)
    server = open_server(company, settings)
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    yield Browser(deployment, company, app, address, logged)
    server.shutdown()
    server.server_close()
    thread.join()
    assert company.carrier.refused == []


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        ("evil.example", OWN_PAGE),
        ("", {"Sec-Fetch-Site": "cross-site"}),
        ("", {"Sec-Fetch-Site": "same-site"}),
        ("", {"Sec-Fetch-Site": "none"}),
        ("", {"Origin": "https://evil.example"}),
        ("", {"Origin": "null"}),
        ("", {}),
    ],
)
def test_no_other_page_places_calls(browser: Browser, host: str, headers: dict[str, str]) -> None:
    named = {"Host": f"{host}:{browser.address.rpartition(':')[2]}"} if host else {}
    for path, body in (
        ("/call", {"caller": RESIDENT}),
        ("/text", {"sender": RESIDENT, "body": "STOP"}),
        ("/news", {}),
        ("/prompts/ko/wrong", {"prompt": "GO_BACK", "note": ""}),
    ):
        answer = browser.client.post(path, base_url=browser.address, headers={**headers, **named}, json=body)
        assert answer.status_code == (421 if host else 403)
        assert answer.headers.get("Access-Control-Allow-Origin") is None
    assert browser.send("/news")["texts"] == []


def test_a_form_of_another_page_is_refused_even_if_it_names_this_one(browser: Browser) -> None:
    headers = {"Origin": browser.address}
    as_text = browser.client.post(
        "/call", base_url=browser.address, headers=headers, data=json.dumps({"caller": RESIDENT})
    )
    assert as_text.status_code == 403
    assert (
        browser.client.post(
            "/call", base_url=browser.address, headers=headers, json={"caller": RESIDENT}
        ).status_code
        == 200
    ), "an old browser sends Origin alone"


def test_another_name_gets_nothing_at_all(browser: Browser) -> None:
    for path in ("/", "/prompts/en", "/2010-04-01/Accounts/x/Calls.json"):
        assert browser.get(path, Host="evil.example").status_code == 421
    assert browser.get("/").headers["X-Frame-Options"] == "DENY"
    policy = browser.get("/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_rest_api_needs_the_account_s_token(browser: Browser) -> None:
    url = f"{browser.address}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    sent = {"To": "+12065550147", "From": "+13603594454", "Body": "Hello"}
    assert requests.post(url, sent, auth=(ACCOUNT_SID, "wrong"), timeout=5).status_code == 401
    assert requests.post(url, sent, auth=(ACCOUNT_SID, TOKEN), timeout=5).status_code == 201
    browser.company.carrier.refused.clear()
    assert browser.send("/news")["texts"] == [{"from": "", "to": "206-555-0147", "body": "Hello"}]


@pytest.mark.parametrize("code", SPOKEN)
def test_a_call_in_a_language_is_shown_in_it(browser: Browser, code: str) -> None:
    call = browser.ring(language=code)
    language = LANGUAGES[code]
    assert call["menu"] == "main"
    assert {(line["lang"], line["dir"]) for line in call["lines"]} == {(code, language.direction)}
    assert all(line["seconds"] > 0 for line in call["lines"])
    assert call["listens"]["seconds"] > 0


def test_the_voices_of_a_browser_are_named_as_browsers_name_them(browser: Browser) -> None:
    voices = {code: browser.ring(language=code)["lines"][0]["voices"] for code in SPOKEN}
    assert "zh-CN" in voices["zh-Hans"]
    assert "zh-HK" in voices["yue-Hant"]
    assert "tl" in voices["fil"]
    assert "ar" in voices["ar"]


def test_a_number_that_is_none_is_named(browser: Browser) -> None:
    answer = browser.client.post("/call", base_url=browser.address, headers=OWN_PAGE, json={"caller": "12"})
    assert answer.status_code == 422
    assert "area code" in answer.get_json()["problem"]


@pytest.mark.parametrize("withheld", ["anonymous", "+266696687"])
def test_a_withheld_number_is_never_read_out(browser: Browser, withheld: str) -> None:
    browser.ring(caller=withheld, language="en", at=SUNDAY_NOON)
    said = words(browser.press("0"))
    assert "2 6 6" not in said
    assert "anonymous" not in said


def test_while_the_office_is_open_its_phone_rings_on_the_page(browser: Browser) -> None:
    browser.ring(language="en", at=MONDAY_NOON)
    call = browser.press("0")
    assert "You are number 1 in line" in words(call)
    browser.company.poll(10_000_000.0)
    [phone] = browser.send("/news", call=browser.call)["phones"]
    assert phone["whose"] == "The office’s phone"
    assert phone["number"] == "360-555-0190"
    path = f"/call/{phone['sid']}"
    answered = browser.send(f"{path}/answer", call=browser.call)["phones"][0]
    assert "A caller of the record line" in words(answered)
    news = browser.send(f"{path}/key", key="1", document=answered["document"], call=browser.call)
    assert news["call"]["isTalking"]
    assert news["phones"][0]["isTalking"]
    news = browser.send(f"{path}/hang-up", call=browser.call)
    assert news["call"]["isOver"]
    assert "Goodbye" in words(news["call"])


def test_while_the_office_is_closed_the_caller_hears_when_it_opens(browser: Browser) -> None:
    browser.ring(language="en", at=SUNDAY_NOON)
    call = browser.press("0")
    assert "It opens on Monday, November 30" in words(call)
    assert browser.send("/news")["phones"] == []


def test_only_a_demonstration_lets_a_call_name_its_time(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    sunday = datetime(2026, 11, 29, 20, 0, tzinfo=UTC).isoformat()
    phone = reaching_out.ring(DemonstrationTime=sunday).press("1").press("0")
    assert "in line" in phone.text, "it is Monday noon, whatever the call says"
    assert [leg.form["To"] for leg in provider.legs] == [
        reaching_out.context.configuration.office.transfer_to
    ]


@pytest.mark.parametrize(
    "carrier",
    [
        {"twilio_account_sid": "AC" + "1" * 32, "twilio_api_base": "http://127.0.0.1:8002"},
        {"twilio_account_sid": ACCOUNT_SID, "twilio_api_base": "https://api.twilio.com"},
        {},
    ],
)
def test_with_a_real_carrier_nothing_is_a_demonstration(carrier: dict[str, str]) -> None:
    settings = PublicSettings(
        _env_file=None,
        public_base_url=AnyHttpUrl(BASE_URL),
        twilio_auth_token=TOKEN,
        demonstration=True,
        **carrier,
    )
    assert not settings.is_demonstration


def test_a_demonstration_rings_a_made_up_number_of_fiction(browser: Browser) -> None:
    assert browser.deployment.context.configuration.office.rung_numbers == {MADE_UP_OFFICE}
    assert MADE_UP_OFFICE.startswith("+1360555019")


def test_a_phone_that_nobody_answers_stops_ringing(browser: Browser) -> None:
    browser.ring(language="en", at=MONDAY_NOON)
    browser.press("0")
    browser.company.poll(1000.0)
    browser.company.poll(1031.0)
    [phone] = browser.send("/news", call=browser.call)["phones"]
    assert phone["status"] == "no-answer"


def test_without_a_page_phones_answer_by_themselves(browser: Browser) -> None:
    browser.ring(language="en", at=MONDAY_NOON)
    browser.press("0")
    browser.send("/news", leaves=True)
    browser.company.poll(1000.0)
    assert browser.logged == []
    browser.company.poll(1003.0)
    assert browser.logged[0].startswith(f"{MADE_UP_OFFICE} answers and hears: A caller")
    assert browser.logged[1] == f"{MADE_UP_OFFICE} presses 1."


def test_a_text_and_its_answer_are_shown(browser: Browser) -> None:
    texts = browser.send("/text", sender=RESIDENT, body="STOP")["texts"]
    assert texts[0] == {"from": RESIDENT, "to": "", "body": "STOP"}
    assert texts[1]["to"] == RESIDENT
    assert "no more texts" in texts[1]["body"]


@pytest.mark.parametrize("code", SPOKEN)
def test_every_prompt_of_a_language_is_listed_with_english_beside_it(browser: Browser, code: str) -> None:
    page = browser.get(f"/prompts/{code}").get_data(as_text=True)
    assert "%(" not in page
    for prompt in Prompt:
        assert f'data-prompt="{prompt.name}"' in page
    assert page.count(f'class="words" lang="{code}"') == page.count("data-prompt=")
    assert ('class="english"' in page) is (code != "en")
    assert "sounds-wrong.jsonl" in page


def test_a_prompt_that_sounds_wrong_lands_in_the_file(browser: Browser) -> None:
    file = browser.deployment.context.settings.instance_dir / "sounds-wrong.jsonl"
    note = "zu schnell – “면허국” <b>"
    browser.send("/prompts/ko/wrong", prompt="GO_BACK", note=note)
    browser.send("/prompts/ko/wrong", prompt="GOODBYE", note="")
    first, second = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    language = LANGUAGES["ko"]
    english = "To go back, press star."
    assert first == {
        "at": browser.deployment.clock().isoformat(timespec="seconds"),
        "language": "ko",
        "prompt": "GO_BACK",
        "english": english,
        "words": language.spoken(english),
        "note": note,
    }
    assert second["prompt"] == "GOODBYE"
    page = browser.get("/prompts/ko").get_data(as_text=True)
    assert "Marked as wrong: zu schnell – “면허국” &lt;b&gt;" in page
    assert "Marked as wrong" not in browser.get("/prompts/ja").get_data(as_text=True).split("<main")[1]


def test_a_mark_names_a_prompt_that_exists(browser: Browser) -> None:
    for code, prompt in (("ko", "NO_SUCH"), ("xx", "GO_BACK")):
        answer = browser.client.post(
            f"/prompts/{code}/wrong",
            base_url=browser.address,
            headers=OWN_PAGE,
            json={"prompt": prompt, "note": ""},
        )
        assert answer.status_code == 404


def test_every_menu_is_drawn_once_and_leads_somewhere() -> None:
    drawing = draw_menus()
    drawn = {menu.node for menu in drawing.menus}
    assert {node.value for node in GRAPH} <= drawn
    corners = [(menu.x, menu.y) for menu in drawing.menus]
    assert len(set(corners)) == len(corners)
    for menu in drawing.menus:
        assert {exit.target for exit in menu.exits} <= drawn
        assert menu.x < drawing.width
        assert menu.y < drawing.height
