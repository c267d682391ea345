"""The keys of the sealing machine: register, bucket and dictionary keys, and the key that signs editions."""

from dataclasses import dataclass

from resident_app.register import oprf
from resident_app.register.envelope import bucket_of
from resident_app.register.facts import Facts
from resident_app.register.register_key import RegisterKey, load_register_key
from resident_app.register.signatures import SigningKey, load_signing_key
from resident_app.security.public_keys import load_public_keys
from resident_app.settings import RegisterSettings


@dataclass(frozen=True, repr=False)
class SealingKeys:
    """`bucket` and `dictionary` are 32 bytes each; the public processes have them too."""

    register: RegisterKey
    bucket: bytes
    dictionary: bytes
    signing: SigningKey

    def evaluate(self, facts: Facts) -> bytes:
        """Return the OPRF's output for a card, 64 bytes: what the evaluator and a public process compute."""
        bucket = bucket_of(self.bucket, facts.card)
        return oprf.evaluate(self.register.bucket_key(bucket), facts.encoded())

    def derived(self, purpose: str) -> bytes:
        """Derive 32 bytes for the work database."""
        return self.register.derived(purpose)


def load_sealing_keys(settings: RegisterSettings) -> SealingKeys:
    """Read every key of the sealing machine. Raises SettingsError, which names the setting."""
    public = load_public_keys(settings.public_keys_path)
    return SealingKeys(
        register=load_register_key(settings.register_key_path),
        bucket=public.bucket,
        dictionary=public.dictionary,
        signing=load_signing_key(
            settings.edition_signing_key_path, "edition-signing", "EDITION_SIGNING_KEY_FILE"
        ),
    )
