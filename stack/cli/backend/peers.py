"""Peers for the command line: of this data folder, or of a server through its REST API.

Both answer with the members that the REST API documents (docs/api.md).
"""

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from stack.cli.backend.choice import is_remote, read_token, start_local
from stack.core.errors import NotFound

if TYPE_CHECKING:
    from stack.sources.taxii.queries import LinkRow, PeerRow

Document = dict[str, Any]
_TIMES = frozenset({"reached", "next_at", "last_attempt_at", "last_success_at", "created_at", "at"})
_LEVELS = ("clear", "green", "amber", "amber+strict", "red")


class PeersBackend(Protocol):
    """What `stack taxii peer`, `pull` and `push` ask. Every method raises a `StackError`."""

    def list_peers(self) -> list[Document]: ...
    def get_peer(self, peer_id: int) -> Document: ...
    def add_peer(self, draft: Document) -> Document: ...
    def change_peer(self, peer_id: int, changes: Document) -> Document: ...
    def remove_peer(self, peer_id: int) -> None: ...
    def add_link(self, peer_id: int, draft: Document) -> Document: ...
    def start_again(self, peer_id: int, link_id: int) -> None: ...
    def sync_peer(self, peer_id: int) -> list[Document]:
        """The jobs; on this machine they, and the ingests that they queue, have ended."""


def open_peers() -> PeersBackend:
    if is_remote():
        return RemotePeers(os.environ["STACK_URL"].strip(), read_token())
    start_local()
    return LocalPeers()


def find_peer(peers: PeersBackend, word: str) -> Document:
    """By its name, else by its number."""
    found = peers.list_peers()
    for name in ("name", "id"):
        for row in found:
            if str(row[name]) == word:
                return row
    raise NotFound(f"There is no peer “{word}”", remedy="“stack taxii peer list” shows them.")


class RemotePeers:
    def __init__(self, address: str, token: str) -> None:
        from stack.cli.backend.http import Client

        self._client = Client(address, token)

    def list_peers(self) -> list[Document]:
        rows: list[Document] = []
        after = None
        while True:
            page = self._client.get("/peers", {"limit": 1000, "after": after})
            rows += page["items"]
            after = page["next"]
            if after is None:
                return rows

    def get_peer(self, peer_id: int) -> Document:
        return dict(self._client.get(f"/peers/{peer_id}"))

    def add_peer(self, draft: Document) -> Document:
        return dict(self._client.post("/peers", draft))

    def change_peer(self, peer_id: int, changes: Document) -> Document:
        return dict(self._client.patch(f"/peers/{peer_id}", changes))

    def remove_peer(self, peer_id: int) -> None:
        self._client.delete(f"/peers/{peer_id}")

    def add_link(self, peer_id: int, draft: Document) -> Document:
        return dict(self._client.post(f"/peers/{peer_id}/links", draft))

    def start_again(self, peer_id: int, link_id: int) -> None:
        self._client.patch(f"/peers/{peer_id}/links/{link_id}", {"from_start": True})

    def sync_peer(self, peer_id: int) -> list[Document]:
        jobs = self._client.post(f"/peers/{peer_id}/sync")["jobs"]
        return [{"job": job, "state": "queued", "note": ""} for job in jobs]


class LocalPeers:
    """As the administrator of the data folder."""

    def __init__(self) -> None:
        from stack.accounts.queries import local_principal

        self._principal = local_principal()

    def list_peers(self) -> list[Document]:
        from stack.sources.taxii.queries import list_peers

        return [_describe(row) for row in list_peers(self._principal)]

    def get_peer(self, peer_id: int) -> Document:
        from stack.sources.taxii.queries import get_peer

        return _describe(get_peer(self._principal, peer_id))

    def add_peer(self, draft: Document) -> Document:
        from stack.sources.taxii.drafts import PeerDraft
        from stack.sources.taxii.operations import add_peer
        from stack.sources.taxii.records import Mode

        given = draft | {"mode": Mode(draft.get("mode", Mode.ORDINARY))}
        return _describe(add_peer(self._principal, PeerDraft(**given)))

    def change_peer(self, peer_id: int, changes: Document) -> Document:
        from stack.sources.taxii.operations import change_peer
        from stack.sources.taxii.records import Mode

        given = changes | ({"mode": Mode(changes["mode"])} if "mode" in changes else {})
        change_peer(self._principal, peer_id, given)
        return self.get_peer(peer_id)

    def remove_peer(self, peer_id: int) -> None:
        from stack.sources.taxii.operations import remove_peer

        remove_peer(self._principal, peer_id)

    def add_link(self, peer_id: int, draft: Document) -> Document:
        from stack.ingest.handling import HandlingDraft, read_handling
        from stack.sharing.collections.queries import find_collection
        from stack.sources.taxii.linking import add_pull, add_push

        common = {name: draft[name] for name in ("collection", "title", "every_s") if name in draft}
        if not draft.get("own_collection"):
            fields = {name: value for name, value in draft.get("handling", {}).items() if value}
            handling = read_handling(self._principal, HandlingDraft(**fields))
            reliability = draft.get("reliability", 5)
            row = add_pull(self._principal, peer_id, handling=handling, reliability=reliability, **common)
            return _describe_link(row)
        own = find_collection(self._principal, draft["own_collection"])
        if own is None or not own.is_own:
            raise NotFound(f"There is no collection “{draft['own_collection']}” of yours")
        ceiling = _LEVELS.index(draft.get("tlp_ceiling", "green"))
        row = add_push(self._principal, peer_id, selection_id=own.id, tlp_ceiling=ceiling, **common)
        return _describe_link(row)

    def start_again(self, peer_id: int, link_id: int) -> None:
        from stack.sources.taxii.linking import change_link

        change_link(self._principal, peer_id, link_id, from_start=True)

    def sync_peer(self, peer_id: int) -> list[Document]:
        from stack.jobs.operations import run_inline
        from stack.sources.taxii.scheduling import sync_peer

        ended = []
        for job in sync_peer(self._principal, peer_id):
            row = run_inline(job.id)
            for ingest in row.result.get("jobs", ()):
                run_inline(ingest)
            note = row.error or str(row.result.get("note", ""))
            ended.append({"job": row.id, "state": str(row.state), "note": note} | dict(row.result))
        return ended


def _describe(row: "PeerRow") -> Document:
    shown = _write_times(asdict(row)) | {"mode": row.mode.value, "health": row.health.value}
    return shown | {"links": [_describe_link(link) for link in row.links]}


def _describe_link(row: "LinkRow") -> Document:
    shown = _write_times(asdict(row))
    is_pull = row.direction.value == "pull"
    selection = shown.pop("selection_id")
    return shown | {
        "direction": row.direction.value,
        "health": row.health.value,
        "source_id": row.source_id if is_pull else None,
        "own_collection_id": None if is_pull else selection,
        "tlp_ceiling": None if is_pull else _LEVELS[row.tlp_ceiling],
        "job_id": row.job_id or None,
        "refusals": [_write_times(asdict(each)) for each in row.refusals],
    }


def _write_times(values: Document) -> Document:
    from stack.cli.backend.local import format_instant

    return {
        name: (format_instant(value) if value else None) if name in _TIMES else value
        for name, value in values.items()
    }
