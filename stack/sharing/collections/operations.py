"""Makes, changes and ends collections and API roots; puts objects in and takes them out by hand."""

import re
from uuid import uuid4

import msgspec
from django.db import IntegrityError, connections, router

from stack.accounts.frequent import read_frequent
from stack.accounts.models import Organisation
from stack.accounts.names import bad_field, read_name
from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import Conflict, NotFound
from stack.search.query_language import parse_query
from stack.sharing.collections.collector import lock_collection
from stack.sharing.collections.models import ApiRoot, Collection
from stack.sharing.collections.queries import describe_collection, find_api_root, read_sharing
from stack.sharing.collections.records import OWN_ONLY, ApiRootRow, CollectionRow, Sharing
from stack.store.database import write_database
from stack.store.records import Handling
from stack.store.selections.operations import drop_selection

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,58}[a-z0-9])?")
_TAKEN = re.compile(r"(org|group)-\d+")


def create_collection(
    principal: Principal,
    *,
    title: str,
    description: str = "",
    query: str = "",
    alias: str = "",
    root: str = "",
    readers: Sharing = OWN_ONLY,
    writers: Sharing | None = None,
) -> CollectionRow:
    """A new collection, which is filled in the background: by `query` (`*`: all that its organisation may
    see), or empty, to be picked or posted into. `root` is the slug of its API root; without one it is the
    organisation's.

    BadInput names each field that cannot be; Conflict for an alias that the root has already.
    """
    principal.require(Permission.MANAGE_SHARING)
    row = Collection(
        uid=uuid4(),
        organisation_id=principal.organisation_id,
        root=_expect_root(principal, root),
        title=read_name(title, field="title"),
        description=description.strip(),
        query=_expect_query(query),
        alias=_expect_alias(alias),
        readers=_expect_sharing(principal, readers, "readers"),
        writers=None if writers is None else _expect_sharing(principal, writers, "writers"),
        created_at=now_us(),
        released_at=now_us(),
    )
    with writing():
        _save(row)
        shown = describe_collection(principal, row)
        _record(principal, "collection.create", row, after=_audit(shown))
    return shown


class Unchanged(msgspec.Struct, frozen=True):
    """Says that a field stays as it is."""


UNCHANGED = Unchanged()


def change_collection(
    principal: Principal,
    collection_id: int,
    *,
    title: str | None = None,
    description: str | None = None,
    query: str | None = None,
    alias: str | None = None,
    readers: Sharing | None = None,
    writers: Sharing | Unchanged | None = UNCHANGED,
) -> CollectionRow:
    """None leaves a field as it is. Another query is judged for every object, in the background: what stays
    keeps its date."""
    with writing():
        row = _lock_own(principal, collection_id)
        before = _audit(describe_collection(principal, row))
        if title is not None:
            row.title = read_name(title, field="title")
        if description is not None:
            row.description = description.strip()
        if query is not None and (wanted := _expect_query(query)) != row.query:
            row.query, row.cursor = wanted, 0
        if alias is not None:
            row.alias = _expect_alias(alias)
        if readers is not None:
            row.readers = _expect_sharing(principal, readers, "readers")
        if not isinstance(writers, Unchanged):
            row.writers = None if writers is None else _expect_sharing(principal, writers, "writers")
        _save(row)
        shown = describe_collection(principal, row)
        if before != _audit(shown):
            _record(principal, "collection.change", row, before=before, after=_audit(shown))
    return shown


def delete_collection(principal: Principal, collection_id: int) -> None:
    """Nothing is served from it any more; its objects stay in the store."""
    with writing():
        row = _lock_own(principal, collection_id)
        _record(principal, "collection.delete", row, before=_audit(describe_collection(principal, row)))
        drop_selection(write_database(), row.pk)
        row.delete()


def create_api_root(
    principal: Principal,
    *,
    slug: str,
    title: str,
    description: str = "",
    organisation_id: int | None = None,
) -> ApiRootRow:
    """Another API root beside those that organisations and groups have: for an organisation, by default one's
    own.

    Slugs are the platform's, so that a name that is taken says nothing to those who may not know of it.
    """
    principal.require(Permission.ADMINISTER)
    if not _SLUG.fullmatch(slug) or _TAKEN.fullmatch(slug):
        raise bad_field("slug", "expected 1 to 60 of a-z 0-9 . _ -, and not org-… or group-… with a number")
    owner_id = principal.organisation_id if organisation_id is None else organisation_id
    if not Organisation.objects.filter(pk=owner_id).exists():
        raise bad_field("organisation_id", f"there is no organisation {owner_id}")
    row = ApiRoot(
        slug=slug,
        title=read_name(title, field="title"),
        description=description.strip(),
        organisation_id=owner_id,
        created_at=now_us(),
    )
    try:
        with writing():
            row.save()
            _record_root(principal, "api-root.create", row)
    except IntegrityError:
        raise Conflict(f"There is an API root “{slug}” already", remedy="Choose another name.") from None
    return ApiRootRow(slug, row.title, row.description, owner_id, None, is_configured=True)


