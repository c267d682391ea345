"""The check form: it names mistakes, never shows facts again, and refuses other sites."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Deployment
from tests.made_up import ONCE, form_of

anything = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
fields = st.dictionaries(
    st.sampled_from([*form_of(ONCE), "reach_by", "phone", "email", "reference", "form_token", "x"]),
    st.one_of(st.text(max_size=60), st.sampled_from(["phone", "email", "²", "１２", "-1", "9" * 30, "\x00"])),
)


def test_mistakes_come_first_with_links_and_nothing_typed(deployment: Deployment) -> None:
    form = form_of(ONCE) | {"card_number": "MARKED", "birth_day": "31", "birth_month": "2"}
    page = deployment.client.post("/en/check", form)
    assert page.status == 422
    assert page.one("title").text.startswith("Error:")
    assert "MARKED" not in page.text
    main = page.one("main")
    assert main[0].get("class") == "errors"
    links = [link.get("href") for link in main[0].iter() if link.get("href")]
    assert links == ["#card_number", "#birth_month"]
    assert page.by_id("card_number-mistake") is not None


def test_full_width_and_stray_signs_are_forgiven(deployment: Deployment) -> None:
    form = form_of(ONCE) | {"card_number": " wdl-abc 123456 ", "birth_year": "１９８０", "birth_day": " 29 "}
    assert deployment.client.post("/en/check", form).answer == "shared"


@pytest.mark.parametrize("digits", ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "੦੧੨੩੪੫੬੭੮੯", "០១២៣៤៥៦៧៨៩"])
def test_the_digits_of_any_script_are_read(deployment: Deployment, digits: str) -> None:
    own = str.maketrans("0123456789", digits)
    form = {name: value.translate(own) for name, value in form_of(ONCE).items()}
    form["card_number"] = "\u200f" + form["card_number"].lower() + "\u200e"
    assert deployment.client.post("/en/check", form).answer == "shared"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
def test_another_site_is_refused(deployment: Deployment, headers: dict[str, str]) -> None:
    for path in ("check", "help", "help/status"):
        assert deployment.client.post(f"/es/{path}", form_of(ONCE), headers=headers).status == 403


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}],
)
def test_our_own_form_is_not(deployment: Deployment, headers: dict[str, str]) -> None:
    assert deployment.client.post("/en/check", form_of(ONCE), headers=headers).status == 200


@anything
@given(form=fields, path=st.sampled_from(["check", "help", "help/status"]))
def test_no_form_breaks_a_page(deployment: Deployment, form: dict[str, str], path: str) -> None:
    page = deployment.client.post(f"/zh-Hans/{path}", form)
    assert page.status in (200, 422, 429)


@anything
@given(
    body=st.binary(max_size=300),
    kind=st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json",
            "a/b; charset=\x7f",
        ]
    ),
)
def test_no_body_breaks_a_page(deployment: Deployment, body: bytes, kind: str) -> None:
    page = deployment.client.post("/en/help", body, content_type=kind)
    assert page.status in (200, 422, 429, 413)


@anything
@given(path=st.text(max_size=40))
def test_no_address_breaks_a_page(deployment: Deployment, path: str) -> None:
    response = deployment.client.raw("GET", "/" + path.lstrip("/"))
    assert response.status_code < 500
