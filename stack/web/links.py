"""Addresses within Stack, and how lists name what they link to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from stack.stix.observables.detect import NETWORK_KINDS, detect
from stack.stix.observables.kinds import Kind
from stack.store.records import ObjectRow

_VALUE_TYPES = {
    "ipv4-addr": Kind.IPV4,
    "ipv6-addr": Kind.IPV6,
    "domain-name": Kind.DOMAIN,
    "url": Kind.URL,
    "email-addr": Kind.EMAIL,
    "mac-addr": Kind.MAC,
    "mutex": Kind.MUTEX,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A name as a page shows it: a value (defanged, with copies) where `kind` is set, otherwise text."""

    text: str
    kind: str


def object_url(stix_id: str) -> str:
    """`/o/<type>/<uuid>`, the page of an object."""
    stix_type, _, uuid = stix_id.rpartition("--")
    return f"/o/{stix_type}/{uuid}"


def show_name(row: ObjectRow) -> Shown:
    """The name of an object; a name that is itself an address, host or URL is shown as such a value."""
    if not row.name:
        return Shown(row.stix_id, "")
    known = _VALUE_TYPES.get(row.type)
    if known:
        return Shown(row.name, known.value)
    observable = detect(row.name).observable
    return Shown(row.name, observable.kind.value) if observable.kind in NETWORK_KINDS else Shown(row.name, "")


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
