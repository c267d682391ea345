"""Envelopes: one size, opened by the facts with the register key, and by nothing else."""

import struct
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from argon2.low_level import Type, hash_secret_raw
from hypothesis import given
from hypothesis import strategies as st

from resident_app.characters import readable
from resident_app.register.disclosure import (
    PLAINTEXT_BYTES,
    SLOTS,
    Dictionary,
    Disclosure,
    Disclosures,
    UnknownPlaintext,
    decode,
    encode,
    encode_found,
)
from resident_app.register.edition import Argon2Parameters
from resident_app.register.envelope import (
    ENVELOPE_BYTES,
    EnvelopeKeys,
    NotAuthentic,
    bucket_of,
    derive_envelope_keys,
    stretch,
)
from resident_app.register.facts import Facts
from resident_app.register.register_key import RegisterKey
from resident_app.register.sealing.sealing_keys import SealingKeys
from tests.register.sealing_files import SIGNING

DICTIONARY = Dictionary(("ICE", "CBP"), ("1325", "1326"), ("", "Tacoma", "Cañon City"), ("ICE",))
LIGHT = Argon2Parameters(memory_kib=8, passes=1)
KEY = SealingKeys(RegisterKey(bytes(range(32))), bytes(32), bytes(range(32)), SIGNING)
FACTS = Facts("935325869646", date(1980, 8, 3), date(2020, 6, 1))
EDITION = bytes(16)

disclosures = st.builds(
    Disclosure,
    answered_on=st.dates(date(2000, 1, 1), date(2018, 1, 9)),
    agency=st.sampled_from(DICTIONARY.agencies),
    office=st.sampled_from(DICTIONARY.offices),
    released=st.lists(st.sampled_from(["photo", "application", "record"]), min_size=1, unique=True).map(
        lambda parts: tuple(part for part in ("photo", "application", "record") if part in parts)
    ),
    ground=st.sampled_from(DICTIONARY.grounds),
    request=st.text(max_size=23).filter(lambda text: len(text.encode()) <= 23 and readable(text) == text),
)


def keys_of(facts: Facts, key: SealingKeys, edition: bytes, argon2: Argon2Parameters) -> EnvelopeKeys:
    return derive_envelope_keys(key.evaluate(facts), edition, argon2)


@given(st.lists(disclosures, max_size=20))
def test_what_goes_in_comes_out_and_the_rest_is_counted(given_disclosures: list[Disclosure]) -> None:
    plaintext = encode(given_disclosures, DICTIONARY)
    assert len(plaintext) == PLAINTEXT_BYTES
    found = decode(plaintext, DICTIONARY)
    assert len(found.listed) == min(len(given_disclosures), SLOTS)
    assert not Counter(found.listed) - Counter(given_disclosures)
    assert list(found.listed) == sorted(found.listed)
    assert len(found.listed) + found.more == len(given_disclosures)
    assert found.agencies == {one.agency for one in given_disclosures}
    assert found.all_agencies_known
    assert encode_found(found, DICTIONARY) == plaintext


@given(st.lists(disclosures, min_size=9, max_size=20))
def test_those_to_ice_are_listed_before_any_other(given_disclosures: list[Disclosure]) -> None:
    found = decode(encode(given_disclosures, DICTIONARY), DICTIONARY)
    to_ice = sum(one.agency == "ICE" for one in given_disclosures)
    assert sum(one.agency == "ICE" for one in found.listed) == min(to_ice, SLOTS)


def test_one_to_ice_among_three_hundred_is_listed() -> None:
    others = [Disclosure(date(2017, 6, 1), "CBP", "", ("photo",), "1325", f"R-{n}") for n in range(299)]
    ours = Disclosure(date(2018, 1, 9), "ICE", "Tacoma", ("photo",), "1326", "R-300")
    found = decode(encode([*others, ours], DICTIONARY), DICTIONARY)
    assert found.listed[-1] == ours
    assert found.agencies == {"ICE", "CBP"}


def test_with_more_agencies_than_bits_what_is_not_named_is_not_claimed() -> None:
    dictionary = Dictionary(("ICE", *(f"A{n}" for n in range(40))), ("1325",), ("",), ("ICE",))

    def found(agency: str) -> Disclosures:
        first = [Disclosure(date(2017, 6, day), "A0", "", ("photo",), "1325") for day in range(1, 9)]
        later = Disclosure(date(2017, 7, 1), agency, "", ("photo",), "1325")
        return decode(encode([*first, later], dictionary), dictionary)

    assert (found("A29").agencies, found("A29").all_agencies_known) == ({"A0", "A29"}, True)
    assert (found("A30").agencies, found("A30").all_agencies_known) == ({"A0"}, False)


