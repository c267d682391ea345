"""Its sender wrote to the office: a closed request waits for it again."""

from sqlalchemy import Connection, update

from resident_app.outreach.tables import State, StoredRequest


def wait_again(connection: Connection, number: int) -> None:
    """Open a request again if it is closed."""
    connection.execute(
        update(StoredRequest)
        .where(StoredRequest.id == number, StoredRequest.state == State.CLOSED.value)
        .values(state=State.RECEIVED.value, closed_at=None, outcome="", version=StoredRequest.version + 1)
    )
