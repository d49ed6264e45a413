"""Indicators whose pattern is a rule of another language, such as YARA or Sigma."""

from collections.abc import Iterator

import msgspec

from stack.sharing.exporting.base import Item
from stack.sharing.exporting.losses import Losses

_CARRIED = frozenset({"pattern", "pattern_type", "id", "name", "type", "spec_version"})
_MOST_CHARACTERS = 1_000_000


class StoredRule(msgspec.Struct, frozen=True, gc=False):
    """A rule as its source wrote it; `text` is not to be trusted."""

    stix_id: str
    name: str
    text: str


def iterate_rules(items: Iterator[Item], *, language: str, losses: Losses) -> Iterator[StoredRule]:
    """The rules in this language, each text once."""
    seen: set[int] = set()
    for item in items:
        properties = item.properties
        stix_type, pattern = str(properties.get("type")), properties.get("pattern")
        if stix_type != "indicator":
            losses.note(stix_type, "", "only indicators are rules")
            continue
        if properties.get("pattern_type") != language or not isinstance(pattern, str):
            losses.note("indicator", "", f"it is no rule in the language “{language}”")
            continue
        if len(pattern) > _MOST_CHARACTERS:
            losses.note("indicator", "pattern", f"a rule of more than {_MOST_CHARACTERS} characters")
            continue
        if hash(pattern) in seen:
            losses.leave_out("in the file already")
            continue
        seen.add(hash(pattern))
        for name in properties:
            if name not in _CARRIED:
                losses.note("indicator", name, "the format has no place for it")
        stix_id, title = properties.get("id"), properties.get("name")
        yield StoredRule(str(stix_id), title if isinstance(title, str) else "", pattern)
