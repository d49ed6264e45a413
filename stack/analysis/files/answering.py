"""Makes an answer of what an inspection told."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from stack.analysis.answers import Answer, Evidence, Fact, Moment, Pivot
from stack.analysis.base import Tools
from stack.analysis.files.kinship import list_kin
from stack.analysis.files.results import Indicator, PartResult
from stack.analysis.files.running import Inspection
from stack.core.known_good import KnownGood
from stack.stix.observables.kinds import Kind

_OF_RULES: Final = "file.yara."
_MOST_OF_ONE_CODE: Final = 4
_MOST_FACTS, _MOST_PIVOTS, _MOST_MOMENTS = 1_500, 600, 200
_CHECKED: Final = frozenset({Kind.IPV4, Kind.IPV6, Kind.DOMAIN, Kind.URL, Kind.EMAIL})


def make_answer(inspection: Inspection, tools: Tools, *, broken_rules: Iterable[str] = ()) -> Answer:
    """Facts by part and section, evidence with the path of the part, pivots without what is known-good."""
    parts = inspection.parts
    indicators = list({(each.kind, each.value): each for part in parts for each in part.indicators}.values())
    known = _find_known_good(indicators, tools)
    evidence = (*_list_evidence(parts), *list_kin(parts[:1], tools))
    return Answer(
        summary=_summarise(parts, evidence),
        evidence=evidence,
        facts=tuple(_list_facts(parts, (*inspection.remarks, *_say_broken(broken_rules)), known))[
            :_MOST_FACTS
        ],
        pivots=tuple(_list_pivots(parts, indicators, known))[:_MOST_PIVOTS],
        moments=_list_moments(parts),
        raw=describe_parts(inspection),
    )


def _say_broken(rules: Iterable[str]) -> Iterator[str]:
    listed = list(rules)
    if listed:
        yield f"{len(listed):,} YARA rules of the store do not compile, the first: {listed[0]}"


def describe_parts(inspection: Inspection) -> dict[str, Any]:
    """The tree of parts as JSON: without evidence and facts, which the answer has."""
    left_out = {"evidence", "facts", "moments", "indicators"}
    parts = [msgspec.to_builtins(part) for part in inspection.parts]
    return {
        "parts": [{name: value for name, value in part.items() if name not in left_out} for part in parts],
        "remarks": list(inspection.remarks),
    }


def _summarise(parts: tuple[PartResult, ...], evidence: tuple[Evidence, ...]) -> str:
    if not parts:
        return "The file could not be read."
    against = sum(each.weight > 0 for each in evidence)
    inside = f", {_count(len(parts) - 1, 'file')} inside" if len(parts) > 1 else ""
    findings = _count(against, "suspicious finding") if against else "nothing suspicious"
    return f"{parts[0].title or parts[0].media}{inside}: {findings}"


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _list_evidence(parts: Iterable[PartResult]) -> Iterator[Evidence]:
    """The strongest of each code; of what many parts show the rest is counted."""
    found = sorted(
        ((part, each) for part in parts for each in part.evidence), key=lambda pair: -abs(pair[1].weight)
    )
    shown: Counter[str] = Counter()
    for part, each in found:
        shown[each.code] += 1
        if shown[each.code] <= _MOST_OF_ONE_CODE:
            at = f"In “{part.path}”: " if part.depth else ""
            # What the rules are is what the asker may see of the store.
            is_private = each.is_private or each.code.startswith(_OF_RULES)
            yield msgspec.structs.replace(each, statement=f"{at}{each.statement}", is_private=is_private)
    for code, count in shown.items():
        if count > _MOST_OF_ONE_CODE:
            more = count - _MOST_OF_ONE_CODE
            yield Evidence("file.more", f"{more:,} further findings of the kind {code} are not listed.")


def _list_facts(
    parts: tuple[PartResult, ...], remarks: Iterable[str], known: Mapping[str, tuple[KnownGood, ...]]
) -> Iterator[Fact]:
    for part in parts[:1]:
        yield from _describe_file(part)
    for remark in remarks:
        yield Fact("The file", remark, section="Not read")
    for part in parts:
        for remark in part.remarks:
            yield Fact(part.path or "The file", remark, section="Not read")
    for part in parts[1:]:
        yield Fact(
            f"{part.path} ({part.media}, {part.size:,} bytes)",
            part.hashes.sha256,
            Kind.SHA256,
            section="Contents",
        )
    for part in parts:
        for fact in part.facts:
            section = f"{part.path}: {fact.section}".removesuffix(": ") if part.depth else fact.section
            yield msgspec.structs.replace(fact, section=section)
    if known:
        yield Fact(
            "On lists of known-good values",
            f"{len(known):,} values: {', '.join(sorted(known)[:10])}",
            section="Indicators",
        )


def _describe_file(part: PartResult) -> Iterator[Fact]:
    section = "File"
    yield Fact("Type", f"{part.media} ({part.title})" if part.title else part.media, section=section)
    yield Fact("Size", f"{part.size:,} bytes", section=section)
    yield Fact("Entropy", f"{part.entropy:.2f} bits per byte", section=section)
    for name, value in msgspec.structs.asdict(part.hashes).items():
        if value:
            yield Fact(_HASH_TITLES[name], value, name, section=section)


_HASH_TITLES: Final = {
    "md5": "MD5",
    "sha1": "SHA-1",
    "sha256": "SHA-256",
    "sha512": "SHA-512",
    "ssdeep": "ssdeep",
    "tlsh": "TLSH",
}


def _list_pivots(
    parts: tuple[PartResult, ...], indicators: Iterable[Indicator], known: Mapping[str, object]
) -> Iterator[Pivot]:
    hashes = {part.hashes.sha256: Pivot(Kind.SHA256, part.hashes.sha256, "contains") for part in parts[1:]}
    yield from list(hashes.values())[: _MOST_PIVOTS // 3]
    for each in indicators:
        if each.value not in known:
            yield Pivot(each.kind, each.value, "mentions")


def _list_moments(parts: Iterable[PartResult]) -> tuple[Moment, ...]:
    return tuple(
        msgspec.structs.replace(moment, text=f"{part.path}: {moment.text}") if part.depth else moment
        for part in parts
        for moment in part.moments
    )[:_MOST_MOMENTS]


def _find_known_good(indicators: Iterable[Indicator], tools: Tools) -> Mapping[str, tuple[KnownGood, ...]]:
    asked = [(Kind(each.kind), each.value) for each in indicators if each.kind in _CHECKED]
    found = tools.find_known_good(asked) if asked else {}
    return {value: lists for value, lists in found.items() if lists}
