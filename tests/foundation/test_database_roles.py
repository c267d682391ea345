"""On PostgreSQL each process may do what resident_app/database_roles.py lists, and nothing else."""

import re
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.exc import IntegrityError, ProgrammingError

from resident_app.commands import create_app
from resident_app.database import Base, reading, writing
from resident_app.database_roles import (
    ALL,
    RIGHTS,
    DatabaseRole,
    Rights,
    UnlistedTables,
    apply_roles,
    has_roles,
)
from resident_app.migrations.models import load_metadata
from resident_app.migrations.state import downgrade
from tests.roles import close, engine_as, prepare, url_as

# ruff: noqa: S608 - what is attacked is SQL itself

COLUMN_PRIVILEGES = ("SELECT", "INSERT", "UPDATE")
TABLE_PRIVILEGES = ("DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


@pytest.fixture
def owner(empty_postgresql: str) -> Iterator[Engine]:
    engine = prepare(empty_postgresql)
    yield engine
    close(engine)


def listed(table: str, role: DatabaseRole, privilege: str, column: str) -> bool:
    rights = RIGHTS[table].get(role, Rights())
    columns: tuple[str, ...] = getattr(rights, privilege.lower())
    return columns == ALL or column in columns


def test_each_right_on_each_table_and_column_is_the_listed_one(owner: Engine) -> None:
    """Every table × role × privilege × column, as the server answers it."""
    found = inspect(owner)
    tables = {table: [one["name"] for one in found.get_columns(table)] for table in found.get_table_names()}
    assert set(tables) == set(RIGHTS)
    asked = 0
    with reading(owner) as connection:
        for table, columns in tables.items():
            for role in DatabaseRole:
                for privilege in COLUMN_PRIVILEGES:
                    for column in columns:
                        has = _has_column(connection, role, table, column, privilege)
                        assert has == listed(table, role, privilege, column), (role, privilege, table, column)
                        asked += 1
                for privilege in TABLE_PRIVILEGES:
                    may = privilege == "DELETE" and RIGHTS[table].get(role, Rights()).delete
                    assert _has_table(connection, role, table, privilege) == may, (role, privilege, table)
    assert asked > 1000
    named = {column for rights in RIGHTS.values() for one in rights.values() for column in one.select}
    assert named - {"*"} <= {column for columns in tables.values() for column in columns}


def _has_column(connection: Connection, role: DatabaseRole, table: str, column: str, privilege: str) -> bool:
    asked = "SELECT has_column_privilege(%s, %s, %s, %s)"
    values = (role.user, f'"{table}"', column, privilege)
    return bool(connection.exec_driver_sql(asked, values).scalar_one())


def _has_table(connection: Connection, role: DatabaseRole, table: str, privilege: str) -> bool:
    asked = "SELECT has_table_privilege(%s, %s, %s)"
    return bool(connection.exec_driver_sql(asked, (role.user, f'"{table}"', privilege)).scalar_one())


def test_no_role_has_more_than_tables(owner: Engine) -> None:
    """No role makes tables or changes functions; the schema of the jobs is the worker's."""
    for role in DatabaseRole:
        for statement in (
            "CREATE TABLE more (id integer)",
            "CREATE TEMPORARY TABLE more (id integer)",
            "CREATE SCHEMA more",
            "ALTER TABLE help_request DISABLE TRIGGER ALL",
            "CREATE OR REPLACE FUNCTION guard_update_help_request() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NEW; END'",
            "SET ROLE record_console" if role is not DatabaseRole.CONSOLE else "SET ROLE record_worker",
        ):
            assert refused(owner, role, statement), (role, statement)
        made = not refused(owner, role, f"CREATE TABLE dbos.made_by_{role.value} (id integer)")
        assert made == (role is DatabaseRole.WORKER)


SEALED = (
    "help_request",
    "request_note",
    "timeline_entry",
    "outgoing_message",
    "inbound_message",
    "office_call",
    "attachment",
)
NOT_FOR_THE_PUBLIC_PROCESS = (
    *(f"SELECT sealed FROM {table}" for table in SEALED),
    *(f"SELECT * FROM {table}" for table in SEALED),
    *(f"SELECT count(*) FROM {table} WHERE sealed LIKE 'x%'" for table in SEALED),
    "SELECT * FROM staff",
    "SELECT email FROM staff",
    "SELECT * FROM staff_session",
    "SELECT public_key FROM staff_passkey",
    "SELECT count(*) FROM audit_event",
    "SELECT * FROM export",
    "SELECT at FROM purge_receipt",
    "INSERT INTO staff (email, role) VALUES ('a@example.com', 'admin')",
    "INSERT INTO staff_session (id, account_id, created_at, seen_at, contents)"
    " VALUES ('x', 1, now(), now(), '{}')",
    "INSERT INTO audit_event (number, at, kind, fields, previous, hash)"
    " VALUES (1, now(), 'purged', '{}', '', '')",
    "DELETE FROM audit_event",
    "UPDATE audit_event SET kind = 'x'",
    "UPDATE staff SET role = 'admin'",
    "INSERT INTO outgoing_message (key, channel, state) VALUES ('aaaaaaaa', 'text', 'waiting')",
    "INSERT INTO office_call (token, request_id) VALUES ('a', 1)",
    "INSERT INTO office_leg (call_id, who) VALUES (1, 'officer')",
    "INSERT INTO timeline_entry (request_id) VALUES (1)",
    "INSERT INTO publication (sequence, edition) VALUES (99, 1)",
    "UPDATE edition SET header = ''",
    "DELETE FROM envelope",
    "DELETE FROM help_request",
    "DELETE FROM purge_receipt",
    "INSERT INTO purge_receipt (at, kind, rule, count, in_audit_log) VALUES (now(), 'x', 'x', 1, true)",
    "UPDATE purge_receipt SET in_audit_log = true",
    "DELETE FROM erasure_log",
    "UPDATE alembic_version SET version_num = 'x'",
    "COPY help_request TO STDOUT",
    "TRUNCATE help_request",
    "LOCK TABLE staff",
)


@pytest.mark.parametrize("statements", [NOT_FOR_THE_PUBLIC_PROCESS])
def test_the_public_role_cannot(owner: Engine, statements: tuple[str, ...]) -> None:
    done = [statement for statement in statements if not refused(owner, DatabaseRole.PUBLIC, statement)]
    assert done == []


REQUEST = {
    "id": 1,
    "submission": b"0" * 16,
    "selector": "12345",
    "secret_hash": "argon2",
    "reference_attempt": 0,
    "spoken_language": "en",
    "written_language": "en",
    "topic": "question",
    "state": "in-hand",
    "sealed": b"sealed",
    "sealed_to": "key",
    "version": 0,
    "outcome": "",
    "legal_hold": False,
}


@pytest.fixture
def request_one(owner: Engine) -> None:
    """A request with a note, a message and a call."""
    columns = ", ".join(REQUEST)
    values = ", ".join(f":{name}" for name in REQUEST)
    with writing(owner) as connection:
        connection.execute(
            text(
                f"INSERT INTO help_request ({columns}, received_at, last_contact_at) "
                f"VALUES ({values}, now(), now())"
            ),
            REQUEST,
        )
        for statement in (
            "INSERT INTO request_note (request_id, submission, received_at, sealed, sealed_to)"
            " VALUES (1, 'note', now(), 'x', '')",
            "INSERT INTO outgoing_message (id, key, request_id, channel, state, round, attempts, created_at,"
            " provider_id, sealed, sealed_to)"
            " VALUES (1, 'aaaaaaaa', 1, 'text', 'sent', 0, 1, now(), '', 'x', '')",
            "INSERT INTO office_call (id, token, request_id, stage, created_at, updated_at, spoken_language,"
            " topic, voicemail_ok, wants_interpreter, answered_by, ended_because, outcome, sealed, sealed_to)"
            " VALUES (1, 'a', 1, 'ringing-officer', now(), now(), 'en', 'question', false, false, '', '', '',"
            " 'x', '')",
            "INSERT INTO attachment (key, request_id, received_at, size, sealed, sealed_to)"
            " VALUES ('a', 1, now(), 1, 'x', '')",
        ):
            connection.execute(text(statement))


@pytest.mark.usefixtures("request_one")
def test_the_public_role_cannot_change_somebodys_request(owner: Engine) -> None:
    """It may erase one. It may not give it other contents, another sender, officer or state."""
    for change in (
        "sealed = 'mine'",
        "sealed = ''",
        "secret_hash = 'mine'",
        "selector = '99999'",
        "assigned_to = 1",
        "merged_into = 2",
        "topic = 'other'",
        "channel = 'text'",
        "legal_hold = true",
        "state = 'closed'",
        "state = 'received'",
        "erasure_requested_at = now()",
        "state = 'erased'",
        "state = 'erased', sealed = 'mine', selector = NULL",
    ):
        statement = f"UPDATE help_request SET {change}"
        assert refused(owner, DatabaseRole.PUBLIC, statement), change
    assert refused(
        owner, DatabaseRole.PUBLIC, "UPDATE outgoing_message SET state = 'waiting' WHERE state = 'sent'"
    )
    reported = "UPDATE outgoing_message SET delivery = 'delivered', delivery_at = now()"
    for change in (
        f"{reported}, state = 'failed'",
        f"{reported}, state = 'cancelled'",
        f"{reported}, sealed = 'x'",
    ):
        assert refused(owner, DatabaseRole.PUBLIC, change), change
    assert not refused(owner, DatabaseRole.PUBLIC, reported)
    with writing(owner) as connection:
        connection.execute(text(reported))
    assert refused(owner, DatabaseRole.PUBLIC, "UPDATE outgoing_message SET delivery = 'failed'"), (
        "it arrived"
    )
    assert refused(owner, DatabaseRole.PUBLIC, "UPDATE office_call SET sealed = 'mine', stage = 'waiting'")
    assert not refused(owner, DatabaseRole.PUBLIC, "UPDATE office_call SET sealed = '', stage = 'ended'")
    assert not refused(
        owner, DatabaseRole.PUBLIC, "UPDATE help_request SET state = 'erased', sealed = '', selector = NULL"
    )


@pytest.mark.usefixtures("request_one")
def test_the_public_role_cannot_erase_what_is_held(owner: Engine) -> None:
    with writing(owner) as connection:
        connection.execute(text("UPDATE help_request SET legal_hold = true"))
    erased = "UPDATE help_request SET state = 'erased', sealed = '', selector = NULL, legal_hold = false"
    for statement in (
        erased,
        "UPDATE help_request SET legal_hold = false",
        "DELETE FROM request_note WHERE request_id = 1",
        "DELETE FROM outgoing_message WHERE request_id = 1",
        "DELETE FROM office_call WHERE request_id = 1",
        "DELETE FROM attachment WHERE request_id = 1",
    ):
        assert refused(owner, DatabaseRole.PUBLIC, statement), statement
    asked = "UPDATE help_request SET erasure_requested_at = now() WHERE id = 1"
    assert not refused(owner, DatabaseRole.PUBLIC, asked)


@pytest.mark.usefixtures("request_one")
def test_a_closed_request_can_be_reopened_and_nothing_else(owner: Engine) -> None:
    with writing(owner) as connection:
        connection.execute(text("UPDATE help_request SET state = 'closed', closed_at = now()"))
    reopened = (
        "UPDATE help_request SET state = 'received', closed_at = NULL, outcome = '', version = version + 1"
    )
    assert refused(owner, DatabaseRole.PUBLIC, f"{reopened}, sealed = 'mine'")
    assert not refused(owner, DatabaseRole.PUBLIC, reopened)


def test_the_others_cannot_go_beyond_their_own(owner: Engine) -> None:
    for role, statements in {
        DatabaseRole.CONSOLE: (
            "SELECT label FROM envelope",
            "SELECT header FROM edition",
            "UPDATE audit_event SET kind = 'x'",
            "DELETE FROM audit_event",
            "SELECT * FROM call",
            "SELECT * FROM attempt",
        ),
        DatabaseRole.WORKER: (
            "SELECT label FROM envelope",
            "SELECT email FROM staff",
            "SELECT contents FROM staff_session",
            "UPDATE audit_event SET kind = 'x'",
            "UPDATE notice_address SET email = 'x'",
            "INSERT INTO office_call (token) VALUES ('a')",
        ),
        DatabaseRole.REGISTER: (
            "SELECT id FROM help_request",
            "SELECT email FROM staff",
            "DELETE FROM publication",
        ),
        DatabaseRole.MAIL: (
            "SELECT sealed FROM inbound_message",
            "SELECT sealed FROM attachment",
            "UPDATE attachment SET inbound = NULL",
            "SELECT id FROM help_request",
        ),
    }.items():
        for statement in statements:
            assert refused(owner, role, statement), (role, statement)


def test_a_table_that_is_not_listed_stops_the_command(owner: Engine) -> None:
    assert refused(owner, DatabaseRole.PUBLIC, "SELECT * FROM staff")
    with writing(owner) as connection:
        connection.execute(text("CREATE TABLE newcomer (id integer)"))
    with pytest.raises(UnlistedTables, match="newcomer"), writing(owner) as connection:
        apply_roles(connection)
    for role in DatabaseRole:
        assert refused(owner, role, "SELECT * FROM newcomer")


def test_a_process_writes_no_code_that_does_not_exist(owner: Engine) -> None:
    """An unknown code would stop the readers of the row: on PostgreSQL each column of codes is checked."""
    load_metadata()
    with reading(owner) as connection:
        found = connection.exec_driver_sql(
            "SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE contype = 'c'"
        ).all()
    constraints = {row.conname: row.definition for row in found}
    written_outside = ("help_request", "inbound_message", "office_call", "office_leg", "outgoing_message")
    columns = [
        column
        for table in written_outside
        for column in Base.metadata.tables[table].columns
        if isinstance(column.type, SqlEnum) and column.name != "error"
    ]
    assert len(columns) == 11
    for column in columns:
        definition = constraints[f"{column.table.name}_{column.name}_known"]
        known = set(re.findall(r"'([a-z-]+)'", definition))
        assert known == set(column.type.enums), f"{column}: write a migration for its codes"
    engine = engine_as(owner, DatabaseRole.PUBLIC)
    with pytest.raises(IntegrityError), engine.connect() as connection:
        connection.exec_driver_sql(
            "INSERT INTO inbound_message (submission, channel, state, received_at, sealed, sealed_to)"
            " VALUES ('x', 'zz', 'new', now(), 'x', 'x')"
        )


def test_the_command_prints_and_applies(empty_postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_postgresql)
    roles = create_app().cli.commands["database"]
    printed = CliRunner().invoke(roles, ["roles"])
    assert printed.exit_code == 0, printed.output
    assert 'GRANT SELECT ON "envelope" TO record_public;' in printed.output.splitlines()
    owner = prepare_without_roles(empty_postgresql)
    with reading(owner) as connection:
        assert not has_roles(connection), "printing changes nothing"
    for _ in range(2):
        applied = CliRunner().invoke(roles, ["roles", "--apply"])
        assert applied.exit_code == 0, applied.output
    with reading(owner) as connection:
        assert has_roles(connection)
    assert refused(owner, DatabaseRole.PUBLIC, "SELECT * FROM staff")
    close(owner)


def test_sqlite_has_no_roles(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/x.db")
    done = CliRunner().invoke(create_app().cli.commands["database"], ["roles", "--apply"])
    assert done.exit_code == 1
    assert "SQLite has no roles" in done.output


def prepare_without_roles(url: str) -> Engine:
    from resident_app.database import open_database
    from resident_app.migrations.state import upgrade
    from tests.roles import with_psycopg

    engine = open_database(with_psycopg(url))
    upgrade(engine)
    return engine


def refused(owner: Engine, role: DatabaseRole, statement: str) -> bool:
    """Whether the server refuses a statement for want of a right. Nothing that it does is kept."""
    engine = engine_as(owner, role)
    assert url_as("postgresql://x/y", role).startswith(f"postgresql+psycopg://{role.user}@")
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            connection.exec_driver_sql(statement.replace("%", "%%"))
        except ProgrammingError as error:
            if not isinstance(error.orig, InsufficientPrivilege):
                raise
            return True
        finally:
            transaction.rollback()
    return False


def test_a_process_does_not_change_tables_that_are_not_its_own(
    empty_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role finds tables of an older version, and says who may upgrade them."""
    owner = prepare(empty_postgresql)
    downgrade(owner, "0006_longer_references")
    monkeypatch.setenv("DATABASE_URL", url_as(empty_postgresql, DatabaseRole.PUBLIC))
    done = CliRunner().invoke(create_app().cli.commands["database"], ["upgrade"])
    close(owner)
    assert done.exit_code == 1
    assert "run `flask database upgrade` as their owner" in done.output
