"""Redirects lead to this application only."""

import pytest

from resident_app.web.accounts.safe_redirect import own_path


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "evil",
        "/a\nb",
        "",
        None,
    ],
)
def test_nobody_is_led_to_another_site(wanted: str | None) -> None:
    assert own_path(wanted) == "/"


def test_our_own_paths_are_kept() -> None:
    assert own_path("/queue?state=open&page=2") == "/queue?state=open&page=2"
