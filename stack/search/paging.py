"""The opaque token of a page: where the next one begins."""

import msgspec

from stack.core.errors import BadInput
from stack.search.base import Position, Sort
from stack.store.places import open_place, seal_place


class _Place(msgspec.Struct, array_like=True, frozen=True):
    sort: Sort
    tier: int
    key: int | str
    passed: int
    object_id: int = 0


def write_token(sort: Sort, position: Position) -> str:
    place = _Place(sort, position.tier, position.key, position.passed, position.object_id)
    return seal_place(place, purpose="search")


def read_token(token: str, *, sort: Sort) -> Position:
    """BadInput for a text that is no token, or one of a list in another order."""
    try:
        place = open_place(token, _Place, purpose="search")
        is_valid = place.sort is sort and (sort is Sort.NAME) == isinstance(place.key, str)
        if not is_valid or place.passed < 0 or not 0 <= place.tier <= 9:
            raise ValueError(token)
        if isinstance(place.key, int) and not 0 <= place.key < 1 << 64:
            raise ValueError(token)
    except ValueError:
        raise BadInput(
            f"“{token[:40]}” is no page of this search",
            remedy="Use the `next` of the page before, unchanged.",
        ) from None
    return Position(place.tier, place.key, place.passed, place.object_id)
