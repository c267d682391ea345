"""What a change of an account does, asked before it is made: closing, a role, a set-up link, its requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Response, make_response, render_template, url_for
from sqlalchemy import Connection, func, select, update

from resident_app.casework.cases.bulk_change_tables import BulkKind
from resident_app.casework.cases.bulk_changes import BulkAction, open_requests_of
from resident_app.casework.cases.queue_query import SavedViewRow
from resident_app.console.cases.actor import current_actor, describe_refusal
from resident_app.console.context import current_context
from resident_app.database import reading, writing
from resident_app.web.accounts.account_store import LINK_IS_GOOD_FOR, Account
from resident_app.web.accounts.directory import staff_directory
from resident_app.web.accounts.second_person import needs_second_person
from resident_app.web.accounts.staff_tables import Role

NOBODY = "none"
CHOOSE = "Choose who works on them, or nobody: then they are back in the queue."

_ROLES = {
    Role.OFFICER: "An officer works with requests, calls and messages.",
    Role.LEAD: "A lead also sees figures, exports, approvals, the audit log and retention.",
    Role.ADMIN: "An admin also makes and closes accounts, and sees the keys.",
}


@dataclass(frozen=True)
class Confirmation:
    """What the page asks: a heading, what will happen line by line, and the form's address and fields."""

    heading: str
    lines: list[str]
    action: str
    button: str
    hidden: Mapping[str, str] = field(default_factory=dict)
    reassigns: int = 0
    """How many open requests need somebody else."""
    is_grave: bool = False


def closing(account: Account, requests: int, sessions: int) -> Confirmation:
    """Return what closing an account does."""
    lines = ["The person cannot sign in any more, until an admin opens the account again."]
    if sessions:
        lines.append(
            f"{_count(sessions, 'session ends', 'sessions end')} at once. What is typed there is lost."
        )
    lines.append("A set-up link that was not used yet stops working.")
    if requests:
        lines.append(f"{_count(requests, 'open request needs', 'open requests need')} somebody else.")
    views = _count_views(account.id)
    if views:
        lines.append(
            f"{_count(views, 'saved view goes', 'saved views go')} to the same person, if you choose one."
        )
    return Confirmation(
        f"Close the account of {_name(account)}?",
        lines,
        url_for("staff.change", staff=account.id),
        "Close the account",
        {"does": "close"},
        requests,
        is_grave=True,
    )


def giving_away(account: Account, requests: int) -> Confirmation:
    """Return what giving a person's open requests to somebody else does."""
    who = _name(account)
    line = f"{_count(requests, 'open request is', 'open requests are')} assigned to {who}"
    closed = "" if account.active else ", whose account is closed: nobody works on them"
    return Confirmation(
        f"Give away the open requests of {who}?",
        [f"{line}{closed}.", "Each request notes it, and you can undo it for an hour."],
        url_for("staff.give_away", staff=account.id),
        "Give them away",
        reassigns=requests,
    )


def changing_role(account: Account, role: Role, waits: bool) -> Confirmation:
    """Return what another role does. `waits`: a second person must allow it."""
    lines = [_ROLES[account.role].replace("also ", "") + " That is the role now.", _ROLES[role]]
    lines.append("It waits for a second person." if waits else "It counts at once. Nobody is signed out.")
    return Confirmation(
        f"{_name(account)}: {account.role.value} becomes {role.value}?",
        lines,
        url_for("staff.change", staff=account.id),
        f"Make {'an' if role.value[0] in 'ao' else 'a'} {role.value}",
        {"does": "role", "role": role.value},
    )


def making_link(account: Account) -> Confirmation:
    """Return what a new set-up link does."""
    hours = int(LINK_IS_GOOD_FOR.total_seconds()) // 3600
    lines = [f"It works once, within {hours} hours. A link that was made before stops working now."]
    if needs_second_person(account.role):
        lines.append("A lead or an admin gets it only when a second person allows it, if there is one.")
    if account.password:
        lines += [
            "Until it is used, everything stays as it is: make one only if the person cannot sign in.",
            "Once it is used, the password, the authenticator app, every passkey and all recovery codes are "
            "removed, and the person chooses new ones.",
            "Then every session ends, and devices that were remembered no longer are.",
            "Whoever has the link can become this person, so give it to them alone.",
        ]
    return Confirmation(
        f"Make a new set-up link for {_name(account)}?",
        lines,
        url_for("staff.new_link", staff=account.id),
        "Make the link",
        is_grave=bool(account.password),
    )


def confirmation_page(
    asked: Confirmation, account: Account, mistakes: Mapping[str, str] | None = None
) -> Response:
    """Return the page that asks."""
    people = staff_directory(current_context().engine).values()
    text = render_template(
        "staff_confirm.html",
        **{name: getattr(asked, name) for name in Confirmation.__dataclass_fields__},
        colleagues=[one for one in people if one.active and one.id != account.id],
        mistakes=mistakes or {},
    )
    return make_response(text, 422 if mistakes else 200)


def parse_recipient(typed: str, account: Account) -> int | None:
    """Return who gets the requests, or None for nobody. Raises ValueError if nothing valid was chosen."""
    if typed == NOBODY:
        return None
    found = staff_directory(current_context().engine).get(int(typed)) if typed.isascii() else None
    if found is None or not found.active or found.id == account.id:
        raise ValueError
    return found.id


def reassign_open_requests(account: Account, to: int | None, form_token: str | None) -> int | None:
    """Give a person's open requests and saved views to somebody else. Returns the bulk change's id.

    Returns None if there were no open requests.
    """
    context = current_context()
    if to is not None and not account.active:
        with writing(context.engine) as connection:
            _move_views(connection, account.id, to)
    action = BulkAction(BulkKind.ASSIGN, officer=to)
    with reading(context.engine) as connection:
        numbers = open_requests_of(connection, account.id)
        found = context.casework.bulk.preview(connection, numbers, action)
    if not numbers:
        return None
    return context.casework.bulk.make(found.versions, action, current_actor(form_token), describe_refusal)


def count_open_requests(account: int) -> int:
    """Return how many open requests are assigned to a person."""
    with reading(current_context().engine) as connection:
        return len(open_requests_of(connection, account))


def _move_views(connection: Connection, account: int, to: int) -> None:
    connection.execute(update(SavedViewRow).where(SavedViewRow.account_id == account).values(account_id=to))


def _count_views(account: int) -> int:
    with reading(current_context().engine) as connection:
        counted = select(func.count()).select_from(SavedViewRow).where(SavedViewRow.account_id == account)
        return connection.execute(counted).scalar_one()


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _name(account: Account) -> str:
    return account.name or account.email
