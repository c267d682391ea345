"""The staff page: an admin adds accounts and changes roles."""

from sqlalchemy import select

from resident_app.database import reading
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.web.accounts.staff_tables import Role
from tests.console.conftest import Console
from tests.console.enrollment import open_link, person
from tests.console.office import insert_request
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


def test_closing_an_account_asks_who_gets_its_open_requests(console: Console) -> None:
    """As seen in the issue: 829 requests were stranded with a closed account."""
    admin, leaver, colleague = (
        console.sign_in("admin"),
        console.sign_in(name="Ana"),
        console.account(name="Bo"),
    )
    for _ in range(3):
        insert_request(console, assigned_to=leaver.staff)
    insert_request(console, assigned_to=leaver.staff, state="closed", outcome="helped")
    leaver.done("/requests/views", {"name": "Korean", "query": "language=ko"})
    address = f"/staff/{leaver.staff}"
    page = admin.get(f"{address}/close")
    assert "3 open requests need somebody else." in page.main
    assert "1 session ends at once." in page.main
    for give_to in ("", "99", str(leaver.staff), "x"):
        refused = admin.post(address, {"does": "close", "give_to": give_to})
        assert refused.status == 422
        assert "Choose who works on them" in refused.main
    assert leaver.get("/requests").status == 200, "nothing was closed"

    page = admin.done(address, page.fields | {"give_to": str(colleague)})
    assert "Assign to Bo: 3 changed" in page.main
    assert assignees(console) == [colleague] * 3 + [leaver.staff]
    assert leaver.raw("GET", "/requests").status_code == 303
    assert "Korean" in console.sign_in(staff=colleague).get("/requests").main
    undone = admin.done("/requests/bulk/1/undo")
    assert "Undone: 0 requests are as before" in undone.main
    assert "has no open account any more" in undone.main


def test_requests_that_are_stranded_with_a_closed_account_are_shown_and_given_away(console: Console) -> None:
    admin, closed = console.sign_in("admin"), console.account(name="Ana", active=False)
    for _ in range(2):
        insert_request(console, assigned_to=closed)
    page = admin.get("/staff")
    assert "2 open requests are assigned to Ana, whose account is closed." in page.main
    assert admin.post(f"/staff/{closed}/requests").status == 422
    page = admin.done(f"/staff/{closed}/requests", {"give_to": "none"})
    assert "Assign to nobody: 2 changed" in page.main
    assert assignees(console) == [None, None]
    assert "whose account is closed" not in admin.get("/staff").main
    assert console.sign_in().send("/requests/1/assign", {"officer": str(closed)}).status_code == 422


def test_a_new_link_and_a_role_are_asked_for_first(console: Console) -> None:
    admin = console.sign_in("admin")
    other = person(console, "other@office.example.gov", Role.OFFICER)
    page = admin.get(f"/staff/{other.id}/link")
    for words in ("A link that was made before stops working now", "every passkey", "every session ends"):
        assert words in page.main
    assert other.browser.get("/requests").status == 200, "asking changes nothing"
    assert admin.post(f"/staff/{other.id}/link", page.fields).words("link")
    page = admin.get(f"/staff/{other.id}/role?role=lead")
    assert "officer becomes lead?" in page.main
    assert other.browser.get("/figures").status == 403, "asking changes nothing"
    admin.done(f"/staff/{other.id}", page.fields)
    assert admin.get(f"/staff/{other.id}/role?role=chief").status == 422


def assignees(console: Console) -> list[int | None]:
    with reading(console.engine) as connection:
        return list(connection.scalars(select(HelpRequestRow.assigned_to).order_by(HelpRequestRow.id)))
