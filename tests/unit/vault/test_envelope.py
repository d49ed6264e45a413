"""AES-256-GCM as the vault uses it: what was sealed opens whole, in its place, under its key, or not."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.vault.envelope import bind, decode, decrypt, encode, encrypt
from stack.vault.errors import VaultError

KEY = os.urandom(32)


@given(plaintext=st.binary(max_size=300), parts=st.lists(st.text(max_size=20), max_size=4))
def test_what_was_sealed_opens(plaintext: bytes, parts: list[str]) -> None:
    assert decrypt(KEY, encrypt(KEY, plaintext, bind(*parts)), bind(*parts)) == plaintext


@given(first=st.lists(st.text(max_size=8), max_size=4), second=st.lists(st.text(max_size=8), max_size=4))
def test_different_places_never_look_the_same(first: list[str], second: list[str]) -> None:
    assert (bind(*first) == bind(*second)) == (first == second)


def test_the_same_plaintext_is_never_sealed_to_the_same_text() -> None:
    assert len({encrypt(KEY, b"same", b"") for _ in range(100)}) == 100


@given(position=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_noticed(position: int, bit: int) -> None:
    text = encrypt(KEY, b"a secret of some length", b"place")
    raw = bytearray(text.encode("ascii"))
    raw[position % len(raw)] ^= 1 << bit
    with pytest.raises(VaultError):
        decrypt(KEY, raw.decode("latin-1"), b"place")


def test_a_text_that_is_cut_anywhere_is_noticed() -> None:
    text = encrypt(KEY, b"a secret of some length", b"place")
    for length in range(len(text)):
        with pytest.raises(VaultError):
            decrypt(KEY, text[:length], b"place")


@pytest.mark.parametrize("text", ["", ".", "v1", "a.b.c", "ä.ö", "AAAA.AAAA", " ", "=.="])
def test_what_is_no_sealed_text_is_an_error_and_no_crash(text: str) -> None:
    with pytest.raises(VaultError):
        decrypt(KEY, text, b"")


def test_another_key_or_place_does_not_open() -> None:
    text = encrypt(KEY, b"secret", b"place")
    with pytest.raises(VaultError):
        decrypt(os.urandom(32), text, b"place")
    with pytest.raises(VaultError):
        decrypt(KEY, text, b"elsewhere")


def test_base64_has_one_spelling() -> None:
    assert decode(encode(b"\x00")) == b"\x00"
    for other in ("AB", "AA==", "AA\n"):
        with pytest.raises(VaultError):
            decode(other)
