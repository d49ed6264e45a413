"""What of an object may be shown below its strictest markings (STIX 2.1, section 7.2.3)."""

from collections.abc import Iterator, Mapping
from typing import Any

from stack.stix.markings import all_markings, object_markings, tlp_level_of
from stack.stix.redaction import redact_object


def list_renditions(obj: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The object without its marked parts, a step at a time: first without those of statement markings, then
    without those of each TLP level above the object's own, the highest first.

    Empty where no part is marked. Steps at which nothing can be shown are left out (`redact_object`).
    """
    renditions = [redact_object(obj, hidden) for hidden in _list_steps(obj)]
    return [each for each in renditions if each is not None]


def _list_steps(obj: Mapping[str, Any]) -> Iterator[frozenset[str]]:
    if not obj.get("granular_markings"):
        return
    whole = object_markings(obj)
    partial = frozenset(all_markings(obj)) - frozenset(whole)
    own = tlp_level_of(whole)
    levels = {marking: level for marking in partial if (level := tlp_level_of((marking,))) is not None}
    hidden = partial - levels.keys()
    if hidden:
        yield hidden
    for step in sorted({level for level in levels.values() if own is None or level > own}, reverse=True):
        hidden |= {marking for marking, level in levels.items() if level >= step}
        yield hidden
