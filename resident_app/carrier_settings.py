"""Settings of the carrier: which one it is, its account, and the secrets that it signs with.

A secret can be changed without losing a call: the setting of the new one counts beside that of the old one.
"""

from enum import StrEnum

from pydantic import AnyHttpUrl, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_ACCOUNT = r"^(AC[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$"
_NONE = SecretStr("")


class Carrier(StrEnum):
    """The phone providers whose voices and documents are known."""

    TWILIO = "twilio"
    SIGNALWIRE = "signalwire"


class CarrierSettings(BaseSettings):
    """What a process that talks to the carrier may know."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    carrier: Carrier = Field(Carrier.TWILIO, description="the phone provider: twilio or signalwire")
    twilio_auth_token: SecretStr = Field(
        _NONE, description="the phone provider's auth token; without it nothing is called or texted"
    )
    twilio_secondary_auth_token: SecretStr = Field(
        _NONE, description="an auth token whose signature counts too, while the token is changed"
    )
    twilio_webhook_keys: SecretStr = Field(
        _NONE, description="Twilio's shared keys for webhooks, KEY_ID:SECRET, with commas between them"
    )
    signalwire_signing_keys: SecretStr = Field(
        _NONE, description="SignalWire's signing keys, with commas between them"
    )
    twilio_account_sid: str = Field(
        "", pattern=_ACCOUNT, description="the phone provider's account SID, or SignalWire's project ID"
    )
    twilio_api_base: AnyHttpUrl = Field(
        AnyHttpUrl("https://api.twilio.com"), description="the address of the phone provider's REST API"
    )

    @field_validator("twilio_api_base")
    @classmethod
    def _keeps_the_token_secret(cls, url: AnyHttpUrl) -> AnyHttpUrl:
        """The auth token is sent there: in the clear only within this machine."""
        if url.scheme != "https" and url.host not in ("127.0.0.1", "localhost", "[::1]"):
            raise ValueError("https")
        if url.query or url.fragment or url.username:
            raise ValueError("no query and no user")
        return url

    @field_validator("twilio_webhook_keys")
    @classmethod
    def _names_each_key(cls, keys: SecretStr) -> SecretStr:
        if not all(key.strip() and secret.strip() for key, secret in _keys_and_secrets(keys)):
            raise ValueError("KEY_ID:SECRET")
        return keys

    @property
    def twilio_auth_tokens(self) -> tuple[str, ...]:
        """Every auth token whose signature counts."""
        return (*_several(self.twilio_auth_token), *_several(self.twilio_secondary_auth_token))

    @property
    def twilio_webhook_secrets(self) -> dict[str, tuple[str, ...]]:
        """The secrets of each shared key, by its id."""
        secrets: dict[str, tuple[str, ...]] = {}
        for key, secret in _keys_and_secrets(self.twilio_webhook_keys):
            secrets[key.strip()] = (*secrets.get(key.strip(), ()), secret.strip())
        return secrets

    @property
    def signalwire_secrets(self) -> tuple[str, ...]:
        """Every signing key of SignalWire that counts."""
        return _several(self.signalwire_signing_keys)

    @property
    def has_carrier_secret(self) -> bool:
        """Whether any request of a carrier can be verified."""
        return bool(self.twilio_auth_tokens or self.twilio_webhook_secrets or self.signalwire_secrets)


def _keys_and_secrets(keys: SecretStr) -> list[tuple[str, str]]:
    return [(part.partition(":")[0], part.partition(":")[2]) for part in _several(keys)]


def _several(secrets: SecretStr) -> tuple[str, ...]:
    """Return the secrets of a setting that may hold several, with commas between them."""
    return tuple(part.strip() for part in secrets.get_secret_value().split(",") if part.strip())
