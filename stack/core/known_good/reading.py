"""Asks the compact file. A value that no list has costs about a microsecond for each of its labels."""

import mmap
import socket
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from ipaddress import ip_network
from pathlib import Path
from struct import unpack_from
from typing import NamedTuple
from zlib import crc32

import msgspec

from stack.core.known_good import expressions, layout
from stack.core.known_good.records import Category, KnownGood, ListInUse

_NOTHING: tuple[KnownGood, ...] = ()
_HOSTS = frozenset(("domain", "url"))
# A network that spans more ranges than this lies in no list as a whole.
_MOST_RANGES = 4096
_REMEMBERED = 4096
_SLOT_MASK = layout.MOST_SLOTS - 1
_TEXT_KINDS = ("md5", "sha1", "sha256", "sha512", "ssdeep", "certificate")


class _Slot(NamedTuple):
    """A list as a text in the file points to it; `kinds` are those that it answers for, none when off."""

    list: layout.ListHeader
    below: bool
    kinds: frozenset[str]
    answer: KnownGood


class CompactLists:
    """The lists of one compact file, mapped; `switched_off` are names of lists that are not asked."""

    def __init__(self, path: Path, *, switched_off: frozenset[str]) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        magic, length = unpack_from("<8sQ", self._map)
        if magic != layout.MAGIC:
            raise ValueError(f"{path.name} is not a file of known-good values")
        header = msgspec.json.decode(self._map[16 : 16 + length], type=layout.Header)
        self._lists = header.lists
        self._off = switched_off
        self._salt = header.salt
        self._slots = [
            _open_slot(header.lists[number], below, switched_off) for number, below in header.slots
        ]
        self._sets = header.sets
        place = layout.round_up(16 + length)
        views: dict[str, memoryview] = {}
        for name in layout.SECTIONS:
            views[name] = memoryview(self._map)[place : place + header.sections[name]]
            place += layout.round_up(header.sections[name])
        self._filter = views["filter"]
        self._texts = views["texts"].cast("Q")
        self._starts4, self._sets4 = views["starts4"].cast("I"), views["sets4"].cast("I")
        starts6 = bytes(views["starts6"])
        self._starts6 = [starts6[at : at + 16] for at in range(0, len(starts6), 16)]
        self._sets6 = views["sets6"].cast("I")
        self._expressions, self._skipped = expressions.compile_all(
            [each for each in header.lists if each.name not in switched_off]
        )
        self._finders: dict[str, Callable[[str], tuple[KnownGood, ...]]] = {
            "ipv4": self._find_ipv4,
            "ipv6": self._find_ipv6,
            "cidr": self._find_network,
            "domain": self._find_domain,
            "url": self._find_url,
            "email": self._find_email,
        }
        # The same values come again and again, and every name ends in one of a few hundred labels.
        self._find = lru_cache(maxsize=_REMEMBERED)(self._find_anew)
        self._probe_top = lru_cache(maxsize=_REMEMBERED)(self._probe)
        self._finders |= {kind: partial(self._find_text, kind) for kind in _TEXT_KINDS}

    def find(self, kind: str, value: str) -> tuple[KnownGood, ...]:
        """The lists that hold the value, in Stack's canonical form of its kind; other kinds are in none."""
        return self._find(kind, value)

    def _find_anew(self, kind: str, value: str) -> tuple[KnownGood, ...]:
        finder = self._finders.get(kind)
        return finder(value) if finder is not None else _NOTHING

    def describe(self) -> list[ListInUse]:
        return [
            ListInUse(
                name=each.name,
                title=each.title,
                version=each.version,
                category=each.category,
                entries=each.entries,
                is_own=each.is_own,
                skipped="switched off" if each.name in self._off else self._skipped.get(each.name, ""),
            )
            for each in self._lists
        ]

    def _probe(self, text: bytes) -> list[int]:
        """The slots that hold a text."""
        bit = layout.filter_bit(text)
        if not self._filter[bit >> 3] >> (bit & 7) & 1:
            return []
        low = layout.hash_text(text, self._salt)
        texts, found = self._texts, []
        for at in range(bisect_left(texts, low), len(texts)):
            entry = texts[at]
            if entry - low > _SLOT_MASK:
                break
            found.append(entry & _SLOT_MASK)
        return found

    def _find_ipv4(self, value: str) -> tuple[KnownGood, ...]:
        try:
            number = int.from_bytes(socket.inet_aton(value), "big")
        except OSError:
            return _NOTHING
        held = self._sets4[bisect_right(self._starts4, number) - 1]
        return self._name_slots(self._sets[held], "ipv4") if held else _NOTHING

    def _find_ipv6(self, value: str) -> tuple[KnownGood, ...]:
        try:
            raw = socket.inet_pton(socket.AF_INET6, value)
        except OSError:
            return _NOTHING
        held = self._sets6[bisect_right(self._starts6, raw) - 1]
        return self._name_slots(self._sets[held], "ipv6") if held else _NOTHING

    def _find_network(self, value: str) -> tuple[KnownGood, ...]:
        """The lists that hold all of the network."""
        try:
            network = ip_network(value)
        except ValueError:
            return _NOTHING
        first, last = network.network_address.packed, network.broadcast_address.packed
        if network.version == 4:
            low = bisect_right(self._starts4, int.from_bytes(first, "big")) - 1
            high = bisect_right(self._starts4, int.from_bytes(last, "big"))
            sets = self._sets4[low:high]
        else:
            low = bisect_right(self._starts6, first) - 1
            high = bisect_right(self._starts6, last)
            sets = self._sets6[low:high]
        if len(sets) > _MOST_RANGES:
            return _NOTHING
        common = set(self._sets[sets[0]])
        for held in sets[1:]:
            common &= set(self._sets[held])
        return self._name_slots(sorted(common), "cidr")

    def _find_domain(self, value: str) -> tuple[KnownGood, ...]:
        return tuple(self._find_host(value, "domain").values())

    def _find_host(self, host: str, kind: str, *, is_deep: bool = False) -> dict[str, KnownGood]:
        """By list: those that have the name, or a name above it and mean what is below too.

        `is_deep` says that the host is only where something else is: a page, not the whole site.
        """
        found: dict[str, KnownGood] = {}
        if not host.isascii():
            return found
        name = host.encode()
        in_lists = self._filter
        start = 0
        while True:
            # What is done here for each label decides what a value costs that no list has.
            part = name[start:]
            bit = crc32(part) & layout.FILTER_MASK
            slots: Sequence[int] = ()
            if in_lists[bit >> 3] >> (bit & 7) & 1:
                slots = self._probe(part) if b"." in part else self._probe_top(part)
            for slot in map(self._slots.__getitem__, slots):
                if kind in slot.kinds and (slot.below or not start) and slot.list.name not in found:
                    is_other = bool(start) and name[:start] != b"www."
                    matched = name[start:].decode() if start or kind != "domain" else ""
                    is_weak = (slot.list.is_popular and is_other) or (is_deep and not slot.list.is_own)
                    found[slot.list.name] = _qualify(slot.answer, matched, is_weak=is_weak)
            start = name.find(b".", start) + 1
            if not start:
                return found

    def _find_url(self, value: str) -> tuple[KnownGood, ...]:
        rest = value.partition("://")[2] or value
        end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
        is_deep = rest[end:] not in ("", "/")
        host = rest[:end].rpartition("@")[2]
        is_address = host.startswith("[") or host.partition(":")[0][-1:].isdecimal()
        host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        found = {each.list_name: each for each in self._find_text("url", value)}
        if is_address:
            held = self._find_ipv6(host) if ":" in host else self._find_ipv4(host)
            for each in held:
                found.setdefault(each.list_name, _qualify(each, host, is_weak=is_deep))
            return tuple(found.values())
        return tuple((self._find_host(host, "url", is_deep=is_deep) | found).values())

    def _find_email(self, value: str) -> tuple[KnownGood, ...]:
        found = self._find_host(value.rpartition("@")[2], "email")
        found |= {each.list_name: each for each in self._find_text("email", value)}
        for each, expression in self._expressions:
            if "email" in each.kinds and expression.search(value):
                found[each.name] = _make_answer(each)
        return tuple(found.values())

    def _find_text(self, kind: str, value: str) -> tuple[KnownGood, ...]:
        slots = self._probe(value.encode("utf-8", "replace"))
        return self._name_slots(slots, kind) if slots else _NOTHING

    def _name_slots(self, slots: Iterable[int], kind: str) -> tuple[KnownGood, ...]:
        found = map(self._slots.__getitem__, slots)
        return tuple(slot.answer for slot in found if kind in slot.kinds)


def _open_slot(of: layout.ListHeader, below: bool, switched_off: frozenset[str]) -> _Slot:
    kinds = frozenset(() if of.name in switched_off else of.kinds)
    # What is at a known host is at a known host, whether the list speaks of names or of URLs.
    return _Slot(of, below, kinds | _HOSTS if kinds & _HOSTS else kinds, _make_answer(of))


def _make_answer(of: layout.ListHeader) -> KnownGood:
    return KnownGood(of.name, of.category, of.title, of.version)


def _qualify(answer: KnownGood, matched: str, *, is_weak: bool) -> KnownGood:
    """`is_weak`: the list speaks of the place, not of what somebody may have put there."""
    if is_weak:
        return replace(answer, category=Category.KNOWN, matched=matched)
    return replace(answer, matched=matched) if matched else answer
