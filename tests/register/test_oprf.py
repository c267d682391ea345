"""RFC 9497, ristretto255-SHA512, mode 0: every published vector."""

import json
from pathlib import Path

import pytest
import rbcl
from hypothesis import given, settings
from hypothesis import strategies as st

from resident_app.register import oprf

SUITE = next(
    suite
    for suite in json.loads(
        (Path(__file__).parents[1] / "vectors/rfc9497-ristretto255-sha512.json").read_text()
    )
    if suite["mode"] == 0
)
KEY = bytes.fromhex(SUITE["skSm"])


def test_the_key_is_derived_from_the_seed() -> None:
    assert oprf.derive_key(bytes.fromhex(SUITE["seed"]), bytes.fromhex(SUITE["keyInfo"])) == KEY


@pytest.mark.parametrize("vector", SUITE["vectors"])
def test_published_vectors(vector: dict[str, str]) -> None:
    message, blind = bytes.fromhex(vector["Input"]), bytes.fromhex(vector["Blind"])
    blinded = oprf.blind(message, blind)
    assert blinded.hex() == vector["BlindedElement"]
    evaluated = oprf.blind_evaluate(KEY, blinded)
    assert evaluated.hex() == vector["EvaluationElement"]
    assert oprf.finalize(message, blind, evaluated).hex() == vector["Output"]
    assert oprf.evaluate(KEY, message).hex() == vector["Output"]


@given(message=st.binary(max_size=200), seed=st.binary(min_size=32, max_size=32))
@settings(max_examples=50, deadline=None)
def test_blinding_changes_nothing(message: bytes, seed: bytes) -> None:
    key, blind = oprf.derive_key(seed, b"any"), rbcl.crypto_core_ristretto255_scalar_random()
    evaluated = oprf.blind_evaluate(key, oprf.blind(message, blind))
    assert oprf.finalize(message, blind, evaluated) == oprf.evaluate(key, message)


def test_what_is_not_in_the_group_is_refused() -> None:
    with pytest.raises(oprf.InvalidInputError):
        oprf.blind_evaluate(KEY, b"\xff" * 32)
