"""One browser and one server for all that is looked at."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import chromium
from tests.browser.site import demonstration_site
from tests.load.servers import Server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with demonstration_site(tmp_path_factory.mktemp("site")) as server:
        yield server
