"""What can be told of a hash: its type, whether it is well known, what the store connects it to."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from stack.analysis.answers import MODEST, STRONG, Answer, Evidence, Fact, Pivot
from stack.analysis.base import KnownObject, Related, Similar, Tools
from stack.analysis.hashes.sets import find_in_sets
from stack.analysis.hashes.well_known import find_well_known
from stack.analysis.subjects import FILES, Subject
from stack.core.errors import BadInput
from stack.stix.observables.kinds import KIND_TITLES, Kind

_TYPES: Final = {
    32: (Kind.MD5, "MD5 by its length; NTLM, MD4 and imphash look alike"),
    40: (Kind.SHA1, "SHA-1 by its length; RIPEMD-160 looks alike"),
    64: (Kind.SHA256, "SHA-256 by its length; SHA3-256 and BLAKE2s look alike"),
    128: (Kind.SHA512, "SHA-512 by its length; SHA3-512 and BLAKE2b look alike"),
}
_HEX: Final = re.compile(r"[0-9a-f]+", re.ASCII)
_WEAK: Final = frozenset({Kind.MD5, Kind.SHA1})
_FUZZY: Final = frozenset({Kind.SSDEEP, Kind.TLSH})
_HARMLESS: Final = frozenset({"benign", "false-positive", "known-good", "allowlist", "whitelist"})
_BAD_TYPES: Final = frozenset({"malware", "intrusion-set", "threat-actor", "campaign"})
_MOST_FUZZY: Final = 2
_MOST_SHOWN: Final = 20
_LONGEST_NAME: Final = 200
_RELATED: Final = "Connected in the store"


def judge_hash(subject: Subject, tools: Tools) -> Answer:
    """Of a file, its SHA-256 is judged. BadInput for what is no hash."""
    value = subject.value
    if len(value) not in _TYPES or not _HEX.fullmatch(value):
        raise BadInput(
            f"“{value[:60]}” is no hash that is analysed",
            remedy="Give the 32, 40, 64 or 128 hexadecimal digits of an MD5, SHA-1, SHA-256 or SHA-512.",
        )
    kind, written = _TYPES[len(value)]
    facts = [] if subject.kind in FILES else [Fact("Type", written)]
    evidence = [*_judge_form(value), *_judge_sets(value, facts)]
    related = tools.list_related(kind, value)
    hashes = _list_hashes(related, facts)
    evidence += _judge_types(kind, hashes)
    evidence += _judge_related(related)
    evidence += _judge_other_hashes(value, hashes, tools)
    evidence += _judge_similar(hashes, tools, besides={row.by.stix_id for row in related})
    facts += _show_related(related)
    return Answer(
        is_found=bool(evidence or related),
        summary=_summarise(evidence, related),
        evidence=tuple(evidence),
        facts=tuple(facts),
        pivots=tuple(Pivot(known, text, "same-file") for known, text in hashes if known not in _FUZZY),
    )


def _judge_form(value: str) -> Iterator[Evidence]:
    known = find_well_known(value)
    if known is not None:
        weight = -STRONG if known.is_harmless else 0.0
        yield Evidence(f"hash.{known.name}", known.statement, weight, group="hash.well-known")


def _judge_sets(value: str, facts: list[Fact]) -> Iterator[Evidence]:
    """A set such as NSRL's says that software is known, which is short of saying that it is good."""
    found = find_in_sets(bytes.fromhex(value))
    facts += [Fact("Set not asked", unready, section="Sets of known software") for unready in found.unready]
    if found.asked:
        told = f"in {len(found.names)} of {found.asked}"
        facts.append(Fact("Sets of known software", told, section="Sets of known software"))
    for name in found.names:
        statement = f"The set “{name}” has it among the hashes of known software."
        yield Evidence("hash.known-software", statement, -STRONG)


def _list_hashes(related: Iterable[Related], facts: list[Fact]) -> list[tuple[str, str]]:
    """The other hashes that the store states of the same file, each once."""
    hashes = list(dict.fromkeys(each for row in related for each in row.values))[:_MOST_SHOWN]
    facts += [Fact(KIND_TITLES[Kind(kind)], text, kind, "The same file") for kind, text in hashes]
    return hashes


def _judge_types(kind: Kind, hashes: Iterable[tuple[str, str]]) -> Iterator[Evidence]:
    longer = {text for known, text in hashes if known == Kind.SHA256}
    if kind in _WEAK and len(longer) > 1:
        statement = (
            f"{len(longer)} different SHA-256 are stated with this {KIND_TITLES[kind]}: "
            "somebody made them collide, or a source is mistaken."
        )
        yield Evidence("hash.collision", statement, MODEST, is_private=True)


