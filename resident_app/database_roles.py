"""The roles that our processes have on PostgreSQL, and what each may do with each table.

Closed by default: a table that is not listed stops `flask database roles`, and a right that is not listed is
not granted. The evaluator has no role, because it has no database. Migrations are the owner's.

A right to UPDATE or DELETE does not say which rows and which values. GUARDS say that for the public role.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, inspect

PREFIX = "record_"
_SCHEMA = "public"
_JOBS_SCHEMA = "dbos"


class DatabaseRole(StrEnum):
    """One for each process that has the database."""

    PUBLIC = "public"
    CONSOLE = "console"
    WORKER = "worker"
    REGISTER = "register"
    """Who publishes editions."""
    MAIL = "mail"
    """The mail server's pipe: `flask office receive-mail`."""

    @property
    def user(self) -> str:
        """The role's name on the server."""
        return PREFIX + self.value


PUBLIC, CONSOLE, WORKER, REGISTER, MAIL = DatabaseRole
ALL = ("*",)


@dataclass(frozen=True)
class Rights:
    """The columns of a table that a role may SELECT, INSERT and UPDATE, and whether it may DELETE rows."""

    select: tuple[str, ...] = ()
    insert: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    delete: bool = False


READ = Rights(select=ALL)
APPEND = Rights(select=ALL, insert=ALL)
WHOLE = Rights(select=ALL, insert=ALL, update=ALL, delete=True)
_SEALED = ("sealed", "sealed_to")
_DELIVERY = ("delivery", "delivery_error", "delivery_at")

