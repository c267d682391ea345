"""Promise 11: what was acknowledged is not lost: a reference is given only when the request is stored."""

import re

from sqlalchemy import select

from resident_app.database import reading
from resident_app.intake.reference import parse_reference
from resident_app.intake.request_tables import HelpRequestRow
from tests.conftest import Deployment
from tests.load.servers import serving


def test_every_reference_that_was_shown_survives_a_kill(deployment: Deployment) -> None:
    instance = deployment.context.settings.instance_dir
    selectors = []
    for round_number in range(3):
        with serving(instance) as server:
            for number in range(4):
                form = {"reach_by": "text", "phone": "2065550100", "message": f"{round_number} {number}"}
                status, _, body = server.request("POST", "/en/help", form)
                assert status == 200
                reference = re.search(r'id="reference"[^>]*>([0-9 ]+)<', body)
                assert reference is not None
                selectors.append(parse_reference(reference[1]).selector)
            server.kill()
        with reading(deployment.engine) as connection:
            stored = connection.execute(select(HelpRequestRow.selector)).scalars().all()
        assert sorted(stored) == sorted(selectors)
