"""What differs between two versions of an object, by property, with the changed words marked. Pure."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

Pieces = list[tuple[str, bool]]

_WORD = re.compile(r"\s+|\w+|[^\w\s]")
# Comparing words costs time quadratic in their number, so a very long text is only shown whole.
_LONGEST_COMPARED = 1500


@dataclass(frozen=True, slots=True)
class Difference:
    """One property: `added`, `removed` or `changed`; its texts in pieces of (text, whether it differs)."""

    path: str
    kind: str
    before: Pieces | None
    after: Pieces | None


def list_differences(before: Any, after: Any) -> list[Difference]:
    """Differences in the order of the properties; lists are compared item by item, whatever their order."""
    return list(_compare(before, after, ""))


def _compare(before: Any, after: Any, path: str) -> Iterator[Difference]:
    if _identify(before) == _identify(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            place = f"{path}.{key}" if path else key
            if key not in after:
                yield _removed(place, before[key])
            elif key not in before:
                yield _added(place, after[key])
            else:
                yield from _compare(before[key], after[key], place)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(before, after, path)
    else:
        yield Difference(path, "changed", *_mark_words(_write(before), _write(after)))


def _compare_lists(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[Difference]:
    """Items that are gone and items that are new; the same items in another order are one change."""
    gone, new = _subtract(before, after), _subtract(after, before)
    if not gone and not new:
        yield Difference(path, "changed", [(_write(before), False)], [(_write(after), False)])
    for at in sorted(gone | new):
        place = f"{path}[{at}]"
        if at in gone and at in new:
            yield from _compare(before[at], after[at], place)
        else:
            yield _removed(place, before[at]) if at in gone else _added(place, after[at])


def _subtract(items: Sequence[Any], others: Sequence[Any]) -> set[int]:
    """The positions of items that the other list lacks; each of its items answers for one."""
    available = Counter(map(_identify, others))
    missing = set()
    for at, item in enumerate(items):
        key = _identify(item)
        if available[key]:
            available[key] -= 1
        else:
            missing.add(at)
    return missing


def _identify(value: Any) -> str:
    """JSON equality as text: key order does not count, and `true` is not 1, as it would be in Python."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _added(path: str, value: Any) -> Difference:
    return Difference(path, "added", None, [(_write(value), False)])


def _removed(path: str, value: Any) -> Difference:
    return Difference(path, "removed", [(_write(value), False)], None)


def _write(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _mark_words(before: str, after: str) -> tuple[Pieces, Pieces]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > _LONGEST_COMPARED:
        return [(before, False)], [(after, False)]
    left: Pieces = []
    right: Pieces = []
    for operation, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        left.append(("".join(old[a:b]), operation != "equal"))
        right.append(("".join(new[c:d]), operation != "equal"))
    return [piece for piece in left if piece[0]], [piece for piece in right if piece[0]]
