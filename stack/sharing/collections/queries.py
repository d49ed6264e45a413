"""Which API roots and collections a principal may know of. What one may not see is not there."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
from django.db import connections, router
from django.db.models import QuerySet

from stack.accounts.frequent import read_frequent
from stack.accounts.models import Organisation, SharingGroup
from stack.accounts.principal import Permission, Principal
from stack.sharing.collections.models import ApiRoot, Collection
from stack.sharing.collections.records import OWN_ONLY, ApiRootRow, CollectionRow, Sharing

_OF_ORGANISATION = "org-"
_OF_GROUP = "group-"
# Written out, because every request of a TAXII client asks this, and the ORM takes half a millisecond for it.
_FIND = (
    "SELECT c.id, c.uid, c.organisation_id, o.name, c.root, c.alias, c.title, c.description, c.query, "
    "c.readers, c.writers, c.created_at FROM collections_collection c "
    "JOIN accounts_organisation o ON o.id = c.organisation_id WHERE"
)


def list_collections(principal: Principal, *, root: str | None = None) -> list[CollectionRow]:
    """Those that the principal may read or write, by title; in one API root or in all."""
    principal.require(Permission.READ)
    return _list_open(principal, root)


def find_collection(principal: Principal, name: str, *, root: str | None = None) -> CollectionRow | None:
    """By its TAXII id, its alias or its number; None where there is none that may be read or written."""
    connection = connections[router.db_for_read(Collection)]
    chosen: list[str] = ["c.alias = %s"]
    values: list[Any] = [name]
    if name.isascii() and name.isdecimal() and len(name) <= 18:
        chosen.append("c.id = %s")
        values.append(int(name))
    with suppress(ValueError):
        uid = UUID(name)
        chosen.append("c.uid = %s")
        values.append(uid if connection.features.has_native_uuid_field else uid.hex)
    sql = f"{_FIND} ({' OR '.join(chosen)})"
    if root is not None:
        sql += " AND c.root = %s"
        values.append(root)
    if not name or "\0" in name + (root or ""):
        return None
    found = [_show(principal, row) for row in read_frequent(connection, sql, values)]
    return next((row for row in found if row.can_read or row.can_write), None)


def list_api_roots(principal: Principal) -> list[ApiRootRow]:
    """The principal's own first, then those of its groups, then others in which it may read or write."""
    principal.require(Permission.READ)
    own = [f"{_OF_ORGANISATION}{principal.organisation_id}"]
    own += [f"{_OF_GROUP}{group_id}" for group_id in sorted(principal.group_ids)]
    others = {row.root for row in _list_open(principal, None)}
    others |= set(
        ApiRoot.objects.filter(organisation=principal.organisation_id).values_list("slug", flat=True)
    )
    rows = (_describe_root(slug) for slug in [*own, *sorted(others - set(own))])
    return [row for row in rows if row is not None]


def find_api_root(principal: Principal, slug: str) -> ApiRootRow | None:
    """None for one that is not there, or in which there is nothing for the principal."""
    row = _describe_root(slug)
    if row is None:
        return None
    is_own = row.organisation_id == principal.organisation_id or row.group_id in principal.group_ids
    return row if is_own or _list_open(principal, slug) else None


def read_sharing(value: object) -> Sharing | None:
    """A sharing from the column that keeps it; JSON that no model has read is text."""
    if isinstance(value, str):
        return msgspec.json.decode(value, type=Sharing | None)
    return None if value is None else msgspec.convert(value, Sharing)


def describe_collection(principal: Principal, row: Collection) -> CollectionRow:
    """The row as the principal sees it, which may be neither readable nor writable."""
    organisation = row.organisation_id, row.organisation.name
    texts = row.root, row.alias, row.title, row.description, row.query
    shared = row.readers, row.writers
    return _show(principal, (row.pk, row.uid, *organisation, *texts, *shared, row.created_at))


def _show(principal: Principal, stored: tuple[Any, ...]) -> CollectionRow:
    """Of the columns of `_FIND`."""
    pk, uid, organisation_id, organisation, root, alias, title, description, query, *rest = stored
    readers_column, writers_column, created_at = rest
    readers = read_sharing(readers_column) or OWN_ONLY
    writers = read_sharing(writers_column)
    is_own = organisation_id == principal.organisation_id
    return CollectionRow(
        id=pk,
        uid=str(uid if isinstance(uid, UUID) else UUID(uid)),
        root=root,
        alias=alias,
        title=title,
        description=description,
        query=query if is_own else "",
        is_live=bool(query),
        organisation_id=organisation_id,
        organisation=organisation,
        readers=readers if is_own else OWN_ONLY,
        writers=writers if is_own else None,
        can_read=is_own or readers.includes(principal),
        can_write=writers is not None and (is_own or writers.includes(principal)),
        is_own=is_own,
        created_at=created_at,
    )


def _list_open(principal: Principal, root: str | None) -> list[CollectionRow]:
    rows = _describe(principal, _select(root).order_by("title", "id"))
    return [row for row in rows if row.can_read or row.can_write]


def _describe(principal: Principal, rows: Iterable[Collection]) -> Iterable[CollectionRow]:
    return (describe_collection(principal, row) for row in rows)


def _select(root: str | None) -> QuerySet[Collection]:
    rows = Collection.objects.select_related("organisation")
    return rows if root is None else rows.filter(root=root)


def _describe_root(slug: str) -> ApiRootRow | None:
    if (number := _read_number(slug, _OF_GROUP)) is not None:
        group = SharingGroup.objects.filter(pk=number).first()
        return (
            ApiRootRow(slug, group.name, "What the sharing group shares", None, group.pk) if group else None
        )
    if (number := _read_number(slug, _OF_ORGANISATION)) is not None:
        own = Organisation.objects.filter(pk=number).first()
        return ApiRootRow(slug, own.name, "What the organisation shares", own.pk, None) if own else None
    made = ApiRoot.objects.filter(slug=slug).first()
    if made is None:
        return None
    return ApiRootRow(slug, made.title, made.description, made.organisation_id, None, is_configured=True)


def _read_number(slug: str, prefix: str) -> int | None:
    number = slug.removeprefix(prefix)
    is_number = number != slug and number.isascii() and number.isdecimal() and len(number) <= 18
    return int(number) if is_number else None
