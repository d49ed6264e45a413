"""Where a page of a list begins, as a text that tells nothing.

Such a place is made of row ids. They are encrypted: their size would tell how much others wrote.
"""

import base64
import binascii
import hashlib
from functools import lru_cache
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings

T = TypeVar("T")


def seal_place(place: object, *, purpose: str) -> str:
    """The same place always gives the same text, for as long as the secret key stays."""
    sealed = _open_cipher(settings.SECRET_KEY).encrypt(msgspec.json.encode(place), [purpose.encode()])
    return base64.urlsafe_b64encode(sealed).decode("ascii").rstrip("=")


def open_place(token: str, kind: type[T], *, purpose: str) -> T:
    """The place that was sealed for this purpose; ValueError for every other text."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        text = _open_cipher(settings.SECRET_KEY).decrypt(sealed, [purpose.encode()])
        return msgspec.json.decode(text, type=kind)
    except (ValueError, binascii.Error, msgspec.DecodeError, InvalidTag):
        raise ValueError(token) from None


@lru_cache(maxsize=2)
def _open_cipher(secret: str) -> AESSIV:
    return AESSIV(hashlib.blake2b(secret.encode(), key=b"stack.store.places", digest_size=64).digest())