def _judge_related(related: Iterable[Related]) -> Iterator[Evidence]:
    """What the direct look-up does not weigh: the malware at the far end of an edge."""
    told: set[str] = set()
    for row in related:
        other = row.other
        if other is None or other.type not in _BAD_TYPES or other.is_revoked or row.by.is_revoked:
            continue
        if other.stix_id in told or _HARMLESS.intersection(other.labels):
            continue
        told.add(other.stix_id)
        # With an indicator the look-up has weighed that it is bad, and this only says what it is.
        weight = MODEST if row.by.type == "indicator" else STRONG
        yield Evidence(
            code="hash.family",
            statement=f"The {row.by.type} with this hash leads to the {_name(other)} ({row.relation}).",
            weight=weight,
            pivots=(Pivot(Kind.STIX_ID, other.stix_id, row.relation),),
            is_private=True,
        )


def _judge_other_hashes(value: str, hashes: list[tuple[str, str]], tools: Tools) -> Iterator[Evidence]:
    """Indicators that match the file by another of its hashes, which a look-up of this one does not find."""
    exact = [text for known, text in hashes if known not in _FUZZY]
    if not exact:
        return
    direct, *others = tools.look_up([value, *exact])
    known = {each.stix_id for each in direct.objects}
    for other in others:
        for each in other.objects:
            if each.stix_id in known or not _speaks_ill(each):
                continue
            known.add(each.stix_id)
            yield Evidence(
                code="hash.other-hash",
                statement=f"The {_name(each)} is about the same file, by its hash {other.value}.",
                weight=STRONG,
                pivots=(Pivot(Kind.STIX_ID, each.stix_id, "indicated-by"),),
                is_private=True,
            )


def _judge_similar(
    hashes: Iterable[tuple[str, str]], tools: Tools, *, besides: Collection[str]
) -> Iterator[Evidence]:
    fuzzy = [(Kind(known), text) for known, text in hashes if known in _FUZZY]
    for kind, text in fuzzy[:_MOST_FUZZY]:
        for near in tools.find_similar(kind, text):
            yield from judge_near(kind, near, besides=besides)


def judge_near(kind: Kind, near: Similar, *, besides: Collection[str] = ()) -> Iterator[Evidence]:
    """A file of the store that is like this one and known to be bad; `besides` are ids of this one itself.

    Weights: within a TLSH distance of 30 are 32 % of what belongs together and 0.002 % of what does not,
    within 70 84 % and 1.8 % (Oliver et al., 2013, table II); of ssdeep, scores below 50 are often chance.
    """
    is_near = near.distance <= 30 if kind is Kind.TLSH else near.score >= 80
    is_far = near.distance > 70 if kind is Kind.TLSH else near.score < 50
    if is_far:
        return
    for each in near.objects:
        if each.stix_id in besides:
            continue
        if not _speaks_ill(each) and not (each.type in _BAD_TYPES and not each.is_revoked):
            continue
        measured = f"distance {near.distance}" if kind is Kind.TLSH else f"score {near.score} of 100"
        yield Evidence(
            code="hash.similar",
            statement=f"A file like it ({KIND_TITLES[kind]}, {measured}) is known by the {_name(each)}.",
            weight=STRONG if is_near else MODEST,
            group="hash.similar",
            pivots=(Pivot(Kind.STIX_ID, each.stix_id, "similar-to"),),
            is_private=True,
        )
        return


def _speaks_ill(known: KnownObject) -> bool:
    is_good = _HARMLESS.intersection(label.lower() for label in known.labels)
    return known.type == "indicator" and not known.is_revoked and not is_good


def _show_related(related: Iterable[Related]) -> list[Fact]:
    shown = {
        row.other.stix_id: Fact(
            f"{row.other.type}, {row.relation}", row.other.stix_id, Kind.STIX_ID, _RELATED
        )
        for row in related
        if row.other is not None
    }
    return list(shown.values())[:_MOST_SHOWN]


def _name(known: KnownObject) -> str:
    return f"{known.type} “{known.name[:_LONGEST_NAME] or known.stix_id}”"


def _summarise(evidence: Iterable[Evidence], related: Iterable[Related]) -> str:
    best = max(evidence, key=lambda each: abs(each.weight), default=None)
    if best is not None:
        return best.statement
    return "Known, and nothing said against it" if any(related) else ""
