"""Which translations a person has reviewed: translations/review.toml."""

from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from resident_app.configuration import read_toml
from resident_app.settings import TRANSLATIONS_DIR, SettingsError


class Review(BaseModel):
    """Who read a whole catalogue, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reviewed_by: str
    reviewed_on: date


def load_reviews(translations: Path = TRANSLATIONS_DIR) -> dict[str, Review]:
    """Reviews by the language's code. Raises SettingsError."""
    try:
        return {
            code: Review.model_validate(entry)
            for code, entry in read_toml(translations / "review.toml").items()
        }
    except ValidationError as error:
        raise SettingsError(f"translations/review.toml: {error.errors()[0]['msg']}") from None
