"""One number or text by which a document sorts, so that a page can go on exactly from a hit."""

from stack.stix.observables.normalise import fold

_LONGEST_NAME_KEY = 32
_ID_BITS = 21
_TIME_BITS = 42
_LATEST_MS = (1 << _TIME_BITS) - 1


def make_time_key(moment: int | None, object_id: int) -> int:
    """Sorts by millisecond, then by object, in one number, so that a page can go on from a hit.

    What has no time, and times before 1970, sort as oldest. Two objects of one millisecond share a key only
    when their ids agree in the last 21 bits, which is two million apart.
    """
    milliseconds = min(max((moment or 0) // 1000, 0), _LATEST_MS)
    return milliseconds << _ID_BITS | object_id & (1 << _ID_BITS) - 1


def make_relevance_key(time_key: int, *, is_relationship: bool) -> int:
    """Sorts entities before relationships, then like the `make_time_key` of the last modification."""
    rank = 0 if is_relationship else 1
    return rank << _TIME_BITS + _ID_BITS | time_key


def make_name_key(title: str, object_id: int) -> str:
    """Sorts by the first letters of the name, then by object; what has no name comes last."""
    return f"{fold(title[:_LONGEST_NAME_KEY]) or chr(0x10FFFF)}\0{object_id:012x}"
