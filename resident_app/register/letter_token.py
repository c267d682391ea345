"""Letters: an answer on paper that can be confirmed by its code. None is stored.

A letter token carries an answer from its page to the letter; see `letter_code` for the code.
"""

import base64
import binascii
import os
import struct
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Engine

from resident_app.register.check import Answer
from resident_app.register.disclosure import PLAINTEXT_BYTES, Disclosures, decode, encode_found
from resident_app.register.edition import EDITION_ID_BYTES, DictionaryCache, Edition
from resident_app.register.letter_code import NotALetterCode, make_code, parse_code
from resident_app.register.publication import EditionStore
from resident_app.register.signatures import VerifyKeys
from resident_app.security.public_keys import PublicKeys

TOKEN_LASTS = timedelta(hours=1)
TOKEN_CHARACTERS = 408

_EPOCH = date(2000, 1, 1)
_NONCE_BYTES = 12
_HEADER = struct.Struct(f">{EDITION_ID_BYTES}sHI")


class NotALetterToken(ValueError):
    """The token is not one of ours, or is more than an hour old."""


@dataclass(frozen=True)
class Letter:
    """An answer from the records, and the day on which we gave it."""

    answered_on: date
    edition: Edition
    found: Disclosures

    @property
    def answer(self) -> Answer:
        return Answer.from_records(self.edition, self.found)


class LetterService:
    """Makes letters from tokens and confirms letters by their codes."""

    def __init__(self, engine: Engine, keys: PublicKeys, verify: VerifyKeys):
        self._editions = EditionStore(engine, verify)
        self._dictionaries = DictionaryCache(keys.dictionary)
        # Random nonces allow 2^32 tokens (NIST SP 800-38D, 8.3).
        self._cipher = AESGCM(_derived(keys.letters, b"token"))
        self._code_key = _derived(keys.letters, b"code")

    def make_token(self, answer: Answer, answered_on: date, now: datetime) -> str:
        """Encrypt an answer, so that its page can ask for a letter without the facts.

        Returns URL-safe base64 of one length, valid for an hour. The same token always gives the
        same letter. Only for answers from the records: shared and not shared.
        """
        assert answer.edition
        dictionary = self._dictionaries.get(answer.edition)
        header = _HEADER.pack(answer.edition.id, (answered_on - _EPOCH).days, int(now.timestamp()))
        nonce = os.urandom(_NONCE_BYTES)
        plain = header + encode_found(answer.found, dictionary)
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, plain, None)).decode()

    def open_token(self, token: str, now: datetime) -> Letter:
        """Return the letter of a token. Raises NotALetterToken."""
        try:
            sealed = base64.b64decode(token, altchars=b"-_", validate=True)
            plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        except (binascii.Error, ValueError, InvalidTag):
            raise NotALetterToken from None
        edition_id, days, made_at = _HEADER.unpack_from(plain)
        if now.timestamp() - made_at >= TOKEN_LASTS.total_seconds():
            raise NotALetterToken
        edition = next(iter(self._editions.with_id_prefix(edition_id)), None)
        if edition is None:
            raise NotALetterToken
        found = decode(plain[-PLAINTEXT_BYTES:], self._dictionaries.get(edition))
        return Letter(_EPOCH + timedelta(days=days), edition, found)

    def code(self, letter: Letter) -> str:
        """Return the code that is printed on the letter, so that anyone who holds it can confirm it."""
        dictionary = self._dictionaries.get(letter.edition)
        code = make_code(letter.answered_on, letter.found, letter.edition, dictionary, self._code_key)
        return str(code)

    def confirm(self, typed: str) -> Letter:
        """Return what the letter with this code must say, without request numbers. Raises NotALetterCode."""
        code = parse_code(typed)
        for edition in self._editions.with_id_prefix(code.edition_id_prefix):
            if code.is_authentic(edition, self._code_key):
                answered_on, found = code.decode(edition, self._dictionaries.get(edition))
                return Letter(answered_on, edition, found)
        raise NotALetterCode

    def is_live(self, letter: Letter) -> bool:
        """Return whether the letter's edition is the live one. Raises NothingPublished."""
        return self._editions.live().edition.id == letter.edition.id


def _derived(key: bytes, use: bytes) -> bytes:
    """Derive 32 bytes for one use of the letters' key (HKDF-SHA512, RFC 5869)."""
    return HKDF(SHA512(), 32, salt=None, info=b"letters|" + use).derive(key)
