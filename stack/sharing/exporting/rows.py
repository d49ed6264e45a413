"""Objects as rows of values: what lists, rules and tables are written from."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

import msgspec

from stack.sharing.exporting.alternatives import Alternative, read_alternatives
from stack.sharing.exporting.base import Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.networks import find_danger
from stack.stix.observables.kinds import KIND_TITLES, Kind
from stack.stix.observables.readings import read_as, read_hash

_CHUNK = 500
# They say what kind of text the object is, and have no meaning outside of it.
_IMPLIED = frozenset({"type", "spec_version", "pattern_type"})
_NO_PLACE = "the format has no place for it"
_OBSERVABLES = {
    "ipv4-addr": Kind.IPV4,
    "ipv6-addr": Kind.IPV6,
    "domain-name": Kind.DOMAIN,
    "url": Kind.URL,
    "email-addr": Kind.EMAIL,
    "mac-addr": Kind.MAC,
}
NETWORK_KINDS = frozenset({Kind.IPV4, Kind.IPV6, Kind.CIDR, Kind.DOMAIN, Kind.URL})
_ADDRESSES = frozenset({Kind.IPV4, Kind.IPV6, Kind.CIDR})
HASH_KINDS = frozenset({Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512})


class Row(msgspec.Struct, frozen=True, gc=False):
    """One value, and the object that it came from (decoded; only to be read).

    `removed` is the id of an object all of whose rows are gone; then there is no value.
    """

    kind: Kind
    value: str
    path: str
    properties: dict[str, Any]
    removed: str = ""

    def get_text(self, name: str) -> str:
        """A property where it is text, else nothing: what a source sent need not be of the right type."""
        found = self.properties.get(name)
        return found if isinstance(found, str) else ""

    def get_texts(self, name: str) -> list[str]:
        found = self.properties.get(name)
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []

    @property
    def confidence(self) -> int | None:
        found = self.properties.get("confidence")
        return found if isinstance(found, int) and not isinstance(found, bool) else None


class RowRules(msgspec.Struct, frozen=True, kw_only=True):
    """What an exporter makes rows of.

    `kinds` that it has a place for (None: all), `carried`: the properties that its entries show, with
    `observables` also the values of observables, which nobody has judged.
    """

    carried: frozenset[str] = frozenset()
    kinds: Collection[Kind] | None = None
    observables: bool = False


def iterate_rows(
    items: Iterator[Item], *, rules: RowRules, occasion: Occasion, losses: Losses
) -> Iterator[Row]:
    """The rows of the items, in their order. What is not carried is noted once per object."""
    while chunk := list(islice(items, _CHUNK)):
        rows = [row for item in chunk for row in _read_item(item, rules, losses)]
        yield from _leave_out_known_good(rows, occasion, losses)


def _read_item(item: Item, rules: RowRules, losses: Losses) -> Iterator[Row]:
    if item.removed:
        yield Row(Kind.STIX_ID, "", "", {}, item.removed)
        return
    properties = item.properties
    stix_type = str(properties.get("type"))
    kinds = rules.kinds
    has_row = False
    for found in _read_values(stix_type, properties, rules, losses):
        if kinds is None or found.kind in kinds:
            has_row = True
            yield Row(found.kind, found.value, found.path, properties)
        else:
            title = KIND_TITLES[found.kind]
            losses.note(stix_type, "pattern", f"the format has no place for the kind of value “{title}”")
    if has_row:
        for name in properties:
            if name not in rules.carried and name not in _IMPLIED:
                losses.note(stix_type, name, _NO_PLACE)


def _read_values(
    stix_type: str, properties: dict[str, Any], rules: RowRules, losses: Losses
) -> Iterator[Alternative]:
    if stix_type == "indicator":
        yield from _read_indicator(properties, losses)
    elif stix_type in _OBSERVABLES or stix_type == "file":
        if rules.observables:
            yield from _read_observable(stix_type, properties)
        else:
            losses.note(stix_type, "", "an observable is no judgement; the option “observables” takes it")
    else:
        losses.note(stix_type, "", "only indicators become entries")


def _read_indicator(properties: dict[str, Any], losses: Losses) -> Iterator[Alternative]:
    language, pattern = properties.get("pattern_type", "stix"), properties.get("pattern")
    if language != "stix" or not isinstance(pattern, str):
        losses.note("indicator", "pattern", f"a rule in the language “{language}” is no value")
        return
    reading = read_alternatives(pattern)
    for why in reading.lost:
        losses.note("indicator", "pattern", f"it {why}")
    yield from reading.alternatives


def _read_observable(stix_type: str, properties: dict[str, Any]) -> Iterator[Alternative]:
    value, hashes = properties.get("value"), properties.get("hashes")
    if stix_type != "file":
        if isinstance(value, str):
            found = read_as(_OBSERVABLES[stix_type], value)
            yield Alternative(found.kind, found.value, f"{stix_type}:value")
        return
    for algorithm, digest in hashes.items() if isinstance(hashes, dict) else ():
        if isinstance(digest, str):
            found = read_hash(algorithm, digest)
            yield Alternative(found.kind, found.value, f"file:hashes.'{algorithm}'")


def _leave_out_known_good(rows: list[Row], occasion: Occasion, losses: Losses) -> Iterator[Row]:
    find = occasion.find_known_good
    if find is None:
        yield from rows
        return
    known = find((row.kind, row.value) for row in rows if not row.removed)
    for row in rows:
        list_name = known.get(row.value)
        if list_name is None or row.removed:
            yield row
        else:
            losses.leave_out(f"known to be good by the list “{list_name}”")


def drop_dangerous(rows: Iterator[Row], losses: Losses) -> Iterator[Row]:
    """Without addresses and networks that no list should have (`networks.find_danger`)."""
    for row in rows:
        why = find_danger(row.value) if row.kind in _ADDRESSES else ""
        if why:
            losses.leave_out(why)
        else:
            yield row


def drop_repeats(rows: Iterator[Row], losses: Losses) -> Iterator[Row]:
    """Each value once. Only a number is kept of each, so that a million values take little memory."""
    seen: set[int] = set()
    for row in rows:
        # Salted by Python for each process: nobody can prepare two values that are taken for one.
        number = hash((row.kind, row.value))
        if number in seen:
            losses.leave_out("in the list already")
            continue
        seen.add(number)
        yield row
