"""What a deployment has stored of its calls."""

from sqlalchemy import func, select

from ivr.call_store import CallRow
from resident_app.casework.messages import placement
from resident_app.casework.office_keys import load_office_keys
from resident_app.casework.opening import OpenedRequest, open_request
from resident_app.database import reading
from resident_app.intake.inbound_messages import InboundMessage
from resident_app.intake.message_tables import InboundState
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.worker.unattended import open_inbound
from tests.conftest import Deployment


def stored_requests(deployment: Deployment) -> list[OpenedRequest]:
    with reading(deployment.engine) as connection:
        rows = connection.execute(select(HelpRequestRow.__table__)).all()
    key = load_office_keys(deployment.context.settings.instance_dir / "office.private.key")
    return [open_request(row.sealed, key, row.submission) for row in rows]


def calls_stored(deployment: Deployment) -> int:
    with reading(deployment.short_lived) as connection:
        return connection.execute(select(func.count()).select_from(CallRow)).scalar_one()


def received_texts(deployment: Deployment) -> list[InboundMessage]:
    """Return the text messages that the office has, the oldest first."""
    keys = load_office_keys(deployment.context.settings.instance_dir / "office.private.key")
    with reading(deployment.engine) as connection:
        stored = placement.in_state(connection, InboundState.NEW, 100)
    return [open_inbound(one, keys) for one in stored]
