"""Every route, and who may reach it. A new route is a decision, made here."""

from tests.conftest import Deployment

PUBLIC = {
    ("GET", "/"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/readyz/checks"),
    ("GET", "/<lang>/"),
    ("GET", "/robots.txt"),
    ("GET", "/sitemap.xml"),
    ("GET", "/.well-known/security.txt"),
    ("GET", "/<lang>/questions"),
    ("GET", "/<lang>/questions/<slug>"),
    ("GET", "/<lang>/numbers"),
    ("GET", "/<lang>/privacy"),
    ("GET", "/<lang>/really-us"),
    ("GET", "/<lang>/languages"),
    ("GET", "/<lang>/accessibility"),
    ("GET", "/<lang>/leave"),
    ("GET", "/<lang>/exit"),
    ("GET", "/<lang>/check"),
    ("POST", "/<lang>/check"),
    ("GET", "/<lang>/help"),
    ("POST", "/<lang>/help"),
    ("GET", "/<lang>/help/card"),
    ("GET", "/<lang>/help/status"),
    ("POST", "/<lang>/help/status"),
    ("GET", "/<lang>/help/add"),
    ("POST", "/<lang>/help/add"),
    ("POST", "/<lang>/help/start"),
    ("GET", "/<lang>/help/contact"),
    ("POST", "/<lang>/help/contact"),
    ("GET", "/<lang>/help/erase"),
    ("POST", "/<lang>/help/erase"),
    ("GET", "/<lang>/letter"),
    ("POST", "/<lang>/letter"),
    ("POST", "/<lang>/letter/file"),
    ("GET", "/voice/fallback.xml"),
}
SIGNED_BY_THE_PROVIDER = {
    ("POST", "/voice/start"),
    ("POST", "/voice/waiting"),
    ("POST", "/voice/waiting/key"),
    ("POST", "/text"),
    ("POST", "/text/status"),
    ("POST", "/text/status/<language>"),
    ("POST", "/voice/accept"),
    ("POST", "/voice/accepted"),
    ("POST", "/voice/status"),
    ("POST", "/voice/<step>/<nonce>"),
    ("POST", "/voice/office/<token>/officer"),
    ("POST", "/voice/office/<token>/officer/key"),
    ("POST", "/voice/office/<token>/officer/over"),
    ("POST", "/voice/office/<token>/resident"),
    ("POST", "/voice/office/<token>/resident/key"),
    ("POST", "/voice/office/<token>/interpreter"),
    ("POST", "/voice/office/<token>/interpreter/key"),
    ("POST", "/voice/office/<token>/<who>/status"),
}


def routes(deployment: Deployment) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in deployment.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_listed(deployment: Deployment) -> None:
    assert routes(deployment) == PUBLIC | SIGNED_BY_THE_PROVIDER


def test_everything_but_static_files_is_no_store(deployment: Deployment) -> None:
    for method, rule in routes(deployment):
        path = _path(rule)
        response = deployment.client.raw(method, path)
        assert response.headers["Cache-Control"] == "no-store", path
        assert "Set-Cookie" not in response.headers
        response.close()


def test_only_the_provider_reaches_its_addresses(deployment: Deployment) -> None:
    for method, rule in SIGNED_BY_THE_PROVIDER:
        assert deployment.client.raw(method, _path(rule), data={"CallSid": "CA1"}).status_code == 403


def _path(rule: str) -> str:
    """Return an address that matches a rule."""
    values = {"lang": "en", "step": "main", "nonce": "0", "token": "0" * 32, "who": "officer"}
    for name, value in values.items():
        rule = rule.replace(f"<{name}>", value)
    return rule