def delete_api_root(principal: Principal, slug: str) -> None:
    """Conflict while there are collections in it."""
    principal.require(Permission.ADMINISTER)
    with writing():
        row = ApiRoot.objects.select_for_update().filter(slug=slug).first()
        if row is None:
            raise NotFound(f"Nobody has made an API root “{slug}”")
        if Collection.objects.filter(root=slug).exists():
            raise Conflict(
                f"There are collections in the API root “{slug}”", remedy="Delete them, then the root."
            )
        _record_root(principal, "api-root.delete", row)
        row.delete()


def _record_root(principal: Principal, name: str, row: ApiRoot) -> None:
    said = {"title": row.title, "organisation_id": row.organisation_id}
    is_end = name.endswith("delete")
    record_act(
        Act(
            name=name,
            actor=principal,
            object_kind="api-root",
            object_id=row.slug,
            before=said if is_end else {},
            after={} if is_end else said,
        )
    )


def handling_of_posts(principal: Principal, collection_id: int) -> Handling:
    """How the principal's statements that are posted here are handled: those who may read the collection see
    them, as far as the principal can share with them."""
    connection = connections[router.db_for_write(Collection)]
    rows = read_frequent(
        connection,
        "SELECT organisation_id, readers FROM collections_collection WHERE id = %s",
        [collection_id],
    )
    if not rows:
        raise NotFound(f"There is no collection {collection_id}")
    owner_id, stored = rows[0]
    readers = read_sharing(stored) or OWN_ONLY
    organisations = {*readers.organisation_ids, owner_id} - {principal.organisation_id}
    return Handling(
        everyone=readers.everyone,
        organisation_ids=() if readers.everyone else tuple(sorted(organisations)),
        group_ids=() if readers.everyone else tuple(sorted(principal.group_ids & set(readers.group_ids))),
    )


def _lock_own(principal: Principal, collection_id: int) -> Collection:
    principal.require(Permission.MANAGE_SHARING)
    row = lock_collection(collection_id)
    if row is None or row.organisation_id != principal.organisation_id:
        raise NotFound(f"Your organisation has no collection {collection_id}")
    return row


def _save(row: Collection) -> None:
    try:
        with writing():
            row.save()
    except IntegrityError:
        raise Conflict(
            f"The API root {row.root} has a collection with the alias “{row.alias}” already",
            remedy="Choose another alias.",
        ) from None


def _expect_root(principal: Principal, slug: str) -> str:
    if not slug:
        return f"org-{principal.organisation_id}"
    found = find_api_root(principal, slug)
    if found is None or (
        found.organisation_id is not None and found.organisation_id != principal.organisation_id
    ):
        raise bad_field("root", f"there is no API root {slug[:60]} that your organisation can use")
    return found.slug


def _expect_query(query: str) -> str:
    text = query.strip()
    if text:
        parse_query(text)
    return text


def _expect_alias(alias: str) -> str:
    if alias and not (_SLUG.fullmatch(alias) and not alias.isdecimal()):
        raise bad_field("alias", "expected up to 60 of a-z 0-9 . _ -, not digits alone; or nothing")
    return alias


def _expect_sharing(principal: Principal, sharing: Sharing, field: str) -> dict[str, object]:
    wanted = set(sharing.organisation_ids)
    unknown = wanted - set(Organisation.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    if unknown:
        raise bad_field(field, f"there is no organisation {min(unknown)}")
    if strange := set(sharing.group_ids) - principal.group_ids:
        raise bad_field(field, f"your organisation is in no sharing group {min(strange)}")
    found: dict[str, object] = msgspec.to_builtins(sharing)
    return found


def _audit(row: CollectionRow) -> dict[str, object]:
    return {
        "root": row.root,
        "title": row.title,
        "alias": row.alias,
        "query": row.query,
        "readers": msgspec.to_builtins(row.readers),
        "writers": msgspec.to_builtins(row.writers),
    }


def _record(
    principal: Principal,
    name: str,
    row: Collection,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    record_act(
        Act(
            name=name,
            actor=principal,
            object_kind="collection",
            object_id=str(row.uid),
            before=before or {},
            after=after or {},
        )
    )
