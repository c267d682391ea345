"""What a request from outside must not do to a page."""

import pytest

from tests.conftest import Deployment, DeployWith
from tests.load.servers import serving
from tests.made_up import ONCE, form_of


def test_no_request_chooses_where_pages_link_to(deployment: Deployment) -> None:
    """Gunicorn believes SCRIPT_NAME from a proxy on the same machine, and a cached page would repeat it."""
    with serving(deployment.context.settings.instance_dir, WEB_CONCURRENCY="1") as server:
        for path, name in (("//evil.example/en/", "//evil.example"), ("/en/", "/x"), ("/x/en/", "/x")):
            sent = f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nSCRIPT_NAME: {name}\r\n\r\n"
            assert b" 500 " not in server.raw(sent.encode())
        for language in ("en", "ko"):
            status, _, body = server.request("GET", f"/{language}/")
            assert status == 200
            assert "evil.example" not in body
            assert f'href="/{language}/check"' in body


@pytest.mark.parametrize("origin", ["http://[", "https://", "x", "https://[::1", "http://localhost:x"])
def test_an_origin_without_a_host_is_another_site(deployment: Deployment, origin: str) -> None:
    page = deployment.client.post("/en/check", form_of(ONCE), headers={"Origin": origin})
    assert page.status == 403


def test_the_public_address_is_our_own_behind_any_proxy(deployment: Deployment) -> None:
    headers = {"Origin": "https://records.example.gov", "Host": "127.0.0.1:8000"}
    assert deployment.client.post("/en/check", form_of(ONCE), headers=headers).status == 200


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ("555-0143", 422),
        ("206-555-0143", 200),
        ("1 (206) 555-0143", 200),
        ("+52 55 1234 5678", 200),
        ("206-555-0143 x77", 200),
        ("call me", 422),
    ],
)
def test_a_phone_number_that_nobody_could_call_is_a_mistake(
    deployment: Deployment, typed: str, status: int
) -> None:
    assert deployment.client.post("/en/help", {"reach_by": "phone", "phone": typed}).status == status


def test_a_database_without_a_free_connection_is_busy_not_broken(
    deploy: DeployWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    def none_free(*_: object) -> None:
        raise PoolTimeout

    deployment = deploy([ONCE])
    monkeypatch.setattr("resident_app.register.check.find_envelope", none_free)
    page = deployment.client.post("/en/check", form_of(ONCE))
    assert page.status == 503
    assert int(page.response.headers["Retry-After"]) > 0


def test_signs_that_are_slow_to_put_in_order_are_refused_at_once(deployment: Deployment) -> None:
    """Normalizing tens of thousands of marks in disorder takes minutes, in which nobody else is served."""
    import time

    slow = "a" + "\u0345" * 15_000 + "\u0334" * 15_000
    began = time.process_time()
    for name in ("card_number", "birth_year", "issue_day"):
        assert deployment.client.post("/en/check", {name: slow}).status == 422
    for path in ("help/status", "help/add", "help/erase"):
        assert deployment.client.post(f"/en/{path}", {"reference": slow}).status == 422
    assert deployment.client.post("/en/letter", {"code": slow[:9000]}).status == 422
    for reach_by in ("phone", "email"):
        form = {"reach_by": reach_by, reach_by: slow}
        assert deployment.client.post("/en/help", form).status == 422
    assert time.process_time() - began < 5, "each of them took seconds"


def test_no_redirect_names_the_host_that_a_request_named(deployment: Deployment) -> None:
    for path in ("/en", "/en/check/", "/en//help", "//en/help"):
        response = deployment.client.raw("GET", path, headers={"Host": "evil.example"})
        assert "evil.example" not in response.headers.get("Location", ""), path
