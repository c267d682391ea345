"""`flask doctor`: check a deployment the way the carrier and residents use it, one line for each check."""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlencode

import click
from twilio.request_validator import (
    HMAC_SHA256,
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
)

from ivr.carrier.client import CarrierClient, CarrierError
from ivr.carrier.documents import lacking, undocumented_values
from ivr.carrier.webhook_signatures import SIGNALWIRE_HEADER
from ivr.words.recordings import Extent, Recordings
from ivr.words.required_messages import require_words
from ivr.words.voices import is_known
from resident_app.clock import today, utc_now
from resident_app.commands.console_checks import CONSOLE_CHECKS
from resident_app.commands.deployment_check import CheckFailed, CheckWarned, DeploymentCheck, passes
from resident_app.configuration import load_configuration
from resident_app.configuration.ending import ending_soon
from resident_app.database import open_database
from resident_app.intake.office_public_key import load_public_key
from resident_app.languages import Language, load_languages
from resident_app.migrations.state import FirstVersionError, is_current, is_first_version
from resident_app.private_files import open_files
from resident_app.public_context import open_evaluator
from resident_app.register.edition import open_dictionary
from resident_app.register.evaluator.evaluator_client import EvaluatorDown
from resident_app.register.publication import NothingPublished, count_envelopes, live_edition
from resident_app.register.signatures import BadSignature, load_verify_keys
from resident_app.security.public_keys import load_public_keys
from resident_app.settings import ConsoleSettings, PublicSettings, SettingsError, load_settings
from resident_app.web.typesetting.fonts import PACKAGES, can_typeset

_SECONDS = 10
_NOT_PUBLIC = ("audit.key", "office.private.key", "register.key", "publisher.key", "edition-signing.key")
"""Key files that the public process does not need."""
_MOST_NAMED = 5
_FORM = {"CallSid": "CA" + "0" * 32, "From": "+12065550100", "CallStatus": "ringing"}
"""A call that nobody makes: the first step stores nothing."""


@click.command()
@click.option(
    "--role",
    type=click.Choice(["public", "console"]),
    default="public",
    help="Whose machine this is: of the site and the phone line, or of the console and the worker.",
)
def doctor(role: str) -> None:
    """Check keys, database, catalogues, voices, fonts, and the public address with a signed request.

    For the console: its keys, its accounts, the worker, messages that wait, and requests of closed accounts.
    """
    try:
        if role == "console":
            own = load_settings(ConsoleSettings)
            passed = [passes(check, own) for check in CONSOLE_CHECKS]
        else:
            settings = load_settings(PublicSettings)
            passed = [passes(check, settings) for check in CHECKS]
    except SettingsError as error:
        click.echo(f"fail  settings: {error}")
        sys.exit(1)
    sys.exit(0 if all(passed) else 1)


def _configuration(_: PublicSettings) -> str:
    office = load_configuration().office
    numbers = ", ".join(sorted(office.rung_numbers))
    rings = f"0 calls {numbers}" if numbers else "0 offers a call back, because no office number is set"
    joins = f"the interpreter is {office.interpreter}" if office.interpreter else "no interpreter is set"
    return f"config/ is complete; the line is {office.line_in_words}; {rings}; {joins}"


def _dates(_: PublicSettings) -> str:
    configuration = load_configuration()
    now = today(configuration, utc_now())
    soon = ending_soon(configuration, now)
    if soon:
        raise CheckWarned("; ".join(entry.describe(now) for entry in soon))
    return "nothing in config/ ends within six months"


def _catalogues(_: PublicSettings) -> str:
    languages = load_languages()
    require_words(languages, load_configuration().codes, Recordings())
    pages, prompts = len(languages.on_the_site()), len(languages.on_the_phone())
    return f"{pages} languages have every page, {prompts} every prompt"


def _voices(settings: PublicSettings) -> str:
    """Check that the carrier has a voice for every language, and every verb that the line writes."""
    carrier = settings.carrier
    languages = load_languages(carrier=carrier)
    voices = [language.phone for language in languages.on_the_phone() if language.phone]
    unknown = [voice for voice in voices if voice.voice and not is_known(voice, carrier)]
    if unknown:
        names = ", ".join(f"{voice.voice} for {voice.language}" for voice in unknown)
        raise CheckFailed(f"{carrier.value} documents no voice {names}")
    if missing := lacking(carrier):
        raise CheckFailed(f"{carrier.value} does not document {', '.join(missing)}")
    untried = undocumented_values(carrier)
    more = f"; not mentioned in its pages, so try it in a call: {', '.join(untried)}" if untried else ""
    return f"{carrier.value} has every verb, and a voice for {', '.join(v.language for v in voices)}{more}"


