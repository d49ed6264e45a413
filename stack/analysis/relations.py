"""What the store has beside a value, as a principal may see it: neighbours, relations, similar hashes."""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_network
from typing import Final

from stack.accounts.principal import Principal
from stack.analysis.base import Known, KnownObject, Related, Similar
from stack.analysis.describing import describe_objects, make_known
from stack.analysis.hashes.ssdeep import find_similar_ssdeep, list_prefixes
from stack.analysis.hashes.tlsh import find_near_tlsh
from stack.core.errors import BadInput
from stack.stix.observables.key_text import key_text
from stack.stix.observables.keys import ROLE_CODES, Role
from stack.stix.observables.kinds import KIND_CODES, Kind, Observable
from stack.stix.observables.normalise import normalise
from stack.store.queries import find_values, hydrate, list_neighbours, list_values
from stack.store.records import ValueMatch

_OWN_ROLES: Final = frozenset({ROLE_CODES[Role.IS], ROLE_CODES[Role.PATTERN]})
_MOST_ADDRESSES: Final = 256
_MOST_OBJECTS: Final = 10
_MOST_EDGES: Final = 50
_MOST_SIMILAR: Final = 20
_MOST_COMPARED: Final = 100_000
_PAGE: Final = 10_000
_LEAST_SCORE: Final = 30
_MOST_DISTANCE: Final = 100


def list_addresses(principal: Principal, network: str) -> list[Known]:
    """The addresses of a network that the store knows, at most 256 of them, with what has them.

    `network` is /8, /16 or /24, or for IPv6 a multiple of 16: what the key table has side by side. BadInput
    for others.
    """
    prefix, kind = _find_prefix(network)
    texts = list_values(principal, prefix, kind_code=KIND_CODES[kind], limit=_MOST_ADDRESSES)
    objects = _find_objects(principal, kind, texts, each=_MOST_OBJECTS)
    return [Known(normalise(kind, text), kind, objects.get(text, ())) for text in texts]


def list_related(principal: Principal, kind: Kind, value: str) -> list[Related]:
    """What is one edge away from the objects that are the value or match it, and their other hashes."""
    text = key_text(Observable(kind, value))
    matches = find_values(principal, [text], limit_per_role=_MOST_OBJECTS).get(text)
    roles = _list_roles(matches.matches if matches else ())
    chosen = [object_id for object_id, role in roles.items() if role in _OWN_ROLES][:_MOST_OBJECTS]
    rows = hydrate(principal, chosen)
    described = describe_objects(principal, rows)
    related: list[Related] = []
    for object_id in chosen:
        if object_id not in described:
            continue
        by = make_known(rows[object_id], roles[object_id], described)
        others = tuple(each for each in described[object_id].hashes if each != (kind, value))
        if others:
            related.append(Related(by, "same-file", values=others))
        related += _list_edges(principal, by)
    return related


def find_similar(principal: Principal, kind: Kind, value: str) -> list[Similar]:
    """Fuzzy hashes (`Kind.SSDEEP`, `Kind.TLSH`) of the store that are near or the same, the nearest first.

    Of ssdeep those that score at least 30, of TLSH those at most 100 apart; 20 at most, of the first 100,000
    that could be compared. BadInput for another kind, or what is no hash of it.
    """
    try:
        text = normalise(kind, value)
        near = _SEARCHES[kind](principal, text)[:_MOST_SIMILAR]
    except (KeyError, ValueError):
        raise BadInput(f"“{value[:60]}” is no ssdeep or TLSH hash") from None
    objects = _find_objects(principal, kind, [each.value for each in near], each=3)
    return [Similar(each.value, each.score, each.distance, objects.get(each.value, ())) for each in near]


def _find_like_ssdeep(principal: Principal, text: str) -> list[Similar]:
    compared = _iterate_values(principal, list_prefixes(text), Kind.SSDEEP)
    found = find_similar_ssdeep(text, compared, least_score=_LEAST_SCORE)
    return [
        Similar(value, score=score) for value, score in sorted(found, key=lambda each: (-each[1], each[0]))
    ]


def _find_near_tlsh(principal: Principal, text: str) -> list[Similar]:
    compared = _iterate_values(principal, ["T1"], Kind.TLSH)
    found = find_near_tlsh(text, compared, most=_MOST_DISTANCE)
    return [Similar(value, distance=distance) for value, distance in found]


_SEARCHES: Final = {Kind.SSDEEP: _find_like_ssdeep, Kind.TLSH: _find_near_tlsh}


def _iterate_values(principal: Principal, prefixes: Iterable[str], kind: Kind) -> Iterator[str]:
    left = _MOST_COMPARED
    for prefix in prefixes:
        after = ""
        while left > 0:
            limit = min(_PAGE, left)
            page = list_values(principal, prefix, kind_code=KIND_CODES[kind], after=after, limit=limit)
            yield from page
            left -= len(page)
            if len(page) < limit:
                break
            after = page[-1]


def _find_prefix(network: str) -> tuple[str, Kind]:
    """What the key texts of all its addresses begin with."""
    try:
        read = ip_network(network)
    except ValueError:
        raise BadInput(f"“{network[:60]}” is no network") from None
    kind, bits = (Kind.IPV4, 8) if read.version == 4 else (Kind.IPV6, 16)
    count, rest = divmod(read.prefixlen, bits)
    separator = "." if kind is Kind.IPV4 else ":"
    groups = read.network_address.exploded.split(separator)
    if rest or not 0 < count < len(groups):
        raise BadInput(f"Neighbours are listed by whole groups of digits, and {network} ends within one")
    return separator.join(groups[:count]) + separator, kind


def _find_objects(
    principal: Principal, kind: Kind, texts: Sequence[str], *, each: int
) -> dict[str, tuple[KnownObject, ...]]:
    """By key text, the newest objects of each role; those that only mention the value come last."""
    code = KIND_CODES[kind]
    found = {
        text: _list_roles(match for match in known.matches if match.kind_code == code)
        for text, known in find_values(principal, texts, limit_per_role=each).items()
    }
    rows = hydrate(principal, {object_id for roles in found.values() for object_id in roles})
    described = describe_objects(principal, rows)
    return {
        text: tuple(
            make_known(rows[object_id], role, described)
            for object_id, role in sorted(roles.items(), key=lambda item: item[1])
            if object_id in described
        )[:each]
        for text, roles in found.items()
    }


def _list_roles(matches: Iterable[ValueMatch]) -> dict[int, int]:
    """The strongest role of each object, by row id."""
    roles: dict[int, int] = {}
    for match in matches:
        roles[match.object_id] = min(match.role_code, roles.get(match.object_id, match.role_code))
    return roles


def _list_edges(principal: Principal, by: KnownObject) -> Iterator[Related]:
    page = list_neighbours(principal, by.stix_id, limit=_MOST_EDGES)
    rows = {neighbour.other.id: neighbour.other for neighbour in page.rows}
    described = describe_objects(principal, rows)
    for neighbour in page.rows:
        if neighbour.other.id in described:
            other = make_known(neighbour.other, 0, described)
            yield Related(by, neighbour.kind, other, is_outgoing=neighbour.direction == "out")
