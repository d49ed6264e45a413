"""Which objects of the store a text names: malware, tools, actors and campaigns, by name or alias."""

import re
from collections import Counter
from collections.abc import Iterator

from stack.accounts.principal import Principal
from stack.stix.observables.kinds import KIND_CODES, Kind
from stack.stix.observables.normalise import fold
from stack.store.queries import find_values, hydrate
from stack.store.records import ObjectRow

SUBJECT_TYPES = frozenset({"malware", "tool", "threat-actor", "intrusion-set", "campaign", "infrastructure"})
_WORD = re.compile(r"[\w.+#!-]*\w")
_LONGEST_NAME = 4
_SHORTEST_TEXT = 3
_MOST_NAMES = 5_000
_SHOWN = 10
_NAME = KIND_CODES[Kind.NAME]


def find_named_objects(principal: Principal, text: str) -> list[ObjectRow]:
    """At most ten, those that the text names most often first. Names begin with a capital or a digit."""
    counts = Counter(_list_names(text))
    wanted = [name for name, _ in counts.most_common(_MOST_NAMES)]
    found = find_values(principal, wanted, limit_per_role=_SHOWN)
    named: Counter[int] = Counter()
    for name, known in found.items():
        for match in known.matches:
            if match.kind_code == _NAME:
                named[match.object_id] += counts[name]
    rows = hydrate(principal, named)
    ranked = (rows[object_id] for object_id, _ in named.most_common() if object_id in rows)
    return [row for row in ranked if row.type in SUBJECT_TYPES and not row.revoked][:_SHOWN]


def _list_names(text: str) -> Iterator[str]:
    for line in text.splitlines():
        words = _WORD.findall(line)
        for start, word in enumerate(words):
            if not (word[0].isupper() or word[0].isdigit()):
                continue
            for length in range(1, _LONGEST_NAME + 1):
                name = fold(" ".join(words[start : start + length]))
                if len(name) >= _SHORTEST_TEXT and start + length <= len(words):
                    yield name
