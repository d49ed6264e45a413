"""Bytes that are the same everywhere, of many shapes, for hashes that were computed by others."""

import hashlib

SHAPES = ("even", "few", "repeated", "zeros-at-end", "text")


def make_bytes(shape: str, size: int) -> bytes:
    """`size` bytes, the same each time."""
    stream = hashlib.shake_256(f"{shape}-{size}".encode()).digest(size)
    if shape == "few":
        return bytes(byte & 3 for byte in stream)
    if shape == "repeated":
        return (stream[:23] * (size // 23 + 1))[:size]
    if shape == "zeros-at-end":
        return stream[: max(0, size - 9)] + bytes(min(size, 9))
    if shape == "text":
        return bytes(b"etaoin shrdlu\n.,x"[byte % 17] for byte in stream)
    return stream
