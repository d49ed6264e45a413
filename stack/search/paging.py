"""The opaque token of a page: where the next one begins."""

import base64
import binascii

import msgspec

from stack.core.errors import BadInput
from stack.search.base import Position, Sort


class _Place(msgspec.Struct, array_like=True, frozen=True):
    sort: Sort
    tier: int
    key: int | str
    passed: int


def write_token(sort: Sort, position: Position) -> str:
    place = _Place(sort, position.tier, position.key, position.passed)
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode("ascii").rstrip("=")


def read_token(token: str, *, sort: Sort) -> Position:
    """BadInput for a text that is no token, or one of a list in another order."""
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        place = msgspec.json.decode(text, type=_Place)
        is_valid = place.sort is sort and (sort is Sort.NAME) == isinstance(place.key, str)
        if not is_valid or place.passed < 0 or not 0 <= place.tier <= 9:
            raise ValueError(token)
        if isinstance(place.key, int) and not 0 <= place.key < 1 << 64:
            raise ValueError(token)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise BadInput(
            f"“{token[:40]}” is no page of this search",
            remedy="Use the `next` of the page before, unchanged.",
        ) from None
    return Position(place.tier, place.key, place.passed)
