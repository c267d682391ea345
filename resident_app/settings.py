"""Settings, from the environment or from a file of NAME=value lines.

Each process has a class with only the settings that it may have, so it never reads a secret that it does not
need: the public process has no field for the office's private key.
"""

import os
from pathlib import Path
from typing import TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, AnyUrl, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from resident_app.carrier_settings import CarrierSettings
from resident_app.evaluator_address import EVALUATOR_URL_FORM, parse_addresses

REPOSITORY = Path(__file__).resolve().parent.parent
CONFIG_DIR = Path(os.environ.get("CONFIG_DIR") or REPOSITORY / "config")
TRANSLATIONS_DIR = REPOSITORY / "translations"


_TRUSTED_PROXIES = Field(0, ge=0, le=8, description="the number of proxies in front, 0 to 8")


DEMONSTRATION_ACCOUNT = "AC" + "0" * 32
"""The account of the demonstration's phone company, which runs on this machine. No real carrier has it."""

CANNOT_START = 4
"""Gunicorn's status for an application that cannot be loaded: it stops instead of trying again."""


class SettingsError(Exception):
    """A setting is missing or malformed; the message names it and says what it should be."""


def with_our_driver(url: str) -> str:
    """A PostgreSQL URL that names no driver gets psycopg 3; any other stays as it is."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if separator and scheme in ("postgresql", "postgres") else url


def address_alone(url: AnyHttpUrl) -> AnyHttpUrl:
    """Refuse an address that has more than a scheme and a host."""
    if url.query or url.fragment or url.username or (url.path or "/") != "/":
        raise ValueError("a scheme and a host alone")
    return url


class Settings(BaseSettings):
    """What every process and command may know. No secrets."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    instance_dir: Path = Field(Path("instance"), description="a folder for local state")
    show_untranslated: bool = Field(
        False, description="true in a demonstration, to show English in marks where a translation is missing"
    )
    database_url: str = Field("", description="a SQLAlchemy URL, sqlite:// or postgresql://")
    audit_heads_file: Path | None = Field(None, description="a file to which the audit log's heads are added")

    @field_validator("database_url")
    @classmethod
    def _use_psycopg_3(cls, url: str) -> str:
        """A plain postgresql:// URL names no driver; ours is psycopg 3."""
        url = with_our_driver(url)
        if url and not url.startswith(("sqlite://", "postgresql+psycopg://")):
            raise ValueError("not SQLite or PostgreSQL")
        return url

    @property
    def database(self) -> str:
        """The SQLAlchemy URL, SQLite in the instance directory unless one is set."""
        return self.database_url or f"sqlite:///{(self.instance_dir / 'resident.db').absolute()}"

    @property
    def audit_heads_path(self) -> Path:
        """Where the audit log's heads are added: a file that is best kept on another machine."""
        return self.audit_heads_file or self.instance_dir / "audit-heads.txt"

    @property
    def newest_audit_head_path(self) -> Path:
        """Where the worker keeps the audit log's newest head, beside the others."""
        return self.audit_heads_path.with_name("audit-newest-head.txt")

    def key_file(self, chosen: Path | None, usual_name: str) -> Path:
        """A key's path: the one that was set, or the usual name in the instance directory."""
        return chosen if chosen is not None else self.instance_dir / usual_name


class EvaluatorAddressSettings(Settings):
    """Where the evaluator listens. Over TCP both sides need a certificate.

    The evaluator listens at each address. A public process asks the first one that answers.
    """

    evaluator_url: str = Field("", description=EVALUATOR_URL_FORM)
    evaluator_tls_cert: Path | None = Field(None, description="a PEM file with this side's certificate")
    evaluator_tls_key: Path | None = Field(None, description="a PEM file with this side's private key")
    evaluator_tls_ca: Path | None = Field(None, description="a PEM file with the authority of the other side")

    @field_validator("evaluator_url")
    @classmethod
    def _has_addresses(cls, urls: str) -> str:
        if urls:
            parse_addresses(urls)
        return urls

    @property
    def evaluator_address(self) -> str:
        """The URLs, or a Unix socket in the instance directory."""
        return self.evaluator_url or f"unix:{(self.instance_dir / 'evaluator' / 'socket').absolute()}"

    @property
    def tls_files(self) -> tuple[Path, Path, Path] | None:
        """Certificate, key and authority; None unless all three are set."""
        files = (self.evaluator_tls_cert, self.evaluator_tls_key, self.evaluator_tls_ca)
        return (files[0], files[1], files[2]) if files[0] and files[1] and files[2] else None


