"""`flask doctor`: checks a deployment as the provider and residents will meet it, one line each."""

import secrets
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import click
from twilio.request_validator import RequestValidator

from ivr.carrier.client import CarrierClient, CarrierError
from ivr.words.recordings import Recordings, refuse_the_voiceless
from ivr.words.required_messages import require_words
from ivr.words.voices import is_known
from resident_app.configuration import load_configuration
from resident_app.database import open_database
from resident_app.intake.office_public_key import load_public_key
from resident_app.languages import load_languages
from resident_app.migrations.state import is_current
from resident_app.register.edition import open_dictionary
from resident_app.register.publication import NothingPublished, count_envelopes, live_edition
from resident_app.register.register_key import load_register_key
from resident_app.settings import PublicSettings, SettingsError, load_settings
from resident_app.web.typesetting.fonts import PACKAGES, can_typeset

_SECONDS = 10


class Wrong(Exception):
    """A check failed; the message says what to do."""


@dataclass(frozen=True)
class Check:
    """One thing that must be right. `look` returns what it saw, or raises."""

    name: str
    look: Callable[[PublicSettings], str]


@click.command()
def doctor() -> None:
    """Check keys, database, catalogues, voices, fonts, and the public address with a signed request."""
    try:
        settings = load_settings(PublicSettings)
    except SettingsError as error:
        click.echo(f"wrong  settings: {error}")
        sys.exit(1)
    sound = [_examined(check, settings) for check in CHECKS]
    sys.exit(0 if all(sound) else 1)


def _examined(check: Check, settings: PublicSettings) -> bool:
    try:
        click.echo(f"right  {check.name}: {check.look(settings)}")
    except (Wrong, SettingsError) as error:
        click.echo(f"wrong  {check.name}: {error}")
        return False
    except Exception as error:
        click.echo(f"wrong  {check.name}: {type(error).__name__}")
        return False
    return True


def _configuration(_: PublicSettings) -> str:
    office = load_configuration().office
    numbers = ", ".join(sorted(office.rung_numbers))
    rings = f"0 rings {numbers}" if numbers else "0 offers a call back: nobody is rung"
    joins = f"{office.interpreter} interprets" if office.interpreter else "no interpreter is rung"
    return f"config/ is whole; the line is {office.line_in_words}; {rings}; {joins}"


def _catalogues(_: PublicSettings) -> str:
    languages = load_languages()
    require_words(languages, load_configuration().codes)
    pages, prompts = len(languages.on_the_site()), len(languages.on_the_phone())
    return f"{pages} languages have every page, {prompts} every prompt"


def _voices(_: PublicSettings) -> str:
    languages = load_languages()
    refuse_the_voiceless(languages, Recordings(), load_configuration())
    voices = [language.phone for language in languages.on_the_phone() if language.phone]
    for voice in voices:
        if voice.voice and not is_known(voice):
            raise Wrong(f"the provider knows no voice {voice.voice} for {voice.language}")
    return ", ".join(voice.language for voice in voices)


def _number(settings: PublicSettings) -> str:
    """The provider must ask the addresses that this deployment answers at."""
    if not settings.twilio_account_sid:
        return "TWILIO_ACCOUNT_SID is not set: nobody can be rung or texted, and the number is not looked at"
    line = load_configuration().office.line
    try:
        set_there = CarrierClient(settings, line).webhooks()
    except CarrierError:
        raise Wrong("the provider refuses TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or is away") from None
    if set_there is None:
        raise Wrong(f"{line} is not a number of the provider's account")
    paths = {
        "call": "/voice/start",
        "fallback": "/voice/fallback.xml",
        "status": "/voice/status",
        "text": "/text",
    }
    for name, path in paths.items():
        if set_there[name] != settings.base_url + path:
            raise Wrong(f"at the provider, the number's {name} address should be {settings.base_url + path}")
    return f"{line} asks {settings.base_url}"


def _keys(settings: PublicSettings) -> str:
    load_register_key(settings.register_key_path)
    load_public_key(settings.office_public_key_path)
    return "the register key and the office's public key can be read"


def _letters(_: PublicSettings) -> str:
    """A language without a font is no fault: its answer pages offer to print instead."""
    lack = [language.code for language in load_languages().on_the_site() if not can_typeset(language)]
    if lack:
        packages = " ".join(PACKAGES)
        return f"no font for {', '.join(lack)}: answers can be printed, not saved; install {packages}"
    return "there are fonts to save an answer in every language"


def _database(settings: PublicSettings) -> str:
    engine = open_database(settings.database)
    if not is_current(engine):
        raise Wrong("the tables are not up to date; run `flask database upgrade`")
    return f"{engine.dialect.name}, tables up to date"


def _register(settings: PublicSettings) -> str:
    engine = open_database(settings.database)
    try:
        live = live_edition(engine)
    except NothingPublished:
        raise Wrong("no edition is live; run `flask register publish`") from None
    try:
        open_dictionary(live.edition, load_register_key(settings.register_key_path))
    except Exception:
        raise Wrong("the live edition was sealed with another register key") from None
    if count_envelopes(engine, live) != live.edition.envelopes:
        raise Wrong("envelopes are missing; publish the edition again")
    return f"{live.edition.envelopes:,} envelopes, records to {live.edition.period_to}"


def _address(settings: PublicSettings) -> str:
    status, _ = _fetched(settings.base_url + "/healthz")
    if status != 200:
        raise Wrong(f"PUBLIC_BASE_URL answers {status} at /healthz")
    if not settings.is_https:
        return f"{settings.base_url} answers; it is not https, so only good for a demonstration"
    return f"{settings.base_url} answers"


def _signature(settings: PublicSettings) -> str:
    url = settings.base_url + "/voice/start"
    form = {"CallSid": "CA" + secrets.token_hex(16), "From": "+12065550100", "CallStatus": "ringing"}
    token = settings.twilio_auth_token.get_secret_value()
    signature = RequestValidator(token).compute_signature(url, form)
    status, document = _fetched(url, form, {"X-Twilio-Signature": signature})
    if status == 403:
        raise Wrong("a request signed with TWILIO_AUTH_TOKEN over PUBLIC_BASE_URL is refused")
    if status != 200 or "<Gather" not in document:
        raise Wrong(f"a signed call is answered with status {status}")
    status, _ = _fetched(url, form)
    if status != 403:
        raise Wrong("a request without a signature is accepted")
    return "a signed call is answered, an unsigned one is refused"


def _fallback(settings: PublicSettings) -> str:
    status, document = _fetched(settings.base_url + "/voice/fallback.xml")
    if status != 200 or "<Say" not in document:
        raise Wrong(f"/voice/fallback.xml answers {status}")
    return "the fallback document is there"


def _fetched(
    url: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """Status and body. Raises Wrong if nothing answers."""
    body = urlencode(form).encode() if form is not None else None
    request = urllib.request.Request(url, body, headers or {})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError:
        raise Wrong(f"nothing answers at {url}; is PUBLIC_BASE_URL right, and the server running?") from None


CHECKS = (
    Check("configuration", _configuration),
    Check("catalogues", _catalogues),
    Check("voices", _voices),
    Check("number", _number),
    Check("letters", _letters),
    Check("keys", _keys),
    Check("database", _database),
    Check("register", _register),
    Check("public address", _address),
    Check("signature", _signature),
    Check("fallback", _fallback),
)
