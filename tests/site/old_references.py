"""A request as version 0.2.0 stored it, with a reference of twelve digits."""

import hmac
from hashlib import sha256

from argon2 import PasswordHasher
from sqlalchemy import update

from resident_app.database import writing
from resident_app.intake.reference import old_reference
from resident_app.intake.request_tables import HelpRequestRow
from tests.conftest import Deployment
from tests.ivr.stored import stored_requests
from tests.site.test_help import REQUEST

TOKEN = "a-form-of-the-old-version"


def leave_old_request(deployment: Deployment, attempt: int = 2, **changes: str) -> str:
    """Leave a request, and give it the reference that version 0.2.0 would have given. Return that."""
    deployment.client.post("/en/help", REQUEST | {"form_token": TOKEN} | changes)
    request = stored_requests(deployment)[-1].request
    seed = hmac.digest(TOKEN.encode(), request.canonical(), sha256)
    reference = old_reference(seed, attempt)
    with writing(deployment.engine) as connection:
        changed = connection.execute(
            update(HelpRequestRow)
            .where(HelpRequestRow.submission == hmac.digest(seed, b"submission", sha256)[:16])
            .values(
                selector=reference.selector,
                secret_hash=PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(
                    reference.secret
                ),
                reference_attempt=attempt,
            )
        )
        assert changed.rowcount == 1
    return str(reference)
