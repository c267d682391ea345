"""A client that parses every page as strict HTML, so that each test also tests the markup."""

from typing import Any
from urllib.parse import urlsplit

import html5lib
from flask import Flask
from werkzeug.test import TestResponse

HTML = "{http://www.w3.org/1999/xhtml}"

PATHS = (
    "",
    "check",
    "questions",
    "numbers",
    "privacy",
    "really-us",
    "languages",
    "accessibility",
    "leave",
    "help",
    "help/card",
    "help/status",
    "help/add",
    "help/contact",
    "help/erase",
    "letter",
)
"""The path of every page that a link can open, below its language."""


class Page:
    """A page that parsed, and what tests ask about it."""

    def __init__(self, response: TestResponse):
        self.response = response
        self.status = response.status_code
        self.text = response.get_data(as_text=True)
        parser = html5lib.HTMLParser(strict=True)
        self.root = parser.parse(self.text)
        self._check()

    def all(self, tag: str) -> list[Any]:
        return list(self.root.iter(HTML + tag))

    def one(self, tag: str) -> Any:
        found = self.all(tag)
        assert len(found) == 1, f"{len(found)} <{tag}>"
        return found[0]

    def by_id(self, wanted: str) -> Any:
        return next((element for element in self.root.iter() if element.get("id") == wanted), None)

    @property
    def main(self) -> str:
        """The text of <main>."""
        return " ".join(" ".join(self.one("main").itertext()).split())

    @property
    def answer(self) -> str | None:
        answer: str | None = self.one("main").get("data-answer")
        return answer

    @property
    def reference(self) -> str:
        return "".join(self.by_id("reference").itertext())

    def _check(self) -> None:
        html = self.root
        language = html.get("lang")
        assert language, "a page names its language"
        assert html.get("dir") in ("ltr", "rtl")
        assert self.one("title").text.strip()
        assert len(self.all("h1")) == 1
        ids = [element.get("id") for element in html.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), "an id occurs twice"
        for form in self.all("form"):
            assert form.get("method") == "post"
            assert form.get("action", "").startswith(f"/{language}/")
            assert form.get("autocomplete") == "off", "a browser keeps what it may complete"
        for label in self.all("label"):
            assert label.get("for") in ids
        for element in html.iter():
            assert "style" not in element.attrib
            assert not any(name.startswith("on") for name in element.attrib)
            described = (element.get("aria-describedby") or "").split()
            assert set(described) <= set(ids), described
        scripts = [script.get("src", "").split("?")[0] for script in self.all("script")]
        with_form = ["/static/forms.js"] if self.all("form") or self.response.request.method == "POST" else []
        assert scripts == ["/static/exit.js", *with_form], "our own, and with each form the one that sends it"
        assert not any(script.text for script in self.all("script"))
        for link in self.all("a"):
            href = urlsplit(link.get("href"))
            assert href.scheme in ("", "tel", "https")
            assert not href.query
            if not href.path and href.fragment:
                assert href.fragment in ids


class StrictClient:
    """Fetches pages. It stores no cookie, and fails if a page sets one."""

    def __init__(self, app: Flask):
        self._client = app.test_client(use_cookies=False)

    def get(self, path: str, **options: Any) -> Page:
        return self._page(self._client.get(path, **options))

    def post(self, path: str, data: dict[str, Any], *, address: str = "198.51.100.1", **options: Any) -> Page:
        headers = {"X-Forwarded-For": address, **options.pop("headers", {})}
        return self._page(self._client.post(path, data=data, headers=headers, **options))

    def raw(self, method: str, path: str, **options: Any) -> TestResponse:
        return self._client.open(path, method=method, **options)

    def _page(self, response: TestResponse) -> Page:
        assert "Set-Cookie" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        return Page(response)
