"""Accounts in the database, on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from resident_app.contact_points import NotAnEmail
from resident_app.database import writing
from resident_app.security.row_authentication import RowKeys, with_row_keys
from resident_app.web.accounts import account_store
from resident_app.web.accounts.staff_tables import Role


def test_links_codes_and_the_last_admin(engine: Engine) -> None:
    """Links and codes work once, and an admin is always left."""
    engine = with_row_keys(engine, RowKeys("a secret key", "console"))
    now = datetime(2026, 11, 24, tzinfo=UTC)
    with writing(engine) as connection:
        staff = account_store.add(connection, "a@b.example", Role.ADMIN, now)
        with pytest.raises(account_store.EmailTaken):
            account_store.add(connection, " A@B.example ", Role.OFFICER, now)
        with pytest.raises(NotAnEmail):
            account_store.add(connection, "a b@c", Role.OFFICER, now)
        with pytest.raises(account_store.LastAdmin):
            account_store.close(connection, staff, now)
        with pytest.raises(account_store.LastAdmin):
            account_store.set_role(connection, staff, Role.LEAD, now)
        account_store.set_recovery_codes(connection, staff, ["one", "two"], now)
    with writing(engine) as connection:
        found = account_store.find(connection, id=staff)
        assert found is not None
        assert account_store.use_recovery_code(connection, found.id, "one", now)
        assert not account_store.use_recovery_code(connection, found.id, "one", now)
        assert account_store.use_recovery_code(connection, found.id, "two", now)
        token = account_store.new_link(connection, staff, now)
        late = now + timedelta(hours=80)
        assert account_store.use_link(connection, token, "hash", "A", late) is None
        assert account_store.use_link(connection, token, "hash", "A", now) == staff
        assert account_store.use_link(connection, token, "hash", "A", now) is None
        account_store.add(connection, "b@b.example", Role.ADMIN, now)
        account_store.close(connection, staff, now)
        token = account_store.new_link(connection, staff, now)
        assert account_store.find_by_link(connection, token, now) is None, "closed"
