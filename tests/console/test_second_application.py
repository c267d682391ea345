"""The accounts belong to no application: one with its own pages, permissions and cookie can use them."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from ivr.simulator import VirtualClock
from resident_app.configuration.limits import SignIns
from resident_app.database import writing
from resident_app.security.row_authentication import RowKeys, with_row_keys
from resident_app.web.accounts import account_store
from resident_app.web.accounts.context import AccountsContext
from resident_app.web.accounts.installation import install_accounts
from resident_app.web.accounts.permissions import (
    ACCOUNT_PERMISSIONS,
    AccessLevel,
    Permission,
    permission_table,
)
from resident_app.web.accounts.staff_tables import Role
from tests.conftest import NOW
from tests.console.enrollment import PASSWORD

SECRET_KEY = "a-secret-key-of-the-portal-012345678"
BASE = "<title>Portal</title>{{ csrf_token() }}{% block main %}{% endblock %}"


@pytest.fixture
def engine_with_keys(engine: Engine) -> Engine:
    return with_row_keys(engine, RowKeys(SECRET_KEY, "portal"))


@pytest.fixture
def client(engine_with_keys: Engine, tmp_path: Path) -> FlaskClient:
    (tmp_path / "base.html").write_text(BASE)
    app = Flask("portal", template_folder=str(tmp_path))
    context = AccountsContext(
        application="portal",
        issuer="Disclosure portal",
        base_url="http://localhost:8003",
        is_https=False,
        secret_key=SECRET_KEY,
        engine=engine_with_keys,
        clock=VirtualClock(NOW),
        limits=SignIns(per_account=3, per_device=3, per_network=3),
        session_length=timedelta(hours=1),
        trusted_proxies=0,
        languages=frozenset({"en"}),
        permissions=permission_table(*ACCOUNT_PERMISSIONS, Permission("home", AccessLevel.OFFICER)),
    )
    install_accounts(app, context)
    app.add_url_rule("/", "home", lambda: "home")
    return app.test_client()


def test_another_application_uses_the_accounts(engine_with_keys: Engine, client: FlaskClient) -> None:
    with writing(engine_with_keys) as connection:
        account = account_store.add(connection, "ana@police.example.gov", Role.OFFICER, NOW)
        code = account_store.new_link(connection, account, NOW)
    assert client.get("/").headers["Location"] == "/sign-in"
    page = client.get("/set-up").get_data(as_text=True)
    token = page.partition("</title>")[2].partition("<")[0]
    fields = {"csrf_token": token, "code": code, "name": "Ana", "password": PASSWORD, "again": PASSWORD}
    response = client.post("/set-up", data=fields)
    assert response.headers["Location"] == "/set-up-sign-in"
    assert any(cookie.startswith("portal=") for cookie in response.headers.getlist("Set-Cookie"))
    assert "A passkey" in client.get("/set-up-sign-in", base_url="http://localhost:8003").get_data(
        as_text=True
    )