@pytest.mark.parametrize(("count", "known"), [(1, True), (8, True), (9, False)])
def test_an_envelope_of_the_first_version_is_read_and_says_no_more_than_it_knows(
    count: int, known: bool
) -> None:
    """In version 1 the four bytes were zeros, and no agency came first."""
    release = Disclosure(date(2017, 6, 1), "CBP", "Tacoma", ("photo",), "1325", "R-1")
    slot = struct.pack(">HBBHBB23s", 6361, 1, 0, 1, 1, 3, b"R-1")
    header = struct.pack(">BBH4x", 1, min(count, SLOTS), count)
    found = decode((header + slot * min(count, SLOTS)).ljust(PLAINTEXT_BYTES, b"\0"), DICTIONARY)
    assert found.listed == (release,) * min(count, SLOTS)
    assert found.more == max(0, count - SLOTS)
    assert found.all_agencies_known == known
    assert decode(encode_found(found, DICTIONARY), DICTIONARY) == found


def test_a_long_request_number_is_left_out_and_its_disclosure_is_not() -> None:
    release = Disclosure(date(2017, 6, 1), "ICE", "Tacoma", ("photo",), "1325", "R" * 24)
    found = decode(encode([release], DICTIONARY), DICTIONARY)
    assert found.listed[0].request == ""
    assert found.listed[0].answered_on == release.answered_on


def test_none_and_many_have_one_size() -> None:
    card = keys_of(FACTS, KEY, EDITION, LIGHT)
    release = Disclosure(date(2017, 6, 1), "ICE", "Tacoma", ("photo",), "1325", "R-1")
    sizes = {len(card.seal(encode([release] * count, DICTIONARY))) for count in (0, 1, 8, 900)}
    assert sizes == {ENVELOPE_BYTES}


def test_every_fact_the_key_the_edition_and_the_parameters_matter() -> None:
    labels = {
        keys_of(facts, key, edition, argon2).label
        for facts, key, edition, argon2 in (
            (FACTS, KEY, EDITION, LIGHT),
            (Facts("935325869647", FACTS.born_on, FACTS.issued_on), KEY, EDITION, LIGHT),
            (Facts(FACTS.card, date(1980, 8, 4), FACTS.issued_on), KEY, EDITION, LIGHT),
            (Facts(FACTS.card, FACTS.born_on, date(2020, 6, 2)), KEY, EDITION, LIGHT),
            (FACTS, replace(KEY, register=RegisterKey(bytes(32))), EDITION, LIGHT),
            (FACTS, replace(KEY, bucket=bytes(range(32))), EDITION, LIGHT),
            (FACTS, KEY, b"\x01" * 16, LIGHT),
            (FACTS, KEY, EDITION, Argon2Parameters(memory_kib=16, passes=1)),
        )
    }
    assert len(labels) == 8


def test_an_altered_envelope_does_not_open() -> None:
    card = keys_of(FACTS, KEY, EDITION, LIGHT)
    sealed = bytearray(card.seal(encode([], DICTIONARY)))
    assert decode(card.open(bytes(sealed)), DICTIONARY) == Disclosures(())
    sealed[5] ^= 1
    with pytest.raises(NotAuthentic):
        card.open(bytes(sealed))


def test_a_plaintext_of_another_version_is_not_read() -> None:
    with pytest.raises(UnknownPlaintext):
        decode(bytes(PLAINTEXT_BYTES), DICTIONARY)


def test_a_bucket_is_the_first_16_bits_of_an_hmac_and_needs_the_bucket_key() -> None:
    assert bucket_of(bytes(32), FACTS.card) == KNOWN_BUCKET
    assert bucket_of(bytes(range(32)), FACTS.card) != KNOWN_BUCKET


def test_known_answer() -> None:
    """If this changes, every sealed edition stops opening."""
    card = keys_of(FACTS, KEY, EDITION, LIGHT)
    assert card.label.hex() == KNOWN_LABEL


KNOWN_LABEL = "1fbebd4e1affe59734c99830e9512d6f"
KNOWN_BUCKET = 6723


@pytest.mark.parametrize("argon2", [LIGHT, Argon2Parameters(64, 3), Argon2Parameters(19_456, 2)])
def test_stretching_is_argon2id_and_holds_with_many_at_once(argon2: Argon2Parameters) -> None:
    """The library's own function says the same, whatever memory was used before."""

    def both(number: int) -> tuple[bytes, bytes]:
        secret = bytes([number]) * 64
        return stretch(secret, EDITION, argon2), hash_secret_raw(
            secret, EDITION, argon2.passes, argon2.memory_kib, 1, 64, Type.ID
        )

    with ThreadPoolExecutor(6) as pool:
        for ours, theirs in pool.map(both, range(18)):
            assert ours == theirs
