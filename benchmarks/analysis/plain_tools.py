"""Tools that know nothing, so that an engine is measured by what it computes itself."""

import io
from collections.abc import Iterable, Mapping, Sequence
from threading import Event
from typing import BinaryIO

from stack.analysis.base import Known, Related, Resolver, Similar
from stack.core.known_good import KnownGood
from stack.stix.observables.kinds import Kind


class PlainTools:
    """`stack.analysis.base.Tools` without a store, lists, DNS or brands."""

    def __init__(self) -> None:
        self.resolver: Resolver | None = None
        self.brands: tuple[str, ...] = ()
        self.passwords: tuple[str, ...] = ()
        self.stop = Event()

    def look_up(self, values: Sequence[str]) -> list[Known]:
        return [Known(value, "text") for value in values]

    def find_known_good(self, values: Iterable[tuple[Kind, str]]) -> Mapping[str, tuple[KnownGood, ...]]:
        return {}

    def find_similar(self, kind: Kind, value: str) -> list[Similar]:
        return []

    def list_addresses(self, network: str) -> list[Known]:
        return []

    def list_related(self, kind: Kind, value: str) -> list[Related]:
        return []

    def find_below(self, domain: str, *, besides: str) -> Known:
        return Known(f"*.{domain}", "domain")

    def open_sample(self) -> BinaryIO:
        return io.BytesIO()

    def list_yara_rules(self) -> Sequence[tuple[str, str]]:
        return []
