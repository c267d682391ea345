"""What the catalogues must have before a call can be taken, from the code itself and not from a template."""

from ivr.words.prompts import CALL_BACK_PROMPTS, Prompt
from ivr.words.recordings import Extent, Recordings
from ivr.words.spoken_values import Phrase
from ivr.words.text_messages import Text
from resident_app.catalogues import Domain
from resident_app.configuration.codes import Codes
from resident_app.languages import Languages, require_messages


def spoken_messages(codes: Codes) -> frozenset[str]:
    """Return every message that a caller can hear."""
    return frozenset(message.value for kind in (Prompt, Phrase) for message in kind) | codes.spoken_messages


def require_words(languages: Languages, codes: Codes, recordings: Recordings) -> None:
    """Raise SettingsError, naming language and message, if a prompt or a text message is not translated."""
    heard = recordings.heard(languages, codes)
    require_messages(heard[Extent.WHOLE], Domain.PHONE, spoken_messages(codes))
    require_messages(heard[Extent.CALL_BACK], Domain.PHONE, (prompt.value for prompt in CALL_BACK_PROMPTS))
    require_messages(languages.values(), Domain.SITE, (text.value for text in Text))
