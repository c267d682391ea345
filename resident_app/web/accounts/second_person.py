"""What one person may not do alone: lead and admin accounts, their set-up links, and exports.

A second person must allow it: a lead or admin who is established (a second factor for seven days) and
independent of the asker, so that nobody is their own second person through an account that they made. Until
two such people exist, one is enough, and so is the command line of the console's machine in an emergency.
That is recorded and told to every lead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import combinations

from sqlalchemy import Connection, select

from resident_app.security import audit_log
from resident_app.security.audit_log import Audited, AuditEvent
from resident_app.web.accounts import account_store
from resident_app.web.accounts.account_store import Account, every_account, to_change, write
from resident_app.web.accounts.staff_tables import AskedFor, Role

ESTABLISHED_AFTER = timedelta(days=7)

_RANKS = list(Role)
_NOTHING_ASKED = {"asked_for": None, "asked_role": None, "asked_by": None, "asked_at": None}


class AlreadyAsked(Exception):
    """Something about the account waits for a second person already."""


class NotTheSecondPerson(Exception):
    """Nothing is asked for, or this person may not decide it."""


class AskOutcome(Enum):
    """What came of asking for something."""

    DONE = "done"
    """It is nothing that needs two people."""
    ALONE = "alone"
    """It is done, by one person. Every lead must be told."""
    WAITS = "waits"


@dataclass(frozen=True)
class Asker:
    """Who asks. `account` is None on the command line of the console's machine."""

    account: int | None
    now: datetime
    is_emergency: bool = False
    """One person is enough: only on the command line."""


def needs_second_person(role: Role) -> bool:
    """Return whether an account of this role is nobody's to give alone."""
    return role is not Role.OFFICER


def is_established(account: Account, now: datetime) -> bool:
    """Return whether the account can be a second person for anybody."""
    since = account.second_factor_since
    return (
        account.active
        and needs_second_person(account.role)
        and since is not None
        and now - since >= ESTABLISHED_AFTER
    )


def are_independent(first: int, second: int, accounts: Mapping[int, Account]) -> bool:
    """Return whether neither of two accounts was made by the other, or both by one person."""
    return _origin(first, accounts) != _origin(second, accounts)


def second_people(accounts: Sequence[Account], asker: int | None, now: datetime) -> list[Account]:
    """Return who may allow what `asker` asks for; None: somebody on the command line."""
    by_id = {account.id: account for account in accounts}
    return [
        account
        for account in accounts
        if is_established(account, now) and (asker is None or are_independent(asker, account.id, by_id))
    ]


def two_are_needed(connection: Connection, now: datetime) -> bool:
    """Return whether one person is no longer enough. Once two people were there, it stays so.

    Otherwise an admin could close the other accounts, and then be enough alone.
    """
    seen = select(AuditEvent.number).where(AuditEvent.kind == Audited.TWO_PEOPLE.value).limit(1)
    if connection.execute(seen).one_or_none():
        return True
    accounts = every_account(connection)
    by_id = {account.id: account for account in accounts}
    established = [account.id for account in accounts if is_established(account, now)]
    if not any(are_independent(*pair, by_id) for pair in combinations(established, 2)):
        return False
    audit_log.record(connection, Audited.TWO_PEOPLE, actor_id=None, at=now)
    return True


def ask_for_link(connection: Connection, account_id: int, asker: Asker) -> tuple[str, AskOutcome]:
    """Return the token of a new set-up link, which may wait for a second person. Raises AlreadyAsked."""
    account = _unasked(connection, account_id, instead_of=AskedFor.LINK)
    outcome = _outcome(connection, account.role, asker, AskedFor.LINK.value, {"account": account_id})
    token = account_store.new_token()
    write(
        connection,
        account,
        asker.now,
        **account_store.link_columns(token, asker.now),
        link_by=asker.account,
        link_with=None,
        **(_asked(AskedFor.LINK, asker) if outcome is AskOutcome.WAITS else _NOTHING_ASKED),
    )
    return token, outcome


def ask_for_role(connection: Connection, account_id: int, role: Role, asker: Asker) -> AskOutcome:
    """Set a role, or ask for a higher one. Raises AlreadyAsked, LastAdmin."""
    account = _unasked(connection, account_id)
    if _RANKS.index(role) <= _RANKS.index(account.role):
        two_are_needed(connection, asker.now)  # Noted before there may be fewer people.
        account_store.set_role(connection, account_id, role, asker.now)
        return AskOutcome.DONE
    outcome = _outcome(connection, role, asker, AskedFor.ROLE.value, {"account": account_id})
    waits = {**_asked(AskedFor.ROLE, asker), "asked_role": role}
    columns = waits if outcome is AskOutcome.WAITS else {"role": role}
    write(connection, account, asker.now, **columns)
    return outcome


def role_waits(connection: Connection, account: Account, role: Role, now: datetime) -> bool:
    """Return whether giving this role would wait for a second person."""
    is_higher = _RANKS.index(role) > _RANKS.index(account.role)
    return is_higher and needs_second_person(role) and two_are_needed(connection, now)


