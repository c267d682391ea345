"""What the residents' site and the phone line share in the public process, built once from settings."""

from dataclasses import dataclass
from datetime import date

from flask import Flask, current_app
from sqlalchemy import Engine

from resident_app.clock import Clock, today, utc_now
from resident_app.configuration import Configuration, load_configuration
from resident_app.database import open_database
from resident_app.intake.help_desk import HelpDesk
from resident_app.intake.office_public_key import PublicKeyFile
from resident_app.languages import Languages, Review, load_languages, load_reviews
from resident_app.register.check import Register
from resident_app.register.letter_token import LetterService
from resident_app.register.register_key import RegisterKey, load_register_key
from resident_app.security.capacity import Capacity
from resident_app.security.daily_key import DailyKey
from resident_app.security.rate_limits import RateLimiter
from resident_app.settings import PublicSettings, RegisterSettings

_EXTENSION = "public_context"
# Each one holds a thread of the server while it waits.
_MOST_WAITING_LETTERS = 8


@dataclass(frozen=True)
class PublicContext:
    """The public process's objects. None of them can open a help request."""

    settings: PublicSettings
    configuration: Configuration
    languages: Languages
    reviews: dict[str, Review]
    engine: Engine
    register_key: RegisterKey
    attempts: RateLimiter
    register: Register
    office_key: PublicKeyFile
    help_desk: HelpDesk
    letters: LetterService
    capacity: Capacity
    """Slots for Argon2, shared by checks and references."""
    typesetting: Capacity
    """Slots for making letters: one on each machine, so that checks keep the other cores."""
    clock: Clock

    def today(self) -> date:
        """Return today's date at the office."""
        return today(self.configuration, self.clock())


def attach(app: Flask, context: PublicContext) -> None:
    """Give an application its context."""
    app.extensions[_EXTENSION] = context


def context_of(app: Flask) -> PublicContext:
    """Return an application's context."""
    context: PublicContext = app.extensions[_EXTENSION]
    return context


def current_context() -> PublicContext:
    """Return the context of the application that serves this request."""
    return context_of(current_app)


def open_context(settings: PublicSettings, clock: Clock = utc_now) -> PublicContext:
    """Build the context. Raises SettingsError if a key, a file of config/ or a catalogue is wrong."""
    configuration = load_configuration()
    languages = load_languages(show_untranslated=settings.show_untranslated)
    reviews = load_reviews()
    if not settings.publish_unreviewed:
        languages = languages.with_pages_in(reviews)
    key = load_register_key(settings.register_key_path)
    office_key = PublicKeyFile(settings.office_public_key_path)
    engine = open_database(settings.database)
    daily_key = DailyKey(key.derived("attempts"))
    attempts = RateLimiter(engine, daily_key)
    capacity = Capacity(
        settings.instance_dir / "capacity",
        settings.argon2_at_once,
        settings.argon2_memory_mib,
        settings.waiting_checks,
    )
    limits = configuration.limits
    return PublicContext(
        settings=settings,
        configuration=configuration,
        languages=languages,
        reviews=reviews,
        engine=engine,
        register_key=key,
        attempts=attempts,
        register=Register(engine, key, attempts, capacity, limits, clock),
        office_key=office_key,
        help_desk=HelpDesk(engine, office_key, attempts, daily_key, capacity, limits, clock),
        letters=LetterService(engine, key),
        capacity=capacity,
        typesetting=Capacity(settings.instance_dir / "typesetting", 1, 1, _MOST_WAITING_LETTERS),
        clock=clock,
    )


def open_register(
    settings: RegisterSettings, configuration: Configuration, at_once: int, clock: Clock = utc_now
) -> Register:
    """Open the register alone, for `flask register check`."""
    key = load_register_key(settings.register_key_path)
    engine = open_database(settings.database)
    attempts = RateLimiter(engine, DailyKey(key.derived("attempts")))
    capacity = Capacity(settings.instance_dir / "capacity", at_once, 512, 1)
    return Register(engine, key, attempts, capacity, configuration.limits, clock)
