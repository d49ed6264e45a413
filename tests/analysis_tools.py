"""Tools for analyzers that know what a test tells them, and nothing else: no store, no network."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import BinaryIO

from stack.analysis.base import Known, Related, Resolver, Similar
from stack.core.known_good import KnownGood
from stack.stix.observables.kinds import Kind


@dataclass
class ToldResolver:
    """`records` by name and type of record; every question is kept in `asked`."""

    records: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def lookup(self, name: str, record: str) -> tuple[str, ...]:
        self.asked.append((name, record))
        return self.records.get((name, record), ())


@dataclass
class ToldTools:
    """`stack.analysis.base.Tools` in memory. As made, it knows nothing and may not ask DNS."""

    known: dict[str, Known] = field(default_factory=dict)
    known_good: dict[str, tuple[KnownGood, ...]] = field(default_factory=dict)
    similar: dict[str, list[Similar]] = field(default_factory=dict)
    addresses: dict[str, list[Known]] = field(default_factory=dict)
    related: dict[str, list[Related]] = field(default_factory=dict)
    below: dict[str, Known] = field(default_factory=dict)
    sample: bytes = b""
    rules: tuple[tuple[str, str], ...] = ()
    resolver: Resolver | None = None
    brands: tuple[str, ...] = ()
    passwords: tuple[str, ...] = ()
    stop: Event = field(default_factory=Event)

    def look_up(self, values: Sequence[str]) -> list[Known]:
        return [self.known.get(value) or Known(value, "text") for value in values]

    def find_known_good(self, values: Iterable[tuple[Kind, str]]) -> Mapping[str, tuple[KnownGood, ...]]:
        return {value: self.known_good[value] for _, value in values if value in self.known_good}

    def find_similar(self, kind: Kind, value: str) -> list[Similar]:
        return self.similar.get(value, [])

    def list_addresses(self, network: str) -> list[Known]:
        return self.addresses.get(network, [])

    def list_related(self, kind: Kind, value: str) -> list[Related]:
        return self.related.get(value, [])

    def find_below(self, domain: str, *, besides: str) -> Known:
        return self.below.get(domain) or Known(f"*.{domain}", "domain")

    def open_sample(self) -> BinaryIO:
        return io.BytesIO(self.sample)

    def list_yara_rules(self) -> Sequence[tuple[str, str]]:
        return self.rules
