"""Letters: an answer on paper that can be confirmed by its code. None is stored.

An answer token carries an answer of any kind from its page to the same page in another language, to the
office, or to a letter, without the facts. All tokens have one length. See `letter_code` for the code.
"""

import base64
import binascii
import hmac
import os
import struct
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Engine

from resident_app.register.check import Answer, AnswerKind
from resident_app.register.disclosure import PLAINTEXT_BYTES, Disclosures, decode, encode_found
from resident_app.register.edition import EDITION_ID_BYTES, DictionaryCache, Edition
from resident_app.register.letter_code import CodeScope, LetterCode, NotALetterCode, make_code, parse_code
from resident_app.register.publication import EditionStore
from resident_app.register.signatures import VerifyKeys
from resident_app.security.public_keys import PublicKeys

TOKEN_LASTS = timedelta(hours=1)
TOKEN_CHARACTERS = 412
_REFUSAL_LASTS = timedelta(days=1)

_EPOCH = date(2000, 1, 1)
_NONCE_BYTES = 12
_HEADER = struct.Struct(f">{EDITION_ID_BYTES}sHIB2x")
_KINDS = tuple(AnswerKind)
_FROM_RECORDS = (AnswerKind.SHARED, AnswerKind.NOT_SHARED)


class NotAnAnswerToken(ValueError):
    """The token is not one of ours, or is more than an hour old."""


class NotALetterToken(NotAnAnswerToken):
    """The token's answer says nothing about the records, so there is no letter of it."""


@dataclass(frozen=True)
class GivenAnswer:
    """An answer that a token carries, and the day on which we gave it."""

    answer: Answer
    answered_on: date


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
        self._nonce_key = _derived(keys.letters, b"nonce")
        self._code_key = _derived(keys.letters, b"code")

    def make_token(self, answer: Answer, answered_on: date, now: datetime) -> str:
        """Encrypt an answer, so that its page can be shown again, or ask for a letter, without the facts.

        Returns URL-safe base64 of one length, valid for an hour. The same token always gives the
        same letter. An answer that says nothing about a card has one token a day, valid until the next
        day ends, because every refusal is the same page.
        """
        day, kind = (answered_on - _EPOCH).days, _KINDS.index(answer.kind)
        if answer.kind in _FROM_RECORDS:
            assert answer.edition
            header = _HEADER.pack(answer.edition.id, day, int(now.timestamp()), kind)
            plain = header + encode_found(answer.found, self._dictionaries.get(answer.edition))
            nonce = os.urandom(_NONCE_BYTES)
        else:
            plain = _HEADER.pack(bytes(EDITION_ID_BYTES), day, 0, kind) + bytes(PLAINTEXT_BYTES)
            nonce = hmac.digest(self._nonce_key, plain, sha256)[:_NONCE_BYTES]
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, plain, None)).decode()

    def open_answer(self, token: str, now: datetime) -> GivenAnswer:
        """Return the answer of a token. Raises NotAnAnswerToken."""
        try:
            sealed = base64.b64decode(token, altchars=b"-_", validate=True)
            plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        except (binascii.Error, ValueError, InvalidTag):
            raise NotAnAnswerToken from None
        if len(plain) != _HEADER.size + PLAINTEXT_BYTES:
            # An earlier version of this program made it.
            raise NotAnAnswerToken
        edition_id, days, made_at, kind = _HEADER.unpack_from(plain)
        answer, answered_on = Answer(_KINDS[kind]), _EPOCH + timedelta(days=days)
        if answer.kind not in _FROM_RECORDS:
            if now.date() - answered_on > _REFUSAL_LASTS:
                raise NotAnAnswerToken
            return GivenAnswer(answer, answered_on)
        if now.timestamp() - made_at >= TOKEN_LASTS.total_seconds():
            raise NotAnAnswerToken
        return GivenAnswer(self._from_records(edition_id, plain[_HEADER.size :]), answered_on)

    def open_token(self, token: str, now: datetime) -> Letter:
        """Return the letter of a token. Raises NotAnAnswerToken, NotALetterToken."""
        given = self.open_answer(token, now)
        if given.answer.edition is None:
            raise NotALetterToken
        return Letter(given.answered_on, given.answer.edition, given.answer.found)

    def _from_records(self, edition_id: bytes, contents: bytes) -> Answer:
        edition = next(iter(self._editions.with_id_prefix(edition_id)), None)
        if edition is None:
            raise NotAnAnswerToken
        return Answer.from_records(edition, decode(contents, self._dictionaries.get(edition)))

    def codes(self, letter: Letter) -> tuple[LetterCode, LetterCode]:
        """Return the short code and the square code that let anyone who holds the letter confirm it."""
        return self._code(CodeScope.SUMMARY, letter), self._code(CodeScope.EVERYTHING, letter)

    def _code(self, scope: CodeScope, letter: Letter) -> LetterCode:
        dictionary = self._dictionaries.get(letter.edition)
        return make_code(scope, letter.answered_on, letter.found, letter.edition, dictionary, self._code_key)

    def confirm(self, typed: str) -> tuple[Letter, CodeScope]:
        """Return what the letter with this code must say, as far as it proves it. Raises NotALetterCode."""
        code = parse_code(typed)
        for edition in self._editions.with_id_prefix(code.edition_id_prefix):
            if code.is_authentic(edition, self._code_key):
                answered_on, found = code.decode(edition, self._dictionaries.get(edition))
                return Letter(answered_on, edition, found), code.scope
        raise NotALetterCode

    def is_live(self, letter: Letter) -> bool:
        """Return whether the letter's edition is the live one. Raises NothingPublished."""
        return self._editions.live().edition.id == letter.edition.id


def _derived(key: bytes, use: bytes) -> bytes:
    """Derive 32 bytes for one use of the letters' key (HKDF-SHA512, RFC 5869)."""
    return HKDF(SHA512(), 32, salt=None, info=b"letters|" + use).derive(key)
