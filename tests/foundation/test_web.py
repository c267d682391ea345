"""What web applications share: an application can be built twice, and a failure becomes a page of its own."""

from collections.abc import Callable

import pytest
from flask import Flask, Response, make_response

from resident_app.security.capacity import Overloaded
from resident_app.web import errors
from resident_app.web.factory import finish_app, new_app
from resident_app.web.page_cache import current_page_cache
from tests.conftest import DeployWith
from tests.made_up import CARDS


def an_app() -> Flask:
    """An application with two views that fail."""
    app = new_app(
        "resident_app", public_host="localhost", https=True, largest_body_bytes=10, most_form_fields=1
    )
    errors.install(app, _status_only)
    app.add_url_rule("/overloaded", "overloaded", _fail_with(Overloaded()))
    app.add_url_rule("/broken", "broken", _fail_with(ValueError("secret words")))
    finish_app(app, [], trusted_proxies=0)
    return app


def _status_only(status: int) -> Response:
    return make_response(f"page {status}", status)


def _fail_with(error: Exception) -> Callable[[], Response]:
    def view() -> Response:
        raise error

    return view


def test_a_public_application_can_be_built_twice(deploy: DeployWith) -> None:
    first, second = deploy(CARDS), deploy()
    for deployment in (first, second, first):
        assert deployment.client.get("/en/").status == 200
    assert first.app.jinja_env is not second.app.jinja_env
    assert first.context is not second.context


def test_each_application_has_a_page_cache_of_its_own() -> None:
    values = []
    for app in (an_app(), an_app()):
        with app.app_context():
            values += [current_page_cache().get(("page",), object) for _ in range(2)]
    assert values[0] is values[1]
    assert values[2] is values[3]
    assert values[0] is not values[2]


def test_a_failure_is_a_page_and_is_logged_without_its_words(capfd: pytest.CaptureFixture[str]) -> None:
    client = an_app().test_client()
    assert client.get("/overloaded").status_code == 503
    assert capfd.readouterr().err == "", "no capacity is no failure"
    response = client.get("/broken")
    assert (response.status_code, response.get_data(as_text=True)) == (500, "page 500")
    written = "".join(capfd.readouterr())
    assert "ValueError" in written
    assert "secret words" not in written
    response = client.post("/broken")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_headers_are_on_every_response() -> None:
    for path in ("/broken", "/nowhere"):
        headers = an_app().test_client().get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert "max-age=63072000" in headers["Strict-Transport-Security"]