def _recordings(settings: PublicSettings) -> str:
    """Name what is to be recorded. This never fails: a language without recordings is not in the menus."""
    recordings, codes = Recordings(), load_configuration().codes
    return (
        "; ".join(
            _recorded(language, recordings, recordings.extent(language, codes))
            for language in load_languages(carrier=settings.carrier).to_be_recorded()
        )
        or "every language of the phone has a voice"
    )


def _recorded(language: Language, recordings: Recordings, extent: Extent) -> str:
    match extent:
        case Extent.WHOLE:
            return f"{language.code} is recorded"
        case Extent.CALL_BACK:
            return f"{language.code} is recorded as far as a call back needs"
    files = " ".join(f"{name}.wav" for name in recordings.missing_for_call_back(language))
    return (
        f"{language.code} has no voice and is not in the menus; for a call back, record in "
        f"config/recordings/{language.code}/: {files}"
    )


def _number(settings: PublicSettings) -> str:
    """Check that the carrier sends webhooks to this deployment's addresses."""
    if not settings.twilio_account_sid:
        return "TWILIO_ACCOUNT_SID is not set: no calls or texts go out, and the number was not checked"
    line = load_configuration().office.line
    try:
        webhooks = CarrierClient(settings, line).webhooks()
    except CarrierError:
        raise CheckFailed(
            "the carrier refuses TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or does not answer"
        ) from None
    if webhooks is None:
        raise CheckFailed(f"{line} is not a number of the carrier's account")
    paths = {
        "call": "/voice/start",
        "fallback": "/voice/fallback.xml",
        "status": "/voice/status",
        "text": "/text",
    }
    for name, path in paths.items():
        if webhooks[name] != settings.base_url + path:
            raise CheckFailed(f"set the number's {name} webhook at the carrier to {settings.base_url + path}")
    return f"{line} sends its webhooks to {settings.base_url}"


def _keys(settings: PublicSettings) -> str:
    load_public_keys(settings.public_keys_path)
    load_verify_keys(settings.verify_keys_path)
    load_public_key(settings.office_public_key_path)
    told = "the public keys, the verify keys and the office's public key are readable"
    too_many = [name for name in _NOT_PUBLIC if os.access(settings.instance_dir / name, os.R_OK)]
    if not too_many:
        return told
    return f"{told}; outside a demonstration this user should not be able to read {', '.join(too_many)}"


def _files(settings: PublicSettings) -> str:
    """Check that no other user of the machine may read keys, database or settings."""
    public = (settings.office_public_key_path, settings.verify_keys_path)
    found = list(open_files(settings.instance_dir, public))
    if found:
        more = f", and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        raise CheckFailed("; ".join(map(str, found[:_MOST_NAMED])) + more)
    return f"{settings.instance_dir} and what is in it belong to one user"


def _letters(_: PublicSettings) -> str:
    """Report missing fonts. This never fails: without a font, an answer page offers printing instead."""
    missing = [language.code for language in load_languages().on_the_site() if not can_typeset(language)]
    if missing:
        packages = " ".join(PACKAGES)
        return f"no font for {', '.join(missing)}: answers can be printed, not saved; install {packages}"
    return "answers can be saved in every language"


def _database(settings: PublicSettings) -> str:
    engine = open_database(settings.database)
    if is_first_version(engine):
        raise CheckFailed(str(FirstVersionError()))
    if not is_current(engine):
        raise CheckFailed("the tables are not up to date; run `flask database upgrade`")
    return f"{engine.dialect.name}, tables up to date"


def _register(settings: PublicSettings) -> str:
    engine = open_database(settings.database)
    keys = load_verify_keys(settings.verify_keys_path)
    try:
        live = live_edition(engine, keys)
    except NothingPublished:
        raise CheckFailed("no edition is live; run `flask register publish`") from None
    except BadSignature:
        raise CheckFailed("the live edition's pointer was not signed by our publisher") from None
    try:
        open_dictionary(live.edition, load_public_keys(settings.public_keys_path).dictionary)
    except Exception:
        raise CheckFailed("the live edition was sealed with another dictionary key") from None
    try:
        held = open_evaluator(settings).key_ids()
    except EvaluatorDown:
        raise CheckFailed(f"the evaluator does not answer at {settings.evaluator_address}") from None
    if live.edition.key_id not in held:
        raise CheckFailed("the evaluator does not hold the register key of the live edition") from None
    if count_envelopes(engine, live) != live.edition.envelopes:
        raise CheckFailed("envelopes are missing; publish the edition again")
    return f"{live.edition.envelopes:,} envelopes, records to {live.edition.period_to}"


