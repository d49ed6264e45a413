"""The first tab: what the object says of itself, and what it is connected to, in numbers."""

from dataclasses import replace
from typing import Any

import orjson
from django.http import QueryDict

from stack.accounts.principal import Principal
from stack.stix.markings import tlp_level_of
from stack.stix.observables.keys import derive_keys
from stack.store.access import name_tlp
from stack.store.queries import get_object, get_text, hydrate, list_keys
from stack.store.records import NeighbourCount
from stack.web.links import change_query, object_url
from stack.web.naming import show_name
from stack.web.object_tabs.base import Context, Subject
from stack.web.properties import Fact, Show, describe_overview
from stack.web.prose import read_prose

_COUNTS_SHOWN = 8
_ELSEWHERE_SHOWN = 8
_KEYS_COMPARED = 200


def describe(subject: Subject) -> Context:
    obj = orjson.loads(get_text(subject.principal, subject.stix_id) or b"{}")
    overview = describe_overview(obj)
    return {
        "overview": overview,
        "description": read_prose(overview.description),
        **_describe_elsewhere(subject, obj),
        "facts": [_resolve_links(subject.principal, fact) for fact in overview.facts],
        "counts": [_describe_count(subject, count) for count in subject.counts[:_COUNTS_SHOWN]],
        "more_counts": max(0, len(subject.counts) - _COUNTS_SHOWN),
    }


def _describe_elsewhere(subject: Subject, obj: dict[str, Any]) -> Context:
    """Other objects that have a value in common with this one, by the table of keys."""
    texts = [key.text for key in derive_keys(obj)][:_KEYS_COMPARED]
    matches = list_keys(subject.principal, subject.stix_id, texts)
    ids = list(dict.fromkeys(match.object_id for match in matches))
    rows = hydrate(subject.principal, ids[:_ELSEWHERE_SHOWN])
    return {
        "elsewhere": [
            {"row": row, "url": object_url(row.stix_id), "shown": show_name(row)} for row in rows.values()
        ],
        "more_elsewhere": max(0, len(ids) - _ELSEWHERE_SHOWN),
    }


def _resolve_links(principal: Principal, fact: Fact) -> Fact:
    """References with the names of what they lead to; one that cannot be seen stays an id without a link."""
    if fact.show is not Show.LINKS:
        return fact
    found = [(stix_id, get_object(principal, stix_id)) for stix_id in fact.content]
    links = [
        {"id": stix_id, "url": object_url(stix_id), "shown": show_name(row), "type": row.type}
        if row
        else {"id": stix_id, "tlp": name_tlp(tlp_level_of((stix_id,)))}
        for stix_id, row in found
    ]
    return replace(fact, content=links)


def _describe_count(subject: Subject, count: NeighbourCount) -> dict[str, Any]:
    query = change_query(QueryDict(), {"kind": count.kind, "direction": count.direction})
    return {"count": count, "url": f"{subject.url}/relations{query}"}
