"""What analyzers may use: the store as whoever asks may see it, DNS where it is allowed, the sample."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Event
from typing import BinaryIO, Final

import orjson

from stack.accounts.principal import Principal
from stack.analysis.base import Known, Related, Resolver, Similar
from stack.analysis.describing import describe_objects, make_known
from stack.analysis.relations import find_similar, list_addresses, list_related
from stack.analysis.subdomains import find_below
from stack.core.known_good import KnownGood, find_known_good
from stack.search.lookup import look_up
from stack.search.queries import search_objects
from stack.search.records import LookupAnswer
from stack.stix.observables.candidates import list_key_texts
from stack.stix.observables.detect import detect
from stack.stix.observables.kinds import Kind
from stack.store.artifacts.queries import open_artifact
from stack.store.queries import find_values, iterate_texts

_MOST_RULES: Final = 2_000


@dataclass
class StoreTools:
    """`base.Tools` over the store, for one analysis."""

    principal: Principal
    resolver: Resolver | None = None
    brands: tuple[str, ...] = ()
    passwords: tuple[str, ...] = field(default=(), repr=False)
    artifact: str = ""
    stop: Event = field(default_factory=Event)

    def stopped_by(self, stop: Event) -> "StoreTools":
        """The same for a plug-in that is told by `stop` when its time is over."""
        return replace(self, stop=stop)

    def look_up(self, values: Sequence[str]) -> list[Known]:
        answers = look_up(self.principal, values)
        described = describe_objects(
            self.principal, {row.id: row for answer in answers for row in answer.objects}
        )
        roles = self._find_roles(answers)
        return [
            Known(
                value=answer.value,
                kind=answer.kind,
                objects=tuple(
                    make_known(row, roles.get((answer.value, row.id), 0), described)
                    for row in answer.objects
                    if row.id in described
                ),
                networks=answer.networks,
                known_good=answer.known_good,
                more=answer.more,
            )
            for answer in answers
        ]

    def find_known_good(self, values: Iterable[tuple[Kind, str]]) -> Mapping[str, tuple[KnownGood, ...]]:
        return find_known_good(values)

    def find_similar(self, kind: Kind, value: str) -> list[Similar]:
        return find_similar(self.principal, kind, value)

    def list_addresses(self, network: str) -> list[Known]:
        return list_addresses(self.principal, network)

    def list_related(self, kind: Kind, value: str) -> list[Related]:
        return list_related(self.principal, kind, value)

    def find_below(self, domain: str, *, besides: str) -> Known:
        return find_below(self.principal, domain, besides=besides)

    def open_sample(self) -> BinaryIO:
        return open_artifact(self.artifact)

    def list_yara_rules(self) -> Sequence[tuple[str, str]]:
        rules: list[tuple[str, str]] = []
        after = None
        while len(rules) < _MOST_RULES:
            page = search_objects(
                self.principal,
                query="pattern_type:yara AND type:indicator AND revoked:false",
                sort="created",
                limit=200,
                after=after,
                with_snippets=False,
            )
            texts = iterate_texts(self.principal, object_ids=[hit.row.id for hit in page.hits])
            rules += [(rule["id"], rule["pattern"]) for rule in map(orjson.loads, texts)]
            after = page.next
            if after is None:
                break
        return rules[:_MOST_RULES]

    def _find_roles(self, answers: Sequence[LookupAnswer]) -> dict[tuple[str, int], int]:
        """How each object has the value: the code of the strongest of its roles."""
        texts = {answer.value: list_key_texts(detect(answer.input)) for answer in answers}
        found = find_values(self.principal, [text for each in texts.values() for text in each])
        roles: dict[tuple[str, int], int] = {}
        for value, candidates in texts.items():
            for text in candidates:
                for match in found[text].matches if text in found else ():
                    place = (value, match.object_id)
                    roles[place] = min(roles.get(place, match.role_code), match.role_code)
        return roles
