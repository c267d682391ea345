"""What the residents' site and the phone line share in the public process, built once from settings."""

from dataclasses import dataclass
from datetime import date

from flask import Flask, current_app
from sqlalchemy import Engine

from resident_app.clock import Clock, today, utc_now
from resident_app.configuration import Configuration, load_configuration, with_made_up_office
from resident_app.configuration.limits import Limits
from resident_app.database import open_database
from resident_app.intake.help_desk import HelpDesk
from resident_app.intake.number_languages import NumberLanguages
from resident_app.intake.office_public_key import PublicKeyFile
from resident_app.languages import Languages, Review, load_languages, load_reviews
from resident_app.register.blind_evaluation import BlindEvaluator
from resident_app.register.check import Register
from resident_app.register.edition_guard import EditionGuard
from resident_app.register.evaluator.evaluator_client import EvaluatorClient, TlsFiles
from resident_app.register.letter_token import LetterService
from resident_app.register.signatures import VerifyKeys, load_verify_keys
from resident_app.security.capacity import Capacity
from resident_app.security.limit_keys import RotatingKey
from resident_app.security.public_keys import PublicKeys, load_public_keys
from resident_app.security.rate_limits import RateLimiter
from resident_app.settings import CheckSettings, EvaluatorAddressSettings, PublicSettings, SettingsError
from resident_app.short_lived import open_short_lived

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
    short_lived: Engine
    """The store of calls under way and of limits: see `resident_app.short_lived`."""
    keys: PublicKeys
    verify_keys: VerifyKeys
    evaluator: EvaluatorClient
    attempts: RateLimiter
    edition_guard: EditionGuard
    register: Register
    office_key: PublicKeyFile
    help_desk: HelpDesk
    number_languages: NumberLanguages
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
    if settings.is_demonstration:
        configuration = with_made_up_office(configuration)
    languages = load_languages(carrier=settings.carrier, show_untranslated=settings.show_untranslated)
    reviews = load_reviews()
    if not settings.publish_unreviewed:
        languages = languages.with_pages_in(reviews)
    keys, verify_keys = (
        load_public_keys(settings.public_keys_path),
        load_verify_keys(settings.verify_keys_path),
    )
    evaluator = open_evaluator(settings)
    office_key = PublicKeyFile(settings.office_public_key_path)
    engine = open_database(settings.database)
    short_lived = open_short_lived(engine)
    edition_guard = EditionGuard(engine, verify_keys, evaluator)
    attempts = RateLimiter(short_lived, RotatingKey(keys.attempts))
    capacity = Capacity(
        settings.instance_dir / "capacity",
        settings.argon2_at_once,
        settings.argon2_memory_mib,
        settings.waiting_checks,
    )
    limits = configuration.limits
    number_languages = NumberLanguages(short_lived, keys.texts)
    return PublicContext(
        settings=settings,
        configuration=configuration,
        languages=languages,
        reviews=reviews,
        engine=engine,
        short_lived=short_lived,
        keys=keys,
        verify_keys=verify_keys,
        evaluator=evaluator,
        attempts=attempts,
        edition_guard=edition_guard,
        register=_register(engine, keys, edition_guard, evaluator, capacity, limits),
        office_key=office_key,
        help_desk=HelpDesk(
            engine, office_key, attempts, capacity, limits, clock, number_languages=number_languages
        ),
        number_languages=number_languages,
        letters=LetterService(engine, keys, verify_keys),
        capacity=capacity,
        typesetting=Capacity(settings.instance_dir / "typesetting", 1, 1, _MOST_WAITING_LETTERS),
        clock=clock,
    )


def open_register(settings: CheckSettings, configuration: Configuration, at_once: int) -> Register:
    """Open the register alone, for `flask register check`. Raises SettingsError."""
    keys, verify_keys = (
        load_public_keys(settings.public_keys_path),
        load_verify_keys(settings.verify_keys_path),
    )
    engine = open_database(settings.database)
    capacity = Capacity(settings.instance_dir / "capacity", at_once, 512, 1)
    evaluator = open_evaluator(settings)
    guard = EditionGuard(engine, verify_keys, evaluator)
    return _register(engine, keys, guard, evaluator, capacity, configuration.limits)


def open_evaluator(settings: EvaluatorAddressSettings) -> EvaluatorClient:
    """Return a client of the evaluator; it connects when it is first asked. Raises SettingsError."""
    tls = settings.tls_files
    try:
        return EvaluatorClient(settings.evaluator_address, TlsFiles(*tls) if tls else None)
    except (ValueError, OSError):
        raise SettingsError(
            "EVALUATOR_URL is not right: it should be unix:PATH, or tls://HOST:PORT with EVALUATOR_TLS_CERT, "
            "EVALUATOR_TLS_KEY and EVALUATOR_TLS_CA"
        ) from None


def _register(
    engine: Engine,
    keys: PublicKeys,
    guard: EditionGuard,
    evaluator: EvaluatorClient,
    capacity: Capacity,
    limits: Limits,
) -> Register:
    return Register(
        engine, guard, BlindEvaluator(evaluator, keys), keys.dictionary, capacity, limits.capacity
    )
