"""What the console's pages work with, built once from settings. It holds no register key."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Flask, current_app
from sqlalchemy import Engine

from resident_app.casework.cases.case_service import CaseService
from resident_app.casework.cases.request_index import RequestIndex
from resident_app.casework.messages.back_translations import BackTranslations, load_back_translations
from resident_app.casework.messages.opted_out_numbers import OptedOutNumbers
from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.clock import Clock, today, utc_now
from resident_app.configuration import Configuration, load_configuration
from resident_app.console.permissions import PERMISSIONS
from resident_app.database import open_database
from resident_app.languages import Languages, load_languages, load_reviews
from resident_app.security.audit_keys import load_audit_keys
from resident_app.security.audit_log import with_audit_log
from resident_app.security.row_authentication import RowKeys, with_row_keys
from resident_app.settings import ConsoleSettings
from resident_app.web.accounts.context import AccountsContext

APPLICATION = "console"
"""Names the session cookie, and separates the console's keys from another application's."""

_EXTENSION = "console"
_ISSUER = "Outreach console"


@dataclass(frozen=True)
class ConsoleContext:
    settings: ConsoleSettings
    configuration: Configuration
    languages: Languages
    engine: Engine
    keys: OfficeKeysFile
    back_translations: BackTranslations
    reviewed_languages: frozenset[str]
    """The languages whose catalogues a person has reviewed."""
    casework: CaseService
    request_index: RequestIndex
    opt_outs: OptedOutNumbers
    clock: Clock

    def today(self) -> date:
        """Return the date at the office."""
        return today(self.configuration, self.clock())


def open_context(settings: ConsoleSettings, clock: Clock = utc_now) -> ConsoleContext:
    """Build the context. Raises SettingsError if a key, a file of config/ or a catalogue is wrong."""
    configuration = load_configuration()
    languages = load_languages(show_untranslated=settings.show_untranslated)
    engine = open_accounts(settings)
    keys = OfficeKeysFile(settings.office_private_key_path)
    return ConsoleContext(
        settings=settings,
        configuration=configuration,
        languages=languages,
        engine=engine,
        keys=keys,
        back_translations=load_back_translations(languages, may_lack=settings.show_untranslated),
        reviewed_languages=frozenset(load_reviews()),
        casework=CaseService(
            engine, keys, frozenset(configuration.casework.outcomes), configuration.contact_hours
        ),
        request_index=RequestIndex(engine, keys, with_words=True),
        opt_outs=OptedOutNumbers(engine, keys),
        clock=clock,
    )


def open_accounts(settings: ConsoleSettings) -> Engine:
    """Return the database with the audit key, and the keys that authenticate the console's accounts."""
    audited = with_audit_log(open_database(settings.database), load_audit_keys(settings.audit_key_path))
    return with_console_keys(audited, settings)


def with_console_keys(engine: Engine, settings: ConsoleSettings) -> Engine:
    """Return the engine with the keys that authenticate the console's accounts."""
    return with_row_keys(engine, RowKeys(settings.secret_key.get_secret_value(), APPLICATION))


def accounts_context(context: ConsoleContext) -> AccountsContext:
    """Return what the shared sign-in pages need to serve the console."""
    settings, configuration = context.settings, context.configuration
    return AccountsContext(
        application=APPLICATION,
        issuer=_ISSUER,
        base_url=settings.console_url,
        is_https=settings.is_https,
        secret_key=settings.secret_key.get_secret_value(),
        engine=context.engine,
        clock=context.clock,
        limits=configuration.limits.sign_ins,
        trusted_proxies=settings.trusted_proxies,
        session_length=timedelta(hours=configuration.retention.session_hours),
        languages=frozenset(language.code for language in context.languages.values()),
        permissions=PERMISSIONS,
    )


def attach(app: Flask, context: ConsoleContext) -> None:
    """Register the context with an application."""
    app.extensions[_EXTENSION] = context


def current_context() -> ConsoleContext:
    """Return the context of the application that serves this request."""
    found: ConsoleContext = current_app.extensions[_EXTENSION]
    return found


def fill_request_index(app: Flask) -> None:
    """Open every request in memory in a thread of its own, so that the first search does not wait for it."""
    context: ConsoleContext = app.extensions[_EXTENSION]
    context.request_index.fill_in_background()
