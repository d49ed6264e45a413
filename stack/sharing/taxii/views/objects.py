"""What a collection holds: objects, one object, its versions, the manifest (TAXII 2.1, 5.3 to 5.8)."""

from collections.abc import Callable, Collection
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from stack.accounts.principal import Principal
from stack.sharing.collections.records import CollectionRow
from stack.sharing.taxii.boundary import NOTHING_HERE, answer_taxii
from stack.sharing.taxii.envelopes import write_envelope, write_manifest, write_versions
from stack.sharing.taxii.interoperability import NAMES
from stack.sharing.taxii.opening import open_for_reading
from stack.sharing.taxii.operations import note_reading
from stack.sharing.taxii.parameters import OBJECT_FIELDS, VERSION_FIELDS, Asked, read_asked, seal_next
from stack.sharing.taxii.reading import Page, read_entry_page, read_text_page
from stack.sharing.taxii.times import write_date
from stack.store.selections.queries import list_versions
from stack.store.selections.records import Entry, EntryFilter

_T = TypeVar("_T")

_ALL_FIELDS = OBJECT_FIELDS | NAMES
_SPEC_VERSION = frozenset({"spec_version"})


def show_objects(request: HttpRequest, principal: Principal, *, root: str, collection: str) -> HttpResponse:
    row = open_for_reading(principal, root, collection)
    asked = _read(request, f"objects {row.id}", _ALL_FIELDS)
    page = read_text_page(principal, row.id, asked)
    note_reading(principal, row, is_empty=not page.items)
    return _answer(page, asked, f"objects {row.id}", write_envelope)


def show_manifest(request: HttpRequest, principal: Principal, *, root: str, collection: str) -> HttpResponse:
    row = open_for_reading(principal, root, collection)
    asked = _read(request, f"manifest {row.id}", _ALL_FIELDS)
    page = read_entry_page(principal, row.id, asked)
    return _answer(page, asked, f"manifest {row.id}", write_manifest)


def show_object(
    request: HttpRequest, principal: Principal, *, root: str, collection: str, stix_id: str
) -> HttpResponse:
    """Empty where the filters leave out all versions; `NotFound` for what is not in the collection."""
    row = open_for_reading(principal, root, collection)
    place = f"object {row.id} {stix_id}"
    asked = _read(request, place, VERSION_FIELDS, stix_id)
    page = read_text_page(principal, row.id, asked)
    if not page.items:
        _expect_object(principal, row, stix_id)
    note_reading(principal, row, is_empty=not page.items)
    return _answer(page, asked, place, write_envelope)


def show_versions(
    request: HttpRequest, principal: Principal, *, root: str, collection: str, stix_id: str
) -> HttpResponse:
    row = open_for_reading(principal, root, collection)
    place = f"versions {row.id} {stix_id}"
    asked = _read(request, place, _SPEC_VERSION, stix_id, every=True)
    page = read_entry_page(principal, row.id, asked)
    if not page.items:
        _expect_object(principal, row, stix_id)
    return _answer(page, asked, place, _write_versions)


def _write_versions(entries: list[Entry], *, following: str) -> bytes:
    return write_versions((entry.version for entry in entries), following=following)


def _read(
    request: HttpRequest, place: str, fields: Collection[str], stix_id: str = "", *, every: bool = False
) -> Asked:
    asked = read_asked(
        request.META.get("QUERY_STRING", ""), fields=fields, place=place, most=settings.TAXII.page
    )
    if not stix_id:
        return asked
    chosen = asked.chosen
    only = EntryFilter(
        stix_ids=(stix_id,),
        last=chosen.last and not every,
        first=chosen.first,
        every=chosen.every or every,
        instants=chosen.instants,
    )
    return Asked(
        after=asked.after,
        limit=asked.limit,
        chosen=only,
        is_nothing=asked.is_nothing,
        tests=asked.tests,
        match=asked.match,
    )


def _expect_object(principal: Principal, row: CollectionRow, stix_id: str) -> None:
    if not list_versions(principal, row.id, stix_id, limit=1):
        raise NOTHING_HERE


def _answer(page: Page[_T], asked: Asked, place: str, write: Callable[..., bytes]) -> HttpResponse:
    following = seal_next(asked, reached=page.last, place=place) if page.has_more else ""
    dates = {}
    if page.last:
        dates = {
            "X-TAXII-Date-Added-First": write_date(page.first),
            "X-TAXII-Date-Added-Last": write_date(page.last),
        }
    return answer_taxii(write(page.items, following=following), headers=dates)
