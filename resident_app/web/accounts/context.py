"""What the sign-in pages of one application work with. The application builds it and registers it once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, current_app
from sqlalchemy import Engine

from resident_app.clock import Clock
from resident_app.configuration.limits import SignIns
from resident_app.web.accounts.permissions import Permission

_EXTENSION = "accounts"


@dataclass(frozen=True)
class AccountsContext:
    """The settings and connections of one application's accounts.

    The application's templates provide `base.html`, with the blocks `title`, `main_attributes` and `main`,
    and the globals `moment`, `ago`, `every_language` and `language_name`.
    """

    application: str
    """A short name: names the session cookie and separates this application's keys from another's."""
    issuer: str
    """The name that authenticator apps and passkeys show."""
    base_url: str
    """The address that staff use, without a path. Passkeys belong to its host."""
    is_https: bool
    secret_key: str
    engine: Engine
    """With the keys that authenticate rows (`security.row_authentication`)."""
    clock: Clock
    limits: SignIns
    trusted_proxies: int
    """How many proxies in front are believed. With 0, no limit by network applies behind one."""
    session_length: timedelta
    """How long a session lasts at most, however busy."""
    languages: frozenset[str]
    """Codes of the languages that staff can say they work in."""
    permissions: Mapping[str, Permission]
    """Every endpoint of the application, with who may reach it."""


def attach(app: Flask, context: AccountsContext) -> None:
    """Register the context with an application."""
    app.extensions[_EXTENSION] = context


def current_accounts() -> AccountsContext:
    """Return the context of the application that serves this request."""
    found: AccountsContext = current_app.extensions[_EXTENSION]
    return found