class RegisterKeySettings(Settings):
    """For those who hold the register key: the evaluator and the sealing machine."""

    register_key_file: Path | None = Field(None, description="a file made by `flask register keygen`")

    @property
    def register_key_path(self) -> Path:
        return self.key_file(self.register_key_file, "register.key")


class EvaluatorSettings(RegisterKeySettings, EvaluatorAddressSettings):
    """For the evaluator: the register key and its socket, and nothing else."""


class VerifyKeySettings(Settings):
    """For those who verify an edition: the public halves of the signing keys."""

    verify_keys_file: Path | None = Field(None, description="a file made by `flask keys make`")

    @property
    def verify_keys_path(self) -> Path:
        return self.key_file(self.verify_keys_file, "verify.keys")


class PublicKeySettings(Settings):
    """For the public processes and the sealing machine: the keys for each purpose."""

    public_keys_file: Path | None = Field(None, description="a file made by `flask keys make`")

    @property
    def public_keys_path(self) -> Path:
        return self.key_file(self.public_keys_file, "public.keys")


class CheckSettings(PublicKeySettings, VerifyKeySettings, EvaluatorAddressSettings):
    """For a process that answers checks. It does not hold the register key."""


class PublisherSettings(VerifyKeySettings, EvaluatorAddressSettings):
    """For `flask register publish` and `rollback`: the publisher's key, which no server process holds."""

    publisher_key_file: Path | None = Field(None, description="a file made by `flask keys make`")

    @property
    def publisher_key_path(self) -> Path:
        return self.key_file(self.publisher_key_file, "publisher.key")


class RegisterSettings(RegisterKeySettings, PublicKeySettings):
    """For the sealing machine: register, bucket and dictionary keys, and the key that signs editions."""

    edition_signing_key_file: Path | None = Field(None, description="a file made by `flask keys make`")

    @property
    def edition_signing_key_path(self) -> Path:
        return self.key_file(self.edition_signing_key_file, "edition-signing.key")


class AuditSettings(Settings):
    """For those who record in the audit log and verify it. Never the public process."""

    audit_key_file: Path | None = Field(None, description="a file made by `flask keys make`")

    @property
    def audit_key_path(self) -> Path:
        return self.key_file(self.audit_key_file, "audit.key")


class KeyFileSettings(RegisterSettings, PublisherSettings, AuditSettings):
    """For `flask keys make`: where each key file goes."""


class SealingSettings(Settings):
    """For processes that seal to the office, and cannot read what they seal."""

    office_public_key_file: Path | None = Field(None, description="a file made by `flask office keygen`")

    @property
    def office_public_key_path(self) -> Path:
        return self.key_file(self.office_public_key_file, "office.public.key")


class OfficeSettings(AuditSettings, SealingSettings):
    """For the outreach office alone: it opens requests and cannot look anyone up."""

    office_private_key_file: Path | None = Field(None, description="a file made by `flask office keygen`")

    @property
    def office_private_key_path(self) -> Path:
        return self.key_file(self.office_private_key_file, "office.private.key")


class PhoneSettings(Settings, CarrierSettings):
    """For processes that talk to the phone provider."""

    public_base_url: AnyHttpUrl = Field(
        description="the https address that residents and the phone provider use"
    )

    @property
    def base_url(self) -> str:
        """The public address without a trailing slash."""
        return str(self.public_base_url).rstrip("/")

    @field_validator("public_base_url")
    @classmethod
    def _is_an_address_alone(cls, url: AnyHttpUrl) -> AnyHttpUrl:
        """Signatures are made over this address and a path: a query could never match."""
        return address_alone(url)

    @property
    def has_made_up_carrier(self) -> bool:
        """Whether the phone provider is the demonstration's phone company."""
        return self.twilio_account_sid == DEMONSTRATION_ACCOUNT and self.twilio_api_base.host == "127.0.0.1"

    @property
    def public_host(self) -> str:
        """Host and port as an Origin header gives them."""
        return urlsplit(self.base_url).netloc

    @property
    def is_https(self) -> bool:
        return urlsplit(self.base_url).scheme == "https"


