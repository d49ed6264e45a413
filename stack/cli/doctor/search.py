"""The search index: whether it can be asked, how far behind it is, and what was left over on servers."""

from collections.abc import Iterator
from typing import Any, Final

from stack.cli.doctor.base import Finding, State

# The one in use, the one before for a way back, and one that is being filled.
_MOST_COPIES: Final = 3


def diagnose() -> Iterator[Finding]:
    from django.conf import settings

    from stack.search.choice import choose_backend

    backend = choose_backend()
    if settings.SEARCH_BACKEND == "elasticsearch":
        checked = backend.check()
        if not checked.is_reachable:
            remedy = "Start its nodes, or correct STACK_SEARCH_URLS and its credentials."
            yield Finding("search servers", State.FAILED, checked.detail, remedy)
            return
        yield from _diagnose_cluster()
        if checked.warning:
            remedy = (
                "Give addresses with https:// in STACK_SEARCH_URLS, and the authority in STACK_SEARCH_CA."
            )
            yield Finding("search servers", State.WARNING, checked.warning, remedy)
    yield _check_lag()


def _diagnose_cluster() -> Iterator[Finding]:
    from stack.search.choice import choose_backend

    told = _read_health()
    status, nodes = str(told.get("status", "unknown")), int(told.get("number_of_nodes", 0))
    detail = f"{status}, {nodes} nodes, {told.get('unassigned_shards', 0)} shards without a node"
    if status == "red":
        remedy = "A part of the index is gone: start the missing nodes, or “stack search rebuild”."
        yield Finding("search cluster", State.FAILED, detail, remedy)
    elif status != "green":
        remedy = "Start the missing nodes; with one node only, set STACK_SEARCH_REPLICAS=0 and rebuild."
        yield Finding("search cluster", State.WARNING, detail, remedy)
    else:
        yield Finding("search cluster", State.OK, detail)
    copies = choose_backend().list_copies()
    if len(copies) > _MOST_COPIES:
        names = ", ".join(copy.name for copy in copies if not copy.is_current)
        remedy = "“stack search rebuild” removes what is left over."
        yield Finding("search copies", State.WARNING, f"{len(copies)} copies are kept: {names}", remedy)


def _read_health() -> dict[str, Any]:
    from django.conf import settings

    from stack.search.elasticsearch.client import Client

    client = Client(settings.SEARCH)
    try:
        return client.probe("/_cluster/health") or {}
    finally:
        client.close()


def _check_lag() -> Finding:
    from stack.search.choice import choose_backend
    from stack.search.copying import read_cursor
    from stack.store.queries import last_change

    behind = last_change() - read_cursor(choose_backend().cursor_name())
    if behind > 0:
        remedy = "A running server catches up by itself; so does the next “stack search”."
        return Finding("search index", State.WARNING, f"{behind:,} changes behind the store", remedy)
    if behind < 0:
        detail = "ahead of the store: the database was put back from an older copy"
        return Finding("search index", State.FAILED, detail, "“stack search rebuild” builds it again.")
    return Finding("search index", State.OK, "up to date")