def _identity(settings: PublicSettings) -> str:
    """Check that what pages say about themselves is what config/ and the live edition say."""
    office = load_configuration().office
    try:
        live = live_edition(open_database(settings.database), load_verify_keys(settings.verify_keys_path))
    except (NothingPublished, BadSignature):
        return "pages say neither that they are official nor a demonstration, because no edition is live"
    if live.edition.made_up:
        if office.official:
            raise CheckFailed(
                "config/office.toml says official = true, but the live edition was sealed with --made-up, so "
                "pages say that they are a demonstration; publish an edition of DOL's records"
            )
        return "pages say that they are a demonstration with made-up people"
    if not office.official:
        return "pages do not say that they are official; see official in config/office.toml"
    if not settings.is_https:
        raise CheckFailed("config/office.toml says official = true, but PUBLIC_BASE_URL is not HTTPS")
    address = "" if office.address else "; no postal address is set in config/office.toml"
    return f"pages say that they are an official website of Washington State{address}"


def _address(settings: PublicSettings) -> str:
    status, _ = _fetch(settings.base_url + "/healthz")
    if status != 200:
        raise CheckFailed(f"PUBLIC_BASE_URL answers {status} at /healthz")
    if not settings.is_https:
        return f"{settings.base_url} answers; it is not HTTPS, so use it only for a demonstration"
    return f"{settings.base_url} answers"


def _signature(settings: PublicSettings) -> str:
    """Check that a request signed with each secret that is set is answered, and an unsigned one is not."""
    if not settings.has_carrier_secret:
        raise CheckFailed(
            "no secret of a carrier is set, so every call and text is refused: set TWILIO_AUTH_TOKEN, "
            "TWILIO_WEBHOOK_KEYS or SIGNALWIRE_SIGNING_KEYS"
        )
    url = settings.base_url + "/voice/start"
    for name, headers in _signed_headers(settings, url):
        status, document = _fetch(url, _FORM, headers)
        if status == 403:
            raise CheckFailed(f"a request signed with {name} over PUBLIC_BASE_URL is refused")
        if status != 200 or "<Gather" not in document:
            raise CheckFailed(f"a signed call is answered with status {status}")
    status, _ = _fetch(url, _FORM)
    if status != 403:
        raise CheckFailed("a request without a signature is accepted")
    names = ", ".join(dict.fromkeys(name for name, _ in _signed_headers(settings, url)))
    return f"a call signed with {names} is answered and an unsigned one is refused"


def _signed_headers(settings: PublicSettings, url: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name of each setting with a secret, and headers signed with each of its secrets."""
    for token in settings.twilio_auth_tokens:
        second = token != settings.twilio_auth_token.get_secret_value()
        name = "TWILIO_SECONDARY_AUTH_TOKEN" if second else "TWILIO_AUTH_TOKEN"
        yield name, {SIGNATURE_HEADER: RequestValidator(token).compute_signature(url, _FORM)}
    for key, secrets in settings.twilio_webhook_secrets.items():
        for secret in secrets:
            signature = RequestValidator(secret).compute_signature(url, _FORM, HMAC_SHA256)
            shared = {SIGNATURE_SETTINGS_HEADER: f"key={key},algorithm={HMAC_SHA256}"}
            yield "TWILIO_WEBHOOK_KEYS", {SIGNATURE_HEADER: signature, **shared}
    for secret in settings.signalwire_secrets:
        signature = RequestValidator(secret).compute_signature(url, _FORM)
        yield "SIGNALWIRE_SIGNING_KEYS", {SIGNALWIRE_HEADER: signature}


def _fallback(settings: PublicSettings) -> str:
    status, document = _fetch(settings.base_url + "/voice/fallback.xml")
    if status != 200 or "<Say" not in document:
        raise CheckFailed(f"/voice/fallback.xml answers {status}")
    return "the fallback document is served"


def _fetch(
    url: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """Return status and body. Raises CheckFailed if nothing answers."""
    body = urlencode(form).encode() if form is not None else None
    request = urllib.request.Request(url, body, headers or {})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError:
        raise CheckFailed(f"nothing answers at {url}: check PUBLIC_BASE_URL and the server") from None


CHECKS = (
    DeploymentCheck("configuration", _configuration),
    DeploymentCheck("dates", _dates),
    DeploymentCheck("catalogues", _catalogues),
    DeploymentCheck("voices", _voices),
    DeploymentCheck("recordings", _recordings),
    DeploymentCheck("number", _number),
    DeploymentCheck("letters", _letters),
    DeploymentCheck("keys", _keys),
    DeploymentCheck("files", _files),
    DeploymentCheck("database", _database),
    DeploymentCheck("register", _register),
    DeploymentCheck("identity", _identity),
    DeploymentCheck("public address", _address),
    DeploymentCheck("signature", _signature),
    DeploymentCheck("fallback", _fallback),
)
