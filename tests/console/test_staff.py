"""The staff page: an admin adds accounts and changes roles."""

from resident_app.web.accounts.staff_tables import Role
from tests.console.conftest import Console
from tests.console.enrollment import open_link, person
from tests.console.strict_console import StrictConsole


def test_an_admin_makes_an_account_and_its_link(console: Console) -> None:
    admin = console.sign_in("admin")
    assert admin.post("/staff", {"email": "no address", "role": "officer"}).status == 422
    page = admin.post("/staff", {"email": "New@office.example.gov", "name": "New", "role": "lead"})
    link = page.words("link")
    assert link.startswith("http://localhost:8001/set-up#")
    assert "already" in admin.post("/staff", {"email": "new@office.example.gov", "role": "lead"}).main
    assert admin.post("/staff", {"email": "x@office.example.gov", "role": "chief"}).status == 422
    assert "Link until" in admin.get("/staff").main
    fresh: StrictConsole = console.anybody()
    assert open_link(fresh, link).status == 200
    page = admin.post("/staff/2/link")
    assert page.words("link") != link
    assert open_link(fresh, link).status == 404, "a new link ends the old"
    assert admin.post("/staff/99/link").status == 404


def test_an_admin_is_always_left(console: Console) -> None:
    admin = console.sign_in("admin")
    for form in ({"does": "close"}, {"does": "role", "role": "officer"}):
        page = admin.done(f"/staff/{admin.staff}", form)
        assert "only admin" in page.main
    other = person(console, "other@office.example.gov", Role.OFFICER)
    admin.done(f"/staff/{other.id}", {"does": "role", "role": "admin"})
    assert other.browser.get("/staff").status == 200, "a role counts at once"
    admin.done(f"/staff/{admin.staff}", {"does": "role", "role": "officer"})
    assert admin.get("/staff").status == 403
