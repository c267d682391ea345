"""A client of the console that keeps cookies, sends each form's token, and parses every page strictly."""

from typing import Any

import html5lib
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

HTML = "{http://www.w3.org/1999/xhtml}"
BASE_URL = "http://localhost:8001"
CSRF = "a-token-of-the-session"
"""The token in a session that a test makes. See `form_token`."""


class ConsolePage:
    """A page that parsed, and what tests ask of it."""

    def __init__(self, response: TestResponse):
        self.response = response
        self.status = response.status_code
        self.text = response.get_data(as_text=True)
        self.root = html5lib.HTMLParser(strict=True).parse(self.text)
        self._check()

    def all(self, tag: str) -> list[Any]:
        return list(self.root.iter(HTML + tag))

    def by_id(self, wanted: str) -> Any:
        return next((element for element in self.root.iter() if element.get("id") == wanted), None)

    def words(self, wanted: str) -> str:
        """Return the text of the element with an id."""
        return _words(self.by_id(wanted))

    @property
    def main(self) -> str:
        """Return the text of <main>."""
        (found,) = self.all("main")
        return _words(found)

    @property
    def fields(self) -> dict[str, str]:
        """Return what the forms of <main> would send, hidden fields included, without their buttons."""
        found: dict[str, str] = {}
        for one in (element for form in self._main_forms() for element in form.iter()):
            name = one.get("name")
            if not name:
                continue
            if one.tag == HTML + "input" and (
                one.get("type") not in ("checkbox", "radio", "submit") or "checked" in one.attrib
            ):
                found[name] = one.get("value", "")
            elif one.tag == HTML + "textarea":
                found[name] = (one.text or "").removeprefix("\n")
            elif one.tag == HTML + "select":
                options = list(one.iter(HTML + "option"))
                chosen = [option for option in options if "selected" in option.attrib] or options[:1]
                found[name] = chosen[0].get("value", "") if chosen else ""
        return found

    @property
    def actions(self) -> list[str]:
        """Return the addresses that the forms of <main> go to."""
        return [form.get("action", "") for form in self._main_forms()]

    def _main_forms(self) -> list[Any]:
        (main,) = self.all("main")
        return list(main.iter(HTML + "form"))

    def _check(self) -> None:
        assert self.root.get("lang") == "en"
        assert self.root.get("dir") == "ltr"
        (title,) = self.all("title")
        assert title.text.strip()
        assert len(self.all("h1")) == 1, "one <h1>"
        ids = [element.get("id") for element in self.root.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), "an id is on the page twice"
        for form in self.all("form"):
            assert form.get("method") in ("post", "get", "dialog"), "a form says how it is sent"
            if form.get("method") == "post":
                assert form.get("action", "").startswith("/"), form.get("action")
                names = [one.get("name") for one in form.iter(HTML + "input")]
                assert "csrf_token" in names, f"no token: {form.get('action')}"
        for label in self.all("label"):
            assert label.get("for") in ids, f"a label of nothing: {label.get('for')}"
        for element in self.root.iter():
            assert "style" not in element.attrib, "no inline style"
            assert not any(name.startswith("on") for name in element.attrib), "no inline script"
            described = (element.get("aria-describedby") or "").split()
            assert set(described) <= set(ids), described
        for script in self.all("script"):
            assert script.get("src", "").startswith("/static/"), "only our own scripts"
            assert not script.text
        for link in self.all("a"):
            href = link.get("href", "")
            assert href, "a link leads somewhere"
            if href.startswith("#"):
                assert href[1:] in ids, href


class StrictConsole:
    """One browser at the console."""

    def __init__(self, app: Flask, address: str = "198.51.100.1"):
        self.app = app
        self.address = address
        self.http = app.test_client()
        self._token = ""
        self.staff: int | None = None
        self.cookies: dict[str, str] = {}
        """Every cookie that was set here, by name."""

    def get(self, path: str, **options: Any) -> ConsolePage:
        return self._page(self.raw("GET", path, **options))

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> ConsolePage:
        """Send a form with its token, and return the page."""
        return self._page(self.send(path, data, **options))

    def send(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form with its token. Returns the response as it is, a redirect too."""
        response = self.raw("POST", path, data={"csrf_token": self._token, **(data or {})}, **options)
        assert response.status_code in (*range(200, 500), 500, 503)
        return response

    def done(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> ConsolePage:
        """Send a form that must be accepted, and return the page that its redirect leads to."""
        response = self.send(path, data, **options)
        assert response.status_code == 303, (response.status_code, response.get_data(as_text=True)[:2000])
        for _ in range(5):
            following = self.raw("GET", response.headers["Location"])
            if following.status_code not in range(300, 400):
                break
            response = following
        return self._page(following)

    def raw(self, method: str, path: str, **options: Any) -> TestResponse:
        environ = {"REMOTE_ADDR": self.address, **options.pop("environ_base", {})}
        options.setdefault("base_url", BASE_URL)
        response = self.http.open(path, method=method, environ_base=environ, **options)
        if not path.startswith("/static/"):
            check_headers(response)
        for cookie in response.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response

    def use_token(self, token: str) -> None:
        """Send forms with this token from now on."""
        self._token = token

    def _page(self, response: TestResponse) -> ConsolePage:
        assert response.mimetype == "text/html", response.mimetype
        assert response.status_code not in range(300, 400), response.headers.get("Location")
        page = ConsolePage(response)
        for one in page.all("input"):
            if one.get("name") == "csrf_token":
                self._token = one.get("value")
        return page


def check_headers(response: TestResponse) -> None:
    """Check the headers of a response of the console."""
    assert response.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    for cookie in response.headers.getlist("Set-Cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=" in cookie


def form_token(app: Flask) -> str:
    """Return the form token of a session whose contents hold CSRF."""
    signed: str = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(CSRF)  # type: ignore[arg-type]
    return signed


def _words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