RIGHTS: Mapping[str, Mapping[DatabaseRole, Rights]] = {
    "alembic_version": dict.fromkeys(DatabaseRole, READ),
    # The register.
    "edition": {PUBLIC: READ, REGISTER: Rights(select=ALL, insert=ALL, update=ALL)},
    "envelope": {PUBLIC: READ, REGISTER: Rights(select=ALL, insert=ALL, delete=True)},
    "publication": {PUBLIC: READ, REGISTER: APPEND},
    # Help requests. The public role writes what is sealed and never reads it.
    "help_request": {
        PUBLIC: Rights(
            select=(
                *("id", "submission", "selector", "secret_hash", "reference_attempt", "state", "tried_on"),
                *("merged_into", "legal_hold", "erasure_requested_at", "version"),
            ),
            insert=(
                *("submission", "selector", "secret_hash", "reference_attempt", "origin", "spoken_language"),
                *("written_language", "topic", "channel", "state", "received_at", "last_contact_at"),
                *("version", "outcome", "legal_hold"),
                *_SEALED,
            ),
            update=(
                *("selector", "secret_hash", "origin", "spoken_language", "written_language", "topic"),
                *("channel", "state", "received_at", "last_contact_at", "version", "assigned_to", "tried_on"),
                *(
                    "next_action_at",
                    "call_back_officer",
                    "call_back_interpreter",
                    "closed_at",
                    "outcome",
                    "merged_into",
                    "legal_hold",
                    "priority",
                ),
                *("erasure_requested_at", "contact_removed_at", "wrote_at", "undelivered_at"),
                *_SEALED,
            ),
        ),
        CONSOLE: Rights(select=ALL, insert=ALL, update=ALL),
        WORKER: Rights(select=ALL, update=ALL, delete=True),
    },
    "request_note": {
        PUBLIC: Rights(
            select=("id", "request_id", "submission"),
            insert=("request_id", "submission", "received_at", *_SEALED),
            delete=True,
        ),
        CONSOLE: Rights(select=ALL, delete=True),
        WORKER: Rights(select=ALL, update=_SEALED, delete=True),
    },
    "timeline_entry": {
        PUBLIC: Rights(select=("request_id",), delete=True),
        CONSOLE: Rights(select=ALL, insert=ALL, delete=True),
        WORKER: Rights(select=ALL, insert=ALL, update=("code", *_SEALED), delete=True),
    },
    "request_tag": {
        PUBLIC: Rights(select=("request_id",), delete=True),
        CONSOLE: Rights(select=ALL, insert=ALL, delete=True),
        WORKER: Rights(select=ALL, delete=True),
    },
    "request_draft": {
        PUBLIC: Rights(select=("request_id",), delete=True),
        CONSOLE: WHOLE,
        WORKER: Rights(select=ALL, update=_SEALED, delete=True),
    },
    "request_presence": {
        PUBLIC: Rights(select=("request_id",), delete=True),
        CONSOLE: WHOLE,
        WORKER: Rights(select=ALL, delete=True),
    },
    "staff_notice": {
        PUBLIC: Rights(select=("request_id",), delete=True),
        CONSOLE: WHOLE,
        WORKER: WHOLE,
    },
    "notice_address": {CONSOLE: WHOLE, WORKER: READ},
    # Messages and calls.
    "outgoing_message": {
        PUBLIC: Rights(
            select=("request_id", "state", "provider_id", "delivery"),
            update=("state", "ended_at", *_DELIVERY),
            delete=True,
        ),
        CONSOLE: WHOLE,
        WORKER: WHOLE,
    },
    "inbound_message": {
        PUBLIC: Rights(select=("id",), insert=("submission", "channel", "state", "received_at", *_SEALED)),
        MAIL: Rights(select=("id",), insert=("submission", "channel", "state", "received_at", *_SEALED)),
        CONSOLE: Rights(
            select=ALL,
            insert=("submission", "channel", "state", "received_at", *_SEALED),
            update=("state",),
            delete=True,
        ),
        WORKER: Rights(select=ALL, update=("state", *_SEALED), delete=True),
    },
    "attachment": {
        PUBLIC: Rights(select=("request_id",), delete=True),
        MAIL: Rights(
            select=("id", "received_at", "size"),
            insert=("key", "inbound", "received_at", "size", *_SEALED),
        ),
        CONSOLE: Rights(select=ALL, insert=ALL, update=("inbound", "request_id"), delete=True),
        WORKER: Rights(select=ALL, update=("inbound", "request_id", *_SEALED), delete=True),
    },
    "office_call": {
        PUBLIC: Rights(
            select=(
                *("id", "token", "request_id", "stage", "updated_at", "spoken_language", "topic"),
                *("voicemail_ok", "answered_by", "ended_because"),
            ),
            update=(
                *("stage", "updated_at", "answered_by", "ended_because", "voicemail_ok"),
                *("wants_interpreter", *_SEALED),
            ),
            delete=True,
        ),
        CONSOLE: WHOLE,
        WORKER: Rights(select=ALL, update=ALL, delete=True),
    },
    "office_leg": {
        PUBLIC: Rights(select=ALL, update=("provider_id", "stage", "updated_at")),
        CONSOLE: READ,
        WORKER: WHOLE,
    },
    # Numbers that opted out of the line's own texts, and the keywords that were taken.
    "opt_out": {PUBLIC: WHOLE},
    "keyword_text": {PUBLIC: APPEND},
    # What was removed.
    "purge_receipt": {
        PUBLIC: Rights(select=("id",), insert=("at", "kind", "rule", "count")),
        CONSOLE: Rights(select=ALL, insert=ALL, update=("in_audit_log",)),
        WORKER: Rights(select=ALL, insert=ALL, update=("in_audit_log",)),
    },
    "erasure_log": {
        PUBLIC: Rights(select=("submission",), insert=ALL),
        CONSOLE: APPEND,
        WORKER: Rights(select=ALL, insert=ALL, delete=True),
    },
    # The office's staff, and the record of what they do, which nobody but retention removes from.
    "staff": {CONSOLE: WHOLE, WORKER: Rights(select=("id", "active"))},
    "sign_in_attempt": {CONSOLE: WHOLE},
    "staff_passkey": {CONSOLE: WHOLE},
    "staff_session": {CONSOLE: WHOLE, WORKER: Rights(select=("id", "created_at"), delete=True)},
    "saved_view": {CONSOLE: WHOLE},
    "secret_key": {CONSOLE: WHOLE},
    "bulk_change": {CONSOLE: WHOLE},
    "bulk_change_item": {CONSOLE: WHOLE},
    "erasure_approval": {CONSOLE: WHOLE, WORKER: Rights(select=("id",), delete=True)},
    "worker_heartbeat": {CONSOLE: READ, WORKER: WHOLE},
    "bulk_message": {CONSOLE: WHOLE},
    # Templates are retired and never removed: a message names the version it was made of.
    "office_template": {CONSOLE: Rights(select=ALL, insert=ALL, update=ALL)},
    "office_template_text": {
        CONSOLE: Rights(
            select=ALL, insert=ALL, update=("read_back", "read_back_by", "reviewed_by", "reviewed_at", "mac")
        )
    },
    # Interpreters are retired and never removed: a call-back names one.
    "office_interpreter": {CONSOLE: Rights(select=ALL, insert=ALL, update=ALL)},
    "export": {CONSOLE: WHOLE, WORKER: Rights(select=("id", "requested_at"), delete=True)},
    "audit_event": {CONSOLE: APPEND, WORKER: Rights(select=ALL, insert=ALL, delete=True)},
    # Short-lived.
    "attempt": {PUBLIC: WHOLE},
    "limit_salt": {PUBLIC: WHOLE},
    "call": {PUBLIC: WHOLE},
    "ended_call": {PUBLIC: WHOLE},
    "texted_language": {PUBLIC: WHOLE},
}


