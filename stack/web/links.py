"""Addresses within Stack."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.http import QueryDict


def object_url(stix_id: str) -> str:
    """`/o/<type>/<uuid>`, the page of an object."""
    stix_type, _, uuid = stix_id.rpartition("--")
    return f"/o/{stix_type}/{uuid}"


def change_query(query: QueryDict, changes: Mapping[str, str | Sequence[str] | None]) -> str:
    """The query string with some parameters replaced (None: removed), always from the first page on."""
    items = {key: query.getlist(key) for key in query if key not in {"after", *changes}}
    for key, value in changes.items():
        if value:
            items[key] = [value] if isinstance(value, str) else list(value)
    return "?" + urlencode([(key, each) for key, values in items.items() for each in values if each])


def next_page(query: QueryDict, after: str | None) -> str:
    """The query string of the page that `after` leads to; empty when there is none."""
    return change_query(query, {}) + "&" + urlencode({"after": after}) if after else ""
