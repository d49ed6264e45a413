"""Tells Bitcoin addresses from other words by their checksums (Base58Check, BIP 173, BIP 350)."""

import hashlib

_BASE58 = {
    letter: index for index, letter in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
}
_BECH32 = {letter: index for index, letter in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CHECKSUMS = frozenset({1, 0x2BC830A3})


def is_bitcoin_address(text: str) -> bool:
    """True for a pay-to-key-hash, pay-to-script-hash or segregated-witness address of the main network."""
    if text[:3].lower() == "bc1":
        return _is_segwit(text)
    return text[:1] in {"1", "3"} and _is_base58(text)


def _is_base58(text: str) -> bool:
    if not 26 <= len(text) <= 35:
        return False
    number = 0
    for letter in text:
        digit = _BASE58.get(letter)
        if digit is None:
            return False
        number = number * 58 + digit
    if number >= 1 << 200:
        return False
    decoded = number.to_bytes(25, "big")
    payload, checksum = decoded[:21], decoded[21:]
    return hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4] == checksum


def _is_segwit(text: str) -> bool:
    if not 14 <= len(text) <= 90 or (text != text.lower() and text != text.upper()):
        return False
    try:
        data = [_BECH32[letter] for letter in text[3:].lower()]
    except KeyError:
        return False
    # The human-readable part "bc", expanded as BIP 173 lays down.
    return _polymod([3, 3, 0, 2, 3, *data]) in _BECH32_CHECKSUMS


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for index, generator in enumerate(_GENERATORS):
            checksum ^= generator if top >> index & 1 else 0
    return checksum
