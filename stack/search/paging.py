"""The opaque token of a page: where the next one begins.

It is encrypted, because a place in the index is made of row ids: they would tell how much others wrote.
"""

import base64
import binascii
import hashlib
from functools import lru_cache

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings

from stack.core.errors import BadInput
from stack.search.base import Position, Sort

_PURPOSE = b"stack.search.paging"


class _Place(msgspec.Struct, array_like=True, frozen=True):
    sort: Sort
    tier: int
    key: int | str
    passed: int


def write_token(sort: Sort, position: Position) -> str:
    place = _Place(sort, position.tier, position.key, position.passed)
    sealed = _open_cipher(settings.SECRET_KEY).encrypt(msgspec.json.encode(place), [_PURPOSE])
    return base64.urlsafe_b64encode(sealed).decode("ascii").rstrip("=")


def read_token(token: str, *, sort: Sort) -> Position:
    """BadInput for a text that is no token, or one of a list in another order."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        text = _open_cipher(settings.SECRET_KEY).decrypt(sealed, [_PURPOSE])
        place = msgspec.json.decode(text, type=_Place)
        is_valid = place.sort is sort and (sort is Sort.NAME) == isinstance(place.key, str)
        if not is_valid or place.passed < 0 or not 0 <= place.tier <= 9:
            raise ValueError(token)
        if isinstance(place.key, int) and not 0 <= place.key < 1 << 64:
            raise ValueError(token)
    except (ValueError, binascii.Error, msgspec.DecodeError, InvalidTag):
        raise BadInput(
            f"“{token[:40]}” is no page of this search",
            remedy="Use the `next` of the page before, unchanged.",
        ) from None
    return Position(place.tier, place.key, place.passed)


@lru_cache(maxsize=2)
def _open_cipher(secret: str) -> AESSIV:
    """Without a nonce: the same place has the same token for as long as the secret stays."""
    return AESSIV(hashlib.blake2b(secret.encode(), key=_PURPOSE, digest_size=64).digest())
