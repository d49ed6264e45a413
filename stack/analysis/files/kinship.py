"""Files of the store that are like this one: by fuzzy hashes, and by what a program imports.

Weights: near fuzzy hashes are of the same family more often than not; an imphash is shared by all that one
builder or runtime made, so it says less.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Evidence, Pivot
from stack.analysis.base import KnownObject, Similar, Tools
from stack.analysis.files.results import PartResult
from stack.stix.observables.kinds import Kind

IMPHASH: Final = "Imphash"
# Oliver, Cheng, Chen: TLSH, a locality sensitive hash (2013): few false alarms within these distances.
_NEAR, _NEARISH = 30, 70
_ALIKE, _SOMEWHAT_ALIKE = 90, 70
_SAYS_BAD: Final = frozenset({"indicator", "malware", "malware-analysis"})
_MOST: Final = 3


def list_kin(parts: Iterable[PartResult], tools: Tools) -> Iterator[Evidence]:
    """Evidence that rests on the store, and is for those who may see it."""
    for part in parts:
        for kind, value in ((Kind.SSDEEP, part.hashes.ssdeep), (Kind.TLSH, part.hashes.tlsh)):
            for similar in (tools.find_similar(kind, value) if value else [])[:_MOST]:
                yield _say_similar(kind, similar)
        for fact in part.facts:
            if fact.name == IMPHASH:
                yield from _list_same_imports(fact.value, tools)


def _say_similar(kind: Kind, similar: Similar) -> Evidence:
    if kind is Kind.SSDEEP:
        weight = STRONG if similar.score >= _ALIKE else MODEST if similar.score >= _SOMEWHAT_ALIKE else 0.0
        measure = f"ssdeep score {similar.score} of 100"
    else:
        weight = STRONG if similar.distance <= _NEAR else MODEST if similar.distance <= _NEARISH else 0.0
        measure = f"TLSH distance {similar.distance}"
    return Evidence(
        "file.similar",
        f"The store knows a file much like it ({measure}): {_name(similar.objects) or similar.value}.",
        weight if _is_bad(similar.objects) else 0.0,
        pivots=(Pivot(kind, similar.value, "similar-to"),),
        is_private=True,
    )


def _list_same_imports(imphash: str, tools: Tools) -> Iterator[Evidence]:
    for known in tools.look_up([imphash]):
        if known.objects:
            yield Evidence(
                "file.same-imports",
                f"The store knows its imphash {imphash}: {_name(known.objects)}.",
                SLIGHT if _is_bad(known.objects) else 0.0,
                group="file.similar",
                is_private=True,
            )


def _is_bad(objects: Iterable[KnownObject]) -> bool:
    return any(each.type in _SAYS_BAD and not each.is_revoked for each in objects)


def _name(objects: Iterable[KnownObject]) -> str:
    names = dict.fromkeys(each.name[:80] or each.stix_id for each in objects)
    shown = ", ".join(list(names)[:_MOST])
    return "".join(character if character.isprintable() else "\ufffd" for character in shown)
