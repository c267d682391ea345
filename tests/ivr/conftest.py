"""An office that calls residents, over one database or over both."""

import pytest

from ivr.simulator import FakeCarrier
from ivr.simulator.fake_carrier import ACCOUNT_SID
from tests.conftest import DeployWith
from tests.ivr.office import Office


def _office(deploy: DeployWith, provider: FakeCarrier, **settings: object) -> Office:
    deployment = deploy(twilio_account_sid=ACCOUNT_SID, twilio_api_base=provider.address, **settings)
    provider.post = deployment.post
    return Office(deployment, provider)


@pytest.fixture
def office(deploy: DeployWith, provider: FakeCarrier) -> Office:
    return _office(deploy, provider)


@pytest.fixture(params=["sqlite", "postgresql"])
def on_both(request: pytest.FixtureRequest, deploy: DeployWith, provider: FakeCarrier) -> Office:
    url = request.getfixturevalue("postgresql") if request.param == "postgresql" else ""
    return _office(deploy, provider, database_url=url)
