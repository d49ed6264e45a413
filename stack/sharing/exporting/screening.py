"""What of the chosen objects goes out: what is valid now, sure enough, and not known to be good."""

from collections.abc import Iterator
from typing import Any

import msgspec

from stack.sharing.exporting.alternatives import read_alternatives
from stack.sharing.exporting.base import FindKnownGood, Item
from stack.sharing.exporting.losses import Losses
from stack.stix.timestamps import TimestampError, parse_instant


class Screen(msgspec.Struct):
    """The filters of one run, all off at first. `next_change_at` is found while items pass: when, in
    microseconds UTC, the first of them becomes valid or ends to be; 0 for never.
    """

    now: int
    is_delta: bool = False
    only_valid: bool = False
    minimum_confidence: int = 0
    find_known_good: FindKnownGood | None = None
    next_change_at: int = 0

    def pass_items(self, items: Iterator[Item], losses: Losses) -> Iterator[Item]:
        """Those that go out. In a delta one that does not comes as removed: it may have gone out before."""
        looks_inside = self.only_valid or self.minimum_confidence or self.find_known_good
        for item in items:
            losses.items += 1
            why = self._find_fault(item) if looks_inside and not item.removed else ""
            if not why:
                yield item
                continue
            losses.leave_out(why)
            if self.is_delta:
                yield Item(b"", str(item.properties.get("id")))

    def _find_fault(self, item: Item) -> str:
        properties = item.properties
        if self.only_valid and (why := self._find_end(properties)):
            return why
        if self.minimum_confidence and properties.get("type") == "indicator":
            confidence = properties.get("confidence")
            if not isinstance(confidence, int):
                return "without a confidence, where a least one was asked for"
            if confidence < self.minimum_confidence:
                return f"with a confidence below {self.minimum_confidence}"
        return self._find_list(properties)

    def _find_end(self, properties: dict[str, Any]) -> str:
        if properties.get("revoked") is True:
            return "revoked"
        start, end = _read_time(properties, "valid_from"), _read_time(properties, "valid_until")
        if end is not None and end <= self.now:
            return "no longer valid"
        upcoming = start if start is not None and start > self.now else end
        if upcoming is not None and not 0 < self.next_change_at <= upcoming:
            self.next_change_at = upcoming
        return "not valid yet" if start is not None and start > self.now else ""

    def _find_list(self, properties: dict[str, Any]) -> str:
        """Names a list where every value that the indicator names is known to be good."""
        pattern = properties.get("pattern")
        if self.find_known_good is None or not isinstance(pattern, str):
            return ""
        if properties.get("pattern_type", "stix") != "stix":
            return ""
        values = [(found.kind, found.value) for found in read_alternatives(pattern).alternatives]
        known = self.find_known_good(values)
        if not values or any(value not in known for _, value in values):
            return ""
        return f"known to be good by the list “{known[values[0][1]]}”"


def _read_time(properties: dict[str, Any], name: str) -> int | None:
    text = properties.get(name)
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except TimestampError:
        return None
