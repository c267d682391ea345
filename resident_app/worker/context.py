"""What the worker's parts share, built once from settings. It includes no register key."""

from dataclasses import dataclass

from sqlalchemy import Engine

from ivr.carrier.client import CarrierClient
from resident_app.casework.messages.templates import MESSAGES
from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.catalogues import Domain
from resident_app.clock import Clock, utc_now
from resident_app.configuration import Configuration, load_configuration
from resident_app.contact_points import NotAnEmail, parse_email_address
from resident_app.database import open_database
from resident_app.languages import Languages, load_languages, require_messages
from resident_app.security.audit_keys import load_audit_keys
from resident_app.security.audit_log import with_audit_log
from resident_app.settings import SettingsError, WorkerSettings


@dataclass(frozen=True)
class WorkerContext:
    settings: WorkerSettings
    configuration: Configuration
    languages: Languages
    engine: Engine
    keys: OfficeKeysFile
    provider: CarrierClient | None
    """None: no carrier is set up, and the worker makes no calls and sends no texts."""
    clock: Clock


def open_context(settings: WorkerSettings, clock: Clock = utc_now) -> WorkerContext:
    """Build the context. Raises SettingsError if a setting, a key or a file of config/ is wrong."""
    _require_companions(settings)
    configuration = load_configuration()
    languages = load_languages(show_untranslated=settings.show_untranslated)
    require_messages(languages.values(), Domain.SITE, MESSAGES.values())
    return WorkerContext(
        settings=settings,
        configuration=configuration,
        languages=languages,
        engine=with_audit_log(open_database(settings.database), load_audit_keys(settings.audit_key_path)),
        keys=OfficeKeysFile(settings.office_private_key_path),
        provider=CarrierClient(settings, configuration.office.line) if settings.twilio_account_sid else None,
        clock=clock,
    )


def _require_companions(settings: WorkerSettings) -> None:
    """Check the settings that need one another. Raises SettingsError."""
    if settings.twilio_account_sid and not settings.twilio_auth_token.get_secret_value():
        raise SettingsError(
            "TWILIO_AUTH_TOKEN is missing: it should be the phone provider's auth token, "
            "because TWILIO_ACCOUNT_SID is set"
        )
    if settings.smtp_url is None:
        return
    if settings.smtp_url.scheme not in ("smtp", "smtps") or not settings.smtp_url.host:
        raise SettingsError("SMTP_URL is not right: it should be smtp://user:password@host:port or smtps://…")
    try:
        parse_email_address(settings.mail_from, ascii_only=True)
    except NotAnEmail:
        raise SettingsError(
            "MAIL_FROM is not right: it should be the address that the office's e-mail comes from, "
            "because SMTP_URL is set"
        ) from None
