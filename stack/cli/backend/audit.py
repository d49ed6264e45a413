"""The audit log for the command line: of this data folder, or of a server through its REST API."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from typing import Any

from stack.cli.backend.choice import is_remote, read_token, start_local

_PAGE = 1000


def iterate_entries(wanted: Mapping[str, Any], *, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Entries as the REST API shows them, newest first, all or `limit` of them.

    `wanted` has the members of `audit.records.Wanted`; its times are RFC 3339 texts.
    """
    if is_remote():
        return _ask_server(wanted, limit)
    return _read_here(wanted, limit)


def _ask_server(wanted: Mapping[str, Any], limit: int | None) -> Iterator[dict[str, Any]]:
    from stack.cli.backend.http import Client

    client = Client(os.environ["STACK_URL"].strip(), read_token())
    query = {("q" if name == "text" else name): value for name, value in wanted.items() if value}
    if query.pop("security", False):
        query["security"] = "true"
    after, left = None, limit
    while left is None or left > 0:
        page = client.get("/audit", query | {"limit": min(left or _PAGE, _PAGE), "after": after})
        yield from page["items"]
        after = page["next"]
        if after is None:
            return
        left = None if left is None else left - len(page["items"])


def _read_here(wanted: Mapping[str, Any], limit: int | None) -> Iterator[dict[str, Any]]:
    start_local()
    from stack.accounts.queries import local_principal
    from stack.audit import queries
    from stack.audit.operations import record_export
    from stack.cli.backend.local import format_instant, read_instant

    found: dict[str, Any] = dict(wanted)
    for name in ("since", "until"):
        found[name] = read_instant(found[name]) if found.get(name) else None
    principal = local_principal()
    if limit is None:
        record_export(principal, "audit", asked={name: value for name, value in found.items() if value})
    rows = islice(queries.iterate_entries(principal, **found), limit)
    return (asdict(row) | {"at": format_instant(row.at)} for row in rows)
