"""Letters: an answer that a resident takes along, and what proves that we gave it. None is stored."""

import base64
import binascii
import os
import struct
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine

from resident_app.register.check import Answer, AnswerKind
from resident_app.register.disclosure import PLAINTEXT_BYTES, Disclosures, decode, encode
from resident_app.register.edition import EDITION_ID_BYTES, Dictionaries, Edition
from resident_app.register.letter_code import NotALetterCode, make_code, parse_code
from resident_app.register.publication import LiveEditions
from resident_app.register.register_key import RegisterKey

TOKEN_LASTS = timedelta(hours=1)

_EPOCH = date(2000, 1, 1)
_NONCE_BYTES = 12
_HEADER = struct.Struct(f">{EDITION_ID_BYTES}sHI")


class NotALetterToken(ValueError):
    """A token that we did not make, or that is too old."""


@dataclass(frozen=True)
class Letter:
    """An answer from the records, and the day on which it was given."""

    answered_on: date
    edition: Edition
    found: Disclosures

    @property
    def answer(self) -> Answer:
        kind = AnswerKind.SHARED if self.found.listed or self.found.more else AnswerKind.NOT_SHARED
        return Answer(kind, self.edition, self.found.listed, self.found.more)


class Letters:
    """Makes letters from tokens, and confirms them by their codes."""

    def __init__(self, engine: Engine, key: RegisterKey):
        self._editions = LiveEditions(engine)
        self._dictionaries = Dictionaries(key)
        # Nonces are random: good for four billion tokens (NIST SP 800-38D, 8.3).
        self._cipher = AESGCM(key.derived("letter token"))
        self._code_key = key.derived("letter code")

    def token(self, answer: Answer, answered_on: date, now: datetime) -> str:
        """The answer, sealed for an hour, so that its page can ask for a letter without the facts.

        Every token is equally long, whatever was answered. A token that is sent again makes the
        same letter again. Only for answers from the records: shared and not shared.
        """
        assert answer.edition
        dictionary = self._dictionaries.of(answer.edition)
        header = _HEADER.pack(answer.edition.id, (answered_on - _EPOCH).days, int(now.timestamp()))
        nonce = os.urandom(_NONCE_BYTES)
        plain = header + encode(answer.disclosures, dictionary, answer.more)
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, plain, None)).decode()

    def letter(self, token: str, now: datetime) -> Letter:
        """The reverse of `token`. Raises NotALetterToken."""
        try:
            sealed = base64.b64decode(token, altchars=b"-_", validate=True)
            plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        except (binascii.Error, ValueError, InvalidTag):
            raise NotALetterToken from None
        edition_id, days, made_at = _HEADER.unpack_from(plain)
        if now.timestamp() - made_at >= TOKEN_LASTS.total_seconds():
            raise NotALetterToken
        edition = next(iter(self._editions.beginning_with(edition_id)), None)
        if edition is None:
            raise NotALetterToken
        found = decode(plain[-PLAINTEXT_BYTES:], self._dictionaries.of(edition))
        return Letter(_EPOCH + timedelta(days=days), edition, found)

    def code(self, letter: Letter) -> str:
        """What stands on the letter, so that anyone who holds it can confirm it."""
        dictionary = self._dictionaries.of(letter.edition)
        code = make_code(letter.answered_on, letter.found, letter.edition, dictionary, self._code_key)
        return str(code)

    def confirmed(self, typed: str) -> Letter:
        """What the letter with this code must say, but the numbers of requests. Raises NotALetterCode."""
        code = parse_code(typed)
        for edition in self._editions.beginning_with(code.edition_begins):
            if code.is_proved(edition, self._code_key):
                answered_on, found = code.read(edition, self._dictionaries.of(edition))
                return Letter(answered_on, edition, found)
        raise NotALetterCode

    def is_live(self, letter: Letter) -> bool:
        """Whether the records that it speaks of are still those that answer. Raises NothingPublished."""
        return self._editions.now().edition.id == letter.edition.id
