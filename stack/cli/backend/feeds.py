"""Feeds for the command line: of this data folder, or of a server through its REST API.

Both answer with the members that the REST API documents (docs/api.md).
"""

import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from stack.cli.backend.choice import is_remote, read_token, start_local

if TYPE_CHECKING:
    from stack.sources.feeds.records import FeedRow, RunRow

Document = dict[str, Any]
_PAGE = 1000
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0


class FeedsBackend(Protocol):
    """What `stack feed` asks. `changes` has members of the REST API's bodies."""

    def list_vendors(self) -> list[Document]: ...
    def list_feeds(self) -> list[Document]: ...
    def add_feed(self, changes: Document) -> Document: ...
    def change_feed(self, feed_id: int, changes: Document) -> Document: ...
    def remove_feed(self, feed_id: int) -> None: ...
    def get_health(self, feed_id: int) -> Document: ...
    def preview_feed(self, asked: Document) -> Document: ...
    def check_feed(self, asked: Document) -> list[Document]: ...
    def run_feed(self, feed_id: int, *, again: bool) -> Document:
        """The feed when the visit has ended."""


def open_feeds() -> FeedsBackend:
    if is_remote():
        return RemoteFeeds(os.environ["STACK_URL"].strip(), read_token())
    start_local()
    return LocalFeeds()


class RemoteFeeds:
    """What the principal of the token may see and do there."""

    def __init__(self, address: str, token: str) -> None:
        from stack.cli.backend.http import Client

        self._client = Client(address, token)

    def list_vendors(self) -> list[Document]:
        return list(self._client.get("/feed-vendors")["items"])

    def list_feeds(self) -> list[Document]:
        return list(self._client.get("/feeds", {"limit": _PAGE})["items"])

    def add_feed(self, changes: Document) -> Document:
        return dict(self._client.post("/feeds", changes))

    def change_feed(self, feed_id: int, changes: Document) -> Document:
        return dict(self._client.patch(f"/feeds/{feed_id}", changes))

    def remove_feed(self, feed_id: int) -> None:
        self._client.delete(f"/feeds/{feed_id}")

    def get_health(self, feed_id: int) -> Document:
        return dict(self._client.get(f"/feeds/{feed_id}/health"))

    def preview_feed(self, asked: Document) -> Document:
        return dict(self._client.post("/feeds/preview", asked))

    def check_feed(self, asked: Document) -> list[Document]:
        return list(self._client.post("/feeds/test", asked)["items"])

    def run_feed(self, feed_id: int, *, again: bool) -> Document:
        job = self._client.post(f"/feeds/{feed_id}/run", {"again": again})
        pause = _FIRST_PAUSE_S
        while True:
            row: Document = self._client.get(f"/feeds/{feed_id}")
            run = row["last_run"]
            # A later visit may have begun meanwhile: this one has ended then.
            if run and (run["job_id"] > job["id"] or run["ended_at"]):
                return row
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE_S, pause * 1.5)


class LocalFeeds:
    """The same answers, as the administrator of the data folder."""

    def __init__(self) -> None:
        from stack.accounts.queries import local_principal

        self._principal = local_principal()

    def list_vendors(self) -> list[Document]:
        from stack.sources.feeds.queries import list_vendor_rows

        return [asdict(row) for row in list_vendor_rows()]

    def list_feeds(self) -> list[Document]:
        from stack.sources.feeds.queries import list_feeds

        return [self._describe(row) for row in list_feeds(self._principal)]

    def add_feed(self, changes: Document) -> Document:
        from stack.sources.feeds.operations import add_feed

        return self._describe(add_feed(self._principal, **_read_changes(changes)))

    def change_feed(self, feed_id: int, changes: Document) -> Document:
        from stack.sources.feeds import operations
        from stack.sources.feeds.queries import get_feed

        rest = _read_changes({name: value for name, value in changes.items() if name != "is_enabled"})
        row = get_feed(self._principal, feed_id)
        if rest:
            row = operations.change_feed(self._principal, feed_id, **rest)
        if "is_enabled" in changes:
            act = operations.enable_feed if changes["is_enabled"] else operations.disable_feed
            row = act(self._principal, feed_id)
        return self._describe(row)

    def remove_feed(self, feed_id: int) -> None:
        from stack.sources.feeds.operations import remove_feed

        remove_feed(self._principal, feed_id)

    def get_health(self, feed_id: int) -> Document:
        from stack.cli.backend.local import format_instant
        from stack.sources.feeds.queries import get_health

        row = get_health(self._principal, feed_id)
        newest = None if row.newest_received_at is None else format_instant(row.newest_received_at)
        runs = [_describe_run(run) for run in row.runs]
        return asdict(row) | {"runs": runs, "newest_received_at": newest}

    def preview_feed(self, asked: Document) -> Document:
        from stack.sources.feeds.previewing import preview_feed

        return asdict(preview_feed(self._principal, **asked))

    def check_feed(self, asked: Document) -> list[Document]:
        from stack.sources.feeds.previewing import check_feed

        return [asdict(row) for row in check_feed(self._principal, **asked)]

    def run_feed(self, feed_id: int, *, again: bool) -> Document:
        from stack.jobs.operations import run_inline
        from stack.sources.feeds.operations import run_feed_now
        from stack.sources.feeds.queries import get_feed, list_runs
        from stack.sources.feeds.running import settle_runs

        job_id = run_feed_now(self._principal, feed_id, again=again)
        run_inline(job_id)
        run = next(run for run in list_runs(self._principal, feed_id) if run.job_id == job_id)
        for ingest_id in run.ingest_job_ids:
            run_inline(ingest_id)
        settle_runs(feed_id=feed_id)
        return self._describe(get_feed(self._principal, feed_id))

    def _describe(self, row: "FeedRow") -> Document:
        from stack.cli.backend.local import format_instant
        from stack.ingest.audience_words import describe_access
        from stack.ingest.handling import name_handling

        shown = asdict(row)
        for name in ("next_run_at", "last_success_at", "created_at"):
            shown[name] = None if shown[name] is None else format_instant(shown[name])
        words = describe_access(name_handling(self._principal, row.handling))
        run = None if row.last_run is None else _describe_run(row.last_run)
        return shown | {"handling": words, "last_run": run}


def _describe_run(row: "RunRow") -> Document:
    from stack.cli.backend.local import format_instant

    ended = None if row.ended_at is None else format_instant(row.ended_at)
    return asdict(row) | {"started_at": format_instant(row.started_at), "ended_at": ended}


def _read_changes(changes: Mapping[str, Any]) -> Document:
    """The body of a request as arguments: its handling as a draft."""
    from stack.ingest.handling import HandlingDraft

    given = dict(changes)
    if "handling" in given:
        fields: dict[str, Any] = given["handling"]
        given["handling"] = HandlingDraft(
            tlp=fields.get("tlp", ""),
            markings=tuple(fields.get("markings", ())),
            share_with=tuple(fields.get("share_with", ())),
            embargo_until=fields.get("embargo_until", ""),
        )
    return given