_STATE = ("state", "closed_at", "outcome")
_KEPT_WHEN_WRITTEN = tuple(
    column
    for column in RIGHTS["help_request"][PUBLIC].update
    if column not in (*_STATE, "version", "merged_into", "wrote_at")
)
_KEPT_UNDER_HOLD = tuple(
    column for column in RIGHTS["help_request"][PUBLIC].update if column != "erasure_requested_at"
)


def _unchanged(columns: tuple[str, ...]) -> str:
    new, old = (", ".join(f"{row}.{column}" for column in columns) for row in ("NEW", "OLD"))
    return f"ROW({new}) IS NOT DISTINCT FROM ROW({old})"


_NOT_HELD = "NOT EXISTS (SELECT FROM help_request WHERE id = OLD.request_id AND legal_hold)"

GUARDS: Mapping[tuple[str, str], str] = {
    ("UPDATE", "help_request"): f"""
        (NEW.state = 'erased' AND NEW.sealed = '' AND NEW.selector IS NULL AND NOT OLD.legal_hold)
        OR ({_unchanged(_KEPT_WHEN_WRITTEN)} AND (NEW.wrote_at IS NOT NULL OR OLD.wrote_at IS NULL)
            AND (OLD.state = 'closed' AND NEW.state = 'received' OR {_unchanged(_STATE)})
            AND COALESCE(NEW.merged_into = OLD.merged_into, NEW.merged_into IS NULL))
        OR (OLD.legal_hold AND NEW.erasure_requested_at IS NOT NULL AND {_unchanged(_KEPT_UNDER_HOLD)})""",
    ("UPDATE", "outgoing_message"): f"""
        (NEW.state = 'cancelled' AND {_unchanged(_DELIVERY)})
        OR (OLD.state = 'sent' AND {_unchanged(("state", "ended_at"))}
            AND (OLD.delivery IS NULL OR OLD.delivery IN ('queued', 'sent')))""",
    ("UPDATE", "office_call"): "NEW.sealed = OLD.sealed OR NEW.sealed = ''",
    ("DELETE", "request_note"): _NOT_HELD,
    ("DELETE", "timeline_entry"): _NOT_HELD,
    ("DELETE", "staff_notice"): _NOT_HELD,
    ("DELETE", "outgoing_message"): _NOT_HELD,
    ("DELETE", "office_call"): _NOT_HELD,
    ("DELETE", "attachment"): _NOT_HELD,
    ("DELETE", "request_tag"): _NOT_HELD,
}
"""What must be true of a row that the public role updates or deletes. It may erase a request that is not
under legal hold, note on one that is that erasing was asked for, note that the sender wrote, which reopens
a closed one, cancel messages, and note what the carrier reports of a message that was sent and has not
arrived yet."""