class PublicSettings(CheckSettings, PhoneSettings, SealingSettings):
    """For the public process: the site and the phone line."""

    publish_unreviewed: bool = Field(
        True, description="true, or false to leave out pages whose translation nobody has reviewed"
    )
    trusted_proxies: int = _TRUSTED_PROXIES
    attestation_field: str = Field(
        "StirVerstat", description="the phone provider's name for a call's STIR/SHAKEN attestation"
    )
    argon2_at_once: int = Field(
        default_factory=lambda: len(os.sched_getaffinity(0)),
        ge=1,
        le=1024,
        description="how many Argon2 computations may run at once on this machine",
    )
    argon2_memory_mib: int = Field(512, ge=1, description="memory for Argon2 computations, MiB")
    waiting_checks: int = Field(80, ge=1, description="how many checks may wait in one process")
    demonstration: bool = Field(
        False,
        description="true in a demonstration, where a call may come as if at another time, and 0 rings a "
        "made-up office; it changes nothing with a real carrier",
    )

    @property
    def is_demonstration(self) -> bool:
        """Whether calls may name their time of day. Never with a real carrier, whatever is set."""
        return self.demonstration and self.has_made_up_carrier

    @model_validator(mode="after")
    def _can_verify_the_carrier(self) -> "PublicSettings":
        """Nobody forgets the secret. An empty one says that this deployment has no phone line."""
        if not self.has_carrier_secret and "twilio_auth_token" not in self.model_fields_set:
            raise ValueError(
                "TWILIO_AUTH_TOKEN is missing: it should be the phone provider's auth token, unless "
                "TWILIO_WEBHOOK_KEYS or SIGNALWIRE_SIGNING_KEYS is set; empty for a site without a phone line"
            )
        return self


class ConsoleSettings(OfficeSettings):
    """For the console, where staff work. It has no register key and nothing of the carrier's."""

    secret_key: SecretStr = Field(
        min_length=32, description="32 random characters or more, for staff sessions"
    )
    console_port: int = Field(8001, ge=1, le=65535, description="the port that the console listens at")
    console_base_url: AnyHttpUrl | None = Field(
        None,
        description="the https address that outreach staff use; http://localhost and the port unless set",
    )
    public_base_url: AnyHttpUrl | None = Field(
        None, description="the https address of the residents' site, which is printed on slips"
    )
    trusted_proxies: int = _TRUSTED_PROXIES

    @property
    def site_url(self) -> str:
        """The address of the residents' site without a trailing slash, or an empty string."""
        return str(self.public_base_url or "").rstrip("/")

    @field_validator("console_base_url", "public_base_url")
    @classmethod
    def _is_an_address_alone(cls, url: AnyHttpUrl | None) -> AnyHttpUrl | None:
        return address_alone(url) if url else None

    @property
    def console_url(self) -> str:
        """The console's address without a trailing slash. A passkey needs a name: an IP address is none."""
        return str(self.console_base_url or f"http://localhost:{self.console_port}").rstrip("/")

    @property
    def is_https(self) -> bool:
        return self.console_url.startswith("https:")


class WorkerSettings(OfficeSettings, PhoneSettings):
    """For the worker, which calls, texts and writes for the office. It has no register key."""

    smtp_url: AnyUrl | None = Field(
        None, description="smtp://user:password@host:port or smtps://…; without it no e-mail goes out"
    )
    mail_from: str = Field("", description="the address that the office's e-mail comes from")
    jobs_url: str = Field("", description="a SQLAlchemy URL for the jobs; SQLite in the instance directory")

    @property
    def jobs_database(self) -> str:
        """Where jobs are kept: the PostgreSQL of everything else, or a SQLite file of their own."""
        if self.jobs_url or not self.database_url.startswith("sqlite"):
            return self.jobs_url or self.database_url or self._jobs_file
        return self._jobs_file

    @property
    def _jobs_file(self) -> str:
        return f"sqlite:///{(self.instance_dir / 'jobs.db').absolute()}"


SettingsKind = TypeVar("SettingsKind", bound=Settings)


def load_settings(kind: type[SettingsKind]) -> SettingsKind:
    """Read settings of `kind` from the environment, then the file that CONFIG_FILE names.

    Without CONFIG_FILE, `settings.env` in the instance directory is read if it is there.
    Raises SettingsError that names each wrong setting and says what it should be.
    """
    try:
        return kind(_env_file=_settings_file())
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(kind, error))) from None


def _settings_file() -> Path | None:
    named = os.environ.get("CONFIG_FILE")
    if named:
        if not Path(named).is_file():
            raise SettingsError(f"CONFIG_FILE: no such file: {named}")
        return Path(named)
    usual = Path(os.environ.get("INSTANCE_DIR") or "instance") / "settings.env"
    return usual if usual.is_file() else None


def _explain(kind: type[Settings], error: ValidationError) -> list[str]:
    """One line for each wrong setting. The value is not repeated: it may be a secret."""
    lines = []
    for mistake in error.errors():
        if not mistake["loc"]:  # It is about several settings, and names them.
            lines.append(str(mistake["ctx"]["error"]))
            continue
        name = str(mistake["loc"][0])
        field = kind.model_fields[name]
        wanted = field.description or " or ".join(str(part) for part in get_args(field.annotation))
        state = "is missing" if mistake["type"] == "missing" else "is not right"
        lines.append(f"{name.upper()} {state}: it should be {wanted}")
    return lines
