"""The checks of `flask doctor --role console`: both keys, the worker, what waits, and stranded requests."""

from sqlalchemy import Engine

from resident_app.casework.cases.bulk_changes import count_open_by_assignee
from resident_app.casework.key_check import office_key_problem
from resident_app.casework.messages.stalled import stalled_channels
from resident_app.casework.office_keys import load_office_keys
from resident_app.casework.resealing import count_by_key
from resident_app.casework.worker_status import worker_status
from resident_app.clock import utc_now
from resident_app.commands.deployment_check import CheckFailed, CheckWarned, DeploymentCheck
from resident_app.console.context import open_accounts
from resident_app.contact_points import Channel
from resident_app.database import reading
from resident_app.migrations.state import is_current
from resident_app.settings import ConsoleSettings
from resident_app.web.accounts.account_sealing import sealing_problem
from resident_app.web.accounts.directory import staff_directory

_MESSAGES = {Channel.TEXT: "text messages", Channel.EMAIL: "emails"}


def _open(settings: ConsoleSettings) -> Engine:
    engine = open_accounts(settings)
    if not is_current(engine):
        raise CheckFailed("the tables are not up to date; run `flask database upgrade`")
    return engine


def _office_key(settings: ConsoleSettings) -> str:
    keys = load_office_keys(settings.office_private_key_path)
    with reading(_open(settings)) as connection:
        problem = office_key_problem(connection, keys, settings.office_public_key_path)
        counts = count_by_key(connection)
    if problem:
        raise CheckFailed(problem)
    lost = sum(one.number for one in counts if one.key and one.key not in keys.ids)
    if lost:
        raise CheckWarned(f"{lost} sealed records are sealed to keys that OFFICE_PRIVATE_KEY_FILE has not")
    return f"the private key is the office's, {', '.join(keys.ids)}"


def _accounts(settings: ConsoleSettings) -> str:
    with reading(_open(settings)) as connection:
        problem = sealing_problem(connection)
    if problem:
        raise CheckFailed(problem)
    return "SECRET_KEY is the one that the accounts were made with"


def _worker(settings: ConsoleSettings) -> str:
    with reading(_open(settings)) as connection:
        status = worker_status(connection, utc_now())
    if status.seen_at is None:
        raise CheckFailed("the worker has not run yet: calls and messages wait; start `flask worker`")
    if not status.runs:
        since = status.seen_at.isoformat(timespec="minutes")
        raise CheckFailed(f"the worker has not run since {since}: calls and messages wait")
    if status.problem:
        raise CheckFailed(f"the worker does nothing: {status.problem}")
    missing = [
        name
        for name, found in (
            ("no phone company is set (TWILIO_ACCOUNT_SID)", status.phone_company),
            ("no mail server is set (SMTP_URL)", status.mail_server),
        )
        if not found
    ]
    if missing:
        raise CheckWarned("the worker runs, but " + ", and ".join(missing))
    return f"it runs, with the phone company {status.phone_company} and the mail server {status.mail_server}"


def _messages(settings: ConsoleSettings) -> str:
    with reading(_open(settings)) as connection:
        stalled = stalled_channels(connection, utc_now())
    if stalled:
        raise CheckFailed(
            "; ".join(
                f"{one.messages} {_MESSAGES[one.channel]} wait, the oldest since "
                f"{one.since.isoformat(timespec='minutes')}, and none has gone out for half an hour "
                f"({one.error.value if one.error else 'not tried'})"
                for one in stalled
            )
        )
    return "nothing waits for long"


def _requests(settings: ConsoleSettings) -> str:
    engine = _open(settings)
    people = staff_directory(engine)
    with reading(engine) as connection:
        requests = count_open_by_assignee(connection)
    stranded = {id: number for id, number in requests.items() if id not in people or not people[id].active}
    if stranded:
        names = ", ".join(people[id].name if id in people else f"account {id}" for id in stranded)
        raise CheckWarned(
            f"{sum(stranded.values())} open requests are assigned to closed accounts ({names}); "
            "give them to somebody on the page Staff"
        )
    return "no open request is assigned to a closed account"


CONSOLE_CHECKS = (
    DeploymentCheck("office key", _office_key),
    DeploymentCheck("accounts", _accounts),
    DeploymentCheck("worker", _worker),
    DeploymentCheck("messages", _messages),
    DeploymentCheck("requests", _requests),
)