class UnlistedTables(Exception):
    """Tables without an entry in RIGHTS. The message names them."""


def role_statements(connection: Connection) -> Iterator[str]:
    """Yield the SQL that gives each role its rights and takes all others. Running it twice does no harm.

    The owner of the tables runs it. Raises UnlistedTables.
    """
    found = inspect(connection)
    tables = set(found.get_table_names(_SCHEMA))
    if unlisted := sorted(tables - RIGHTS.keys()):
        raise UnlistedTables(", ".join(unlisted))
    sequences = set(found.get_sequence_names(_SCHEMA))
    name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
    database = connection.dialect.identifier_preparer.quote_identifier(name)
    users = ", ".join(role.user for role in DatabaseRole)
    for role in DatabaseRole:
        yield (
            f"DO $$ BEGIN CREATE ROLE {role.user} LOGIN; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC, {users}"
    yield f"REVOKE ALL ON SCHEMA {_SCHEMA} FROM PUBLIC, {users}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {_SCHEMA} FROM PUBLIC, {users}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {_SCHEMA} FROM PUBLIC, {users}"
    yield f"GRANT CONNECT ON DATABASE {database} TO {users}"
    yield f"GRANT USAGE ON SCHEMA {_SCHEMA} TO {users}"
    for table in sorted(tables):
        for role, rights in RIGHTS[table].items():
            yield from _grants(table, role, rights, sequences)
    # The worker's jobs are kept by DBOS, which makes its own tables in a schema of its own.
    yield f"CREATE SCHEMA IF NOT EXISTS {_JOBS_SCHEMA}"
    yield f"ALTER SCHEMA {_JOBS_SCHEMA} OWNER TO {WORKER.user}"
    for (action, table), condition in GUARDS.items():
        yield from _guard(action, table, condition)


def apply_roles(connection: Connection) -> None:
    """Give each role its rights, in the caller's transaction. Raises UnlistedTables."""
    for statement in list(role_statements(connection)):
        connection.exec_driver_sql(statement)


def has_roles(connection: Connection) -> bool:
    """Return whether the roles have rights in this database."""
    if connection.dialect.name != "postgresql":
        return False
    granted = connection.exec_driver_sql(
        "SELECT 1 FROM information_schema.column_privileges"
        " WHERE grantee = %s AND table_schema = %s AND table_name = 'help_request'",
        (PUBLIC.user, _SCHEMA),
    )
    return granted.first() is not None


def _grants(table: str, role: DatabaseRole, rights: Rights, sequences: set[str]) -> Iterator[str]:
    parts = [
        privilege if columns == ALL else f"{privilege} ({', '.join(columns)})"
        for privilege, columns in (
            ("SELECT", rights.select),
            ("INSERT", rights.insert),
            ("UPDATE", rights.update),
        )
        if columns
    ]
    if rights.delete:
        parts.append("DELETE")
    yield f'GRANT {", ".join(parts)} ON "{table}" TO {role.user}'
    if rights.insert:
        for sequence in sorted(sequences & {f"{table}_id_seq", f"{table}_number_seq"}):
            yield f"GRANT USAGE ON SEQUENCE {sequence} TO {role.user}"


def _guard(action: str, table: str, condition: str) -> Iterator[str]:
    """Refuse what the public role may not make of a row. A function names no columns to PostgreSQL until it
    runs, so a migration may change the table."""
    name = f"guard_{action.lower()}_{table}"
    row = "NEW" if action == "UPDATE" else "OLD"
    yield f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_user <> '{PUBLIC.user}' OR ({condition}) THEN RETURN {row}; END IF;
    RAISE insufficient_privilege USING MESSAGE = 'permission denied for this change of {table}';
    END $$"""
    yield f"""CREATE OR REPLACE TRIGGER {name} BEFORE {action} ON {table}
    FOR EACH ROW EXECUTE FUNCTION {name}()"""
