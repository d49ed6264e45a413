"""Collections and API roots for the command line: of this data folder, or of a server through its REST API.

Both answer with the members that the REST API documents (docs/api.md).
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from stack.cli.backend.choice import is_remote, read_token, start_local
from stack.core.errors import NotFound

if TYPE_CHECKING:
    from stack.accounts.principal import Principal
    from stack.sharing.collections.records import CollectionRow

Document = dict[str, Any]
_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionDraft:
    """None leaves a member as it is, or as it is by default; `writers` counts only with `sets_writers`."""

    title: str | None = None
    description: str | None = None
    query: str | None = None
    alias: str | None = None
    root: str | None = None
    readers: Sequence[str] | None = None
    writers: Sequence[str] | None = None
    sets_writers: bool = False

    def as_document(self) -> Document:
        names = ("title", "description", "query", "alias", "root", "readers")
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return given | ({"writers": self.writers} if self.sets_writers else {})


class SharingBackend(Protocol):
    """What `stack collection` and `stack api-root` ask."""

    def list_collections(self) -> list[Document]: ...
    def get_collection(self, name: str) -> Document: ...
    def create_collection(self, draft: CollectionDraft) -> Document: ...
    def change_collection(self, name: str, draft: CollectionDraft) -> Document: ...
    def delete_collection(self, name: str) -> None: ...
    def iterate_objects(self, name: str) -> Iterator[Document]: ...
    def add_objects(self, name: str, stix_ids: Sequence[str]) -> int: ...
    def remove_object(self, name: str, stix_id: str) -> None: ...
    def list_api_roots(self) -> list[Document]: ...
    def create_api_root(
        self, slug: str, title: str, description: str, organisation_id: int | None
    ) -> Document: ...
    def delete_api_root(self, slug: str) -> None: ...


def open_sharing() -> SharingBackend:
    if is_remote():
        return RemoteSharing(os.environ["STACK_URL"].strip(), read_token())
    start_local()
    return LocalSharing()


class RemoteSharing:
    """What the principal of the token may see and do there."""

    def __init__(self, address: str, token: str) -> None:
        from stack.cli.backend.http import Client

        self._client = Client(address, token)

    def list_collections(self) -> list[Document]:
        return list(self._iterate("/collections"))

    def get_collection(self, name: str) -> Document:
        return dict(self._client.get(_path(name)))

    def create_collection(self, draft: CollectionDraft) -> Document:
        return dict(self._client.post("/collections", draft.as_document()))

    def change_collection(self, name: str, draft: CollectionDraft) -> Document:
        return dict(self._client.patch(_path(name), draft.as_document()))

    def delete_collection(self, name: str) -> None:
        self._client.delete(_path(name))

    def iterate_objects(self, name: str) -> Iterator[Document]:
        return self._iterate(f"{_path(name)}/objects")

    def add_objects(self, name: str, stix_ids: Sequence[str]) -> int:
        return int(self._client.post(f"{_path(name)}/objects", {"stix_ids": list(stix_ids)})["picked"])

    def remove_object(self, name: str, stix_id: str) -> None:
        self._client.delete(f"{_path(name)}/objects/{quote(stix_id, safe='')}")

    def list_api_roots(self) -> list[Document]:
        return list(self._client.get("/api-roots")["items"])

    def create_api_root(
        self, slug: str, title: str, description: str, organisation_id: int | None
    ) -> Document:
        body = {"slug": slug, "title": title, "description": description, "organisation_id": organisation_id}
        return dict(self._client.post("/api-roots", body))

    def delete_api_root(self, slug: str) -> None:
        self._client.delete(f"/api-roots/{quote(slug, safe='')}")

    def _iterate(self, path: str) -> Iterator[Document]:
        after = None
        while True:
            page = self._client.get(path, {"limit": _PAGE, "after": after})
            yield from page["items"]
            after = page["next"]
            if after is None:
                return


class LocalSharing:
    """The same answers, as the administrator of the data folder."""

    def __init__(self) -> None:
        from stack.accounts.queries import local_principal

        self._principal = local_principal()

    def list_collections(self) -> list[Document]:
        from stack.sharing.collections.queries import list_collections

        rows = list_collections(self._principal)
        return [_describe(self._principal, row) for row in sorted(rows, key=lambda row: row.id)]

    def get_collection(self, name: str) -> Document:
        from stack.store.selections.queries import count_entries

        row = self._find(name)
        objects = count_entries(self._principal, row.id) if row.can_read else 0
        return _describe(self._principal, row) | {"objects": objects}

    def create_collection(self, draft: CollectionDraft) -> Document:
        from stack.sharing.collections.operations import create_collection

        asked = draft.as_document() | self._read_shares(draft)
        return _describe(self._principal, create_collection(self._principal, **asked))

    def change_collection(self, name: str, draft: CollectionDraft) -> Document:
        from stack.sharing.collections.operations import change_collection

        asked = draft.as_document() | self._read_shares(draft)
        return _describe(self._principal, change_collection(self._principal, self._find(name).id, **asked))

    def delete_collection(self, name: str) -> None:
        from stack.sharing.collections.operations import delete_collection

        delete_collection(self._principal, self._find(name).id)

    def iterate_objects(self, name: str) -> Iterator[Document]:
        from stack.cli.backend.local import format_instant
        from stack.store.selections.queries import read_entries

        row, after = self._find(name), 0
        while True:
            page = read_entries(self._principal, row.id, after=after, limit=_PAGE, with_text=False)
            for entry in page.entries:
                yield {
                    "stix_id": entry.stix_id,
                    "version": format_instant(entry.version),
                    "added_at": format_instant(entry.added_at),
                }
            if not page.has_more:
                return
            after = page.entries[-1].added_at

    def add_objects(self, name: str, stix_ids: Sequence[str]) -> int:
        from stack.sharing.collections.picking import pick_objects

        return pick_objects(self._principal, self._find(name).id, stix_ids)

    def remove_object(self, name: str, stix_id: str) -> None:
        from stack.sharing.collections.picking import withdraw_object

        if not withdraw_object(self._principal, self._find(name).id, stix_id):
            raise NotFound(f"There is no {stix_id} in the collection {name}")

    def list_api_roots(self) -> list[Document]:
        from stack.sharing.collections.queries import list_api_roots

        return [_describe_root(row) for row in list_api_roots(self._principal)]

    def create_api_root(
        self, slug: str, title: str, description: str, organisation_id: int | None
    ) -> Document:
        from stack.sharing.collections.operations import create_api_root

        return _describe_root(
            create_api_root(
                self._principal,
                slug=slug,
                title=title,
                description=description,
                organisation_id=organisation_id,
            )
        )

    def delete_api_root(self, slug: str) -> None:
        from stack.sharing.collections.operations import delete_api_root

        delete_api_root(self._principal, slug)

    def _find(self, name: str) -> "CollectionRow":
        from stack.sharing.collections.queries import find_collection

        row = find_collection(self._principal, name)
        if row is None:
            raise NotFound(f"There is no collection {name}", remedy="“stack collection list” shows them.")
        return row

    def _read_shares(self, draft: CollectionDraft) -> Document:
        from stack.sharing.collections.words import read_shares

        found: Document = {}
        if draft.readers is not None:
            found["readers"] = read_shares(self._principal, draft.readers, field="readers")
        if draft.sets_writers:
            words = draft.writers
            found["writers"] = None if words is None else read_shares(self._principal, words, field="writers")
        return found


def _path(name: str) -> str:
    return f"/collections/{quote(name, safe='')}"


def _describe(principal: "Principal", row: "CollectionRow") -> Document:
    from stack.cli.backend.local import format_instant
    from stack.sharing.collections.words import write_shares

    return {
        "id": row.id,
        "uid": row.uid,
        "root": row.root,
        "alias": row.alias,
        "title": row.title,
        "description": row.description,
        "query": row.query,
        "organisation": row.organisation,
        "readers": write_shares(principal, row.readers),
        "writers": None if row.writers is None else write_shares(principal, row.writers),
        "can_read": row.can_read,
        "can_write": row.can_write,
        "is_own": row.is_own,
        "created_at": format_instant(row.created_at),
        "taxii": f"/taxii2/{row.root}/collections/{row.uid}/",
    }


def _describe_root(row: Any) -> Document:
    return {
        "slug": row.slug,
        "title": row.title,
        "description": row.description,
        "taxii": f"/taxii2/{row.slug}/",
    }
