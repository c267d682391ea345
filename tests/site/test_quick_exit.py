"""Quick exit: the button on every page, its address, and what the response makes the browser delete."""

from tests.conftest import Deployment
from tests.made_up import ONCE, form_of
from tests.strict_client import PATHS


def test_every_page_begins_with_the_way_out(deployment: Deployment) -> None:
    pages = [deployment.client.get(f"/en/{path}") for path in (*PATHS, "nowhere")]
    pages.append(deployment.client.post("/en/check", form_of(ONCE)))
    for page in pages:
        links = page.all("a")
        assert [link.get("href") for link in links[:2]] == ["#main", "/en/exit"], (
            "skip link first, exit second"
        )
        control = links[1]
        assert "data-exit" in control.attrib
        for said in ("loading", "two-more", "one-more", "stopped"):
            assert control.get(f"data-{said}")


def test_it_leads_to_an_everyday_site_and_clears_what_the_browser_kept(deployment: Deployment) -> None:
    response = deployment.client.raw("GET", "/es/exit")
    assert response.status_code == 302
    assert response.headers["Location"] == str(deployment.context.configuration.office.exit_to)
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert response.headers["Cache-Control"] == "no-store"
    assert response.get_data() == b""