def ask_to_open(connection: Connection, account_id: int, asker: Asker) -> AskOutcome:
    """Open a closed account, or ask for it. Raises AlreadyAsked."""
    account = _unasked(connection, account_id)
    outcome = _outcome(connection, account.role, asker, AskedFor.OPEN.value, {"account": account_id})
    columns = _asked(AskedFor.OPEN, asker) if outcome is AskOutcome.WAITS else {"active": True}
    write(connection, account, asker.now, **columns)
    return outcome


def close(connection: Connection, account_id: int, now: datetime) -> None:
    """Close an account. One person is enough. Raises LastAdmin."""
    two_are_needed(connection, now)  # Noted before there may be fewer people.
    account_store.close(connection, account_id, now)


def decide(connection: Connection, account_id: int, decider: int, *, allow: bool, now: datetime) -> AskedFor:
    """Allow or refuse what waits. The one who asked may take it back. Raises NotTheSecondPerson."""
    account = to_change(connection, account_id)
    accounts = every_account(connection)
    if account.asked_for is None or not may_decide(account, decider, accounts, allow=allow, now=now):
        raise NotTheSecondPerson
    columns: dict[str, object] = dict(_NOTHING_ASKED)
    match account.asked_for:
        case AskedFor.LINK if allow:
            columns |= {"link_with": decider, "link_until": now + account_store.LINK_IS_GOOD_FOR}
        case AskedFor.LINK:
            columns |= {"link_hash": None, "link_until": None}
        case AskedFor.ROLE if allow:
            columns |= {"role": account.asked_role}
        case AskedFor.OPEN if allow:
            columns |= {"active": True}
    write(connection, account, now, **columns)
    return account.asked_for


def may_decide(
    account: Account, decider: int, accounts: Sequence[Account], *, allow: bool, now: datetime
) -> bool:
    """Return whether a person may allow, or refuse, what waits about an account."""
    if not allow and decider == account.asked_by:
        return True
    asker_left = account.asked_by is not None and not any(
        each.id == account.asked_by and each.active for each in accounts
    )
    if decider == account.id or (allow and asker_left):
        return False
    return decider in {each.id for each in second_people(accounts, account.asked_by, now)}


def ask_for_export(connection: Connection, number: int, asker: Asker) -> AskOutcome:
    """Return whether an export waits for a second person."""
    return _outcome(connection, Role.LEAD, asker, "export", {"export": number})


def ask_for_erasure(connection: Connection, request: int, asker: Asker) -> AskOutcome:
    """Return whether erasing a request waits for a second person."""
    return _outcome(connection, Role.LEAD, asker, "erasure", {"request": request})


def people_to_tell(connection: Connection, actor: int | None) -> list[Account]:
    """Return the leads and admins who are told what one person did alone, without that person."""
    return [
        account
        for account in every_account(connection)
        if account.active and account.password and needs_second_person(account.role) and account.id != actor
    ]


def count_done_alone(connection: Connection, account_id: int) -> int:
    """Return how many things one person did alone since this account signed in before."""
    before = (
        select(AuditEvent.number)
        .where(AuditEvent.kind == Audited.SIGNED_IN.value, AuditEvent.actor_id == account_id)
        .order_by(AuditEvent.number.desc())
        .limit(1)
    )
    last = connection.execute(before).scalar_one_or_none()
    alone = select(AuditEvent.number).where(AuditEvent.kind == Audited.ONE_PERSON.value)
    return len(connection.scalars(alone.where(AuditEvent.number > (last or 0))).all())


def _outcome(
    connection: Connection, role: Role, asker: Asker, what: str, fields: Mapping[str, int]
) -> AskOutcome:
    """Return whether a second person is needed. If one person does it alone, record that.

    `what` is its code, and `fields` name what it is about.
    """
    if not needs_second_person(role):
        return AskOutcome.DONE
    if two_are_needed(connection, asker.now) and not asker.is_emergency:
        return AskOutcome.WAITS
    audit_log.record(
        connection,
        Audited.ONE_PERSON,
        actor_id=asker.account,
        at=asker.now,
        what=what,
        emergency=int(asker.is_emergency),
        **fields,
    )
    return AskOutcome.ALONE


def _unasked(connection: Connection, account_id: int, *, instead_of: AskedFor | None = None) -> Account:
    """Return the account to change. Raises AlreadyAsked if something else waits."""
    account = to_change(connection, account_id)
    if account.asked_for not in (None, instead_of):
        raise AlreadyAsked
    return account


def _asked(asked_for: AskedFor, asker: Asker) -> dict[str, object]:
    return {
        "asked_for": asked_for,
        "asked_role": None,
        "asked_by": asker.account,
        "asked_at": asker.now,
    }


def _origin(id: int, accounts: Mapping[int, Account]) -> int:
    """Return the account from which an account comes: itself, or that of who made it alone."""
    seen: set[int] = set()
    while id not in seen:
        seen.add(id)
        account = accounts.get(id)
        if account is None or account.made_by is None or account.made_with is not None:
            break
        id = account.made_by
    return id
