"""Two people mean two people: for lead and admin accounts, their links and exports."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from resident_app.database import reading, writing
from resident_app.intake.message_tables import OutgoingRow
from resident_app.security.audit_log import AuditEvent
from resident_app.web.accounts import account_store, second_person
from resident_app.web.accounts.staff_tables import Role
from resident_app.worker.unattended import open_message
from tests.console.conftest import Console
from tests.console.enrollment import PASSWORD, open_link, person, use_link
from tests.console.strict_console import ConsolePage, StrictConsole

EXPORT = {
    "kind": "requests",
    "query": "state=open",
    "reason": "For the board",
    "purpose": "The board reads totals",
    "columns": ["id"],
    "kept_days": "30",
}
NEW = {"email": "new@office.example.gov", "name": "New Lead", "role": "lead"}


@pytest.fixture
def admin(console: Console) -> StrictConsole:
    return console.sign_in("admin", name="Ada Admin")


@pytest.fixture
def second(console: Console) -> StrictConsole:
    return console.sign_in("lead", name="Lee Lead")


def link_of(page: ConsolePage) -> str:
    return page.words("link")


def account_of(console: Console, email: str) -> account_store.Account:
    with reading(console.engine) as connection:
        found = account_store.find(connection, email=email)
    assert found is not None
    return found


def kinds(console: Console) -> list[str]:
    with reading(console.engine) as connection:
        return list(connection.scalars(select(AuditEvent.kind).order_by(AuditEvent.number)))


def whats(console: Console) -> str:
    """Return the fields of the events about accounts."""
    with reading(console.engine) as connection:
        chosen = select(AuditEvent.fields).where(AuditEvent.kind == "account-changed")
        return " ".join(connection.scalars(chosen))


def set_up(console: Console, link: str) -> StrictConsole:
    """Follow a link, and set up an app."""
    browser = console.anybody()
    use_link(browser, link, PASSWORD)
    return browser


def give_factor(console: Console, id: int, days: int) -> None:
    with writing(console.engine) as connection:
        since = console.clock() - timedelta(days=days)
        account_store.change(
            connection, id, console.clock(), tf_totp_secret="none that opens", second_factor_since=since
        )


def test_a_link_for_a_new_lead_waits_for_the_second_person(
    console: Console, admin: StrictConsole, second: StrictConsole
) -> None:
    page = admin.post("/staff", NEW)
    assert "does not work yet" in page.main
    link = link_of(page)
    waiting = open_link(console.anybody(), link)
    assert waiting.status == 403
    assert "waits for a second person" in waiting.main
    fields = {"code": link, "password": PASSWORD, "again": PASSWORD}
    browser = console.anybody()
    browser.get("/set-up")
    assert browser.send("/set-up", fields).status_code == 403
    new = account_of(console, NEW["email"])
    assert "Allow" not in admin.get("/approvals").main
    assert "not open to you" in admin.done(f"/approvals/{new.id}", {"does": "allow"}).main
    page = second.get("/approvals")
    assert "Ada Admin" in page.words(f"approval-{new.id}")
    assert "Lee Lead" in page.words(f"approval-{new.id}")
    assert "Nothing waits" in second.done(f"/approvals/{new.id}", {"does": "allow"}).main
    assert open_link(console.anybody(), link).status == 200
    assert '"link-allowed"' in whats(console)
    set_up(console, link)
    made = account_of(console, NEW["email"])
    assert (made.made_by, made.made_with) == (admin.staff, second.staff)


def test_a_refused_link_never_works(console: Console, admin: StrictConsole, second: StrictConsole) -> None:
    link = link_of(admin.post("/staff", NEW))
    new = account_of(console, NEW["email"])
    second.done(f"/approvals/{new.id}", {"does": "refuse"})
    assert open_link(console.anybody(), link).status == 404
    assert "not open to you" in second.done(f"/approvals/{new.id}", {"does": "allow"}).main
    assert '"link-refused"' in whats(console)


def test_whoever_asked_may_take_it_back(
    console: Console, admin: StrictConsole, second: StrictConsole
) -> None:
    link = link_of(admin.post("/staff", NEW))
    new = account_of(console, NEW["email"])
    assert "Withdraw" in admin.get("/approvals").main
    admin.done(f"/approvals/{new.id}", {"does": "refuse"})
    assert open_link(console.anybody(), link).status == 404


def test_a_link_cannot_take_an_account_over_alone(console: Console, admin: StrictConsole) -> None:
    """Seen: a new link takes over any account."""
    lead = person(console, "lead@office.example.gov", Role.LEAD)
    give_factor(console, lead.id, 8)
    page = admin.post(f"/staff/{lead.id}/link")
    assert "does not work yet" in page.main
    assert open_link(console.anybody(), link_of(page)).status == 403
    elsewhere = console.sign_in(staff=lead.id)
    assert "not open to you" in elsewhere.done(f"/approvals/{lead.id}", {"does": "allow"}).main, "their own"


def test_an_officer_s_link_needs_one_person(
    console: Console, admin: StrictConsole, second: StrictConsole
) -> None:
    page = admin.post("/staff", NEW | {"role": "officer"})
    assert open_link(console.anybody(), link_of(page)).status == 200


def test_a_higher_role_and_a_reopened_lead_wait_too(
    console: Console, admin: StrictConsole, second: StrictConsole
) -> None:
    officer, lead = console.account("officer"), console.account("lead")
    for role in ("lead", "admin"):
        page = admin.done(f"/staff/{officer}", {"does": "role", "role": role})
        assert "second person must allow" in page.main or "waits for a second person" in page.main
    browser = console.sign_in(staff=officer)
    assert browser.get("/figures").status == 403
    second.done(f"/approvals/{officer}", {"does": "allow"})
    assert browser.get("/figures?from=2026-11-01&to=2026-11-22").status == 200
    assert browser.get("/staff").status == 403, "the role that was asked for first"
    admin.done(f"/staff/{lead}", {"does": "close"})
    admin.done(f"/staff/{lead}", {"does": "open"})
    with reading(console.engine) as connection:
        found = account_store.find(connection, id=lead)
    assert found is not None
    assert not found.active
    second.done(f"/approvals/{lead}", {"does": "allow"})
    with reading(console.engine) as connection:
        found = account_store.find(connection, id=lead)
    assert found is not None
    assert found.active
    assert "Saved." in admin.done(f"/staff/{officer}", {"does": "role", "role": "officer"}).main, (
        "lower: alone"
    )


def test_seen_an_admin_with_an_account_of_their_own_making(
    console: Console, admin: StrictConsole, second: StrictConsole
) -> None:
    """Seen: one admin made a lead account, opened its link and approved the own export."""
    with writing(console.engine) as connection:  # An account that the admin made alone, long ago.
        id = account_store.add(connection, "puppet@office.example.gov", Role.LEAD, console.clock(), "Puppet")
        account_store.change(connection, id, console.clock(), made_by=admin.staff)
    give_factor(console, id, 100)
    puppet = console.sign_in(staff=id)
    for asker, decider in ((admin, puppet), (puppet, admin)):
        asker.done("/exports", EXPORT)
        number = max(
            int(action.split("/")[2]) for action in second.get("/exports").actions if "decide" in action
        )
        assert "not open to you" in decider.done(f"/exports/{number}/decide", {"does": "allow"}).main
        assert f"Allow {number}" not in decider.get("/exports").main
        assert "cannot be downloaded" in asker.done(f"/exports/{number}/take").main
        second.done(f"/exports/{number}/decide", {"does": "allow"})
        assert asker.send(f"/exports/{number}/take").mimetype == "text/csv"
    link = link_of(admin.post("/staff", NEW))
    new = account_of(console, NEW["email"])
    assert "not open to you" in puppet.done(f"/approvals/{new.id}", {"does": "allow"}).main
    assert open_link(console.anybody(), link).status == 403


@pytest.mark.parametrize(("days", "counts"), [(6, False), (7, True)])
def test_a_second_person_has_had_a_second_factor_for_seven_days(
    console: Console, admin: StrictConsole, second: StrictConsole, days: int, counts: bool
) -> None:
    newer = console.account("lead")
    give_factor(console, newer, days)
    admin.done("/exports", EXPORT)
    browser = console.sign_in(staff=newer)
    assert ("Allow 1" in browser.get("/exports").main) is counts
    browser.done("/exports/1/decide", {"does": "allow"})
    assert ("cannot be downloaded" in admin.get("/exports").main) is False
    assert (admin.send("/exports/1/take").mimetype == "text/csv") is counts


def test_the_days_begin_again_with_a_new_link(
    console: Console, admin: StrictConsole, second: StrictConsole
) -> None:
    page = admin.post(f"/staff/{second.staff}/link")
    third = console.sign_in("lead")
    third.done(f"/approvals/{second.staff}", {"does": "allow"})
    set_up(console, link_of(page))
    with reading(console.engine) as connection:
        found = account_store.find(connection, id=second.staff)
    assert found is not None
    assert found.second_factor_since is None
    assert not second_person.is_established(found, console.clock())


def test_until_two_exist_one_is_enough_and_every_lead_is_told(console: Console, admin: StrictConsole) -> None:
    ana = person(console, "ana@office.example.gov", Role.LEAD)
    page = admin.post("/staff", NEW)
    assert "every lead" in page.main
    assert open_link(console.anybody(), link_of(page)).status == 200
    admin.done("/exports", EXPORT)
    assert admin.send("/exports/1/take").mimetype == "text/csv"
    assert kinds(console).count("one-person") == 2
    with reading(console.engine) as connection:
        rows = connection.execute(select(OutgoingRow.__table__)).all()
    keys = console.context.keys.current()
    mail = [open_message(row.sealed, keys, row.key) for row in rows]
    assert {message.to for message in mail} == {ana.email}
    assert NEW["email"] in mail[0].body
    assert "Ada Admin" in mail[0].body
    assert "one person alone did" in ana.sign_in(console.anybody()).text
    assert "one person alone did" not in ana.sign_in(console.anybody()).text, "once"


def test_closing_the_others_does_not_make_one_enough(
    console: Console, admin: StrictConsole, second: StrictConsole
) -> None:
    admin.done(f"/staff/{second.staff}", {"does": "close"})
    page = admin.post("/staff", NEW)
    assert "does not work yet" in page.main
    assert "Nobody" in admin.get("/approvals").main
    assert kinds(console).count("two-people") == 1


def test_what_is_asked_by_somebody_who_left_is_not_allowed(
    console: Console, admin: StrictConsole, second: StrictConsole
) -> None:
    link = link_of(admin.post("/staff", NEW))
    other = console.sign_in("admin")
    other.done(f"/staff/{admin.staff}", {"does": "close"})
    new = account_of(console, NEW["email"])
    assert "not open to you" in second.done(f"/approvals/{new.id}", {"does": "allow"}).main
    assert open_link(console.anybody(), link).status == 403


@pytest.mark.parametrize("wrong", [{"does": "both"}, {}])
def test_a_decision_is_one_of_two(admin: StrictConsole, wrong: dict[str, str]) -> None:
    assert admin.post("/approvals/1", wrong).status == 422
