"""Putting the demonstration in, through the ordinary ingest, and taking it out again."""

from datetime import UTC, datetime

import orjson

from stack.accounts.principal import Principal
from stack.core.clock import now_us
from stack.ingest.operations import accept_upload
from stack.sources.demo.data_set import bundle, make_files
from stack.sources.demo.queries import KIND, list_demo_sources, was_loaded
from stack.store.operations import ensure_source
from stack.store.removal import queue_removal


def load_demo(principal: Principal) -> list[int]:
    """Queue the demonstration's files, once in the life of a database; returns the ids of their jobs.

    An empty list when it was put in before, also when somebody has removed it since.
    """
    if was_loaded():
        return []
    today = datetime.fromtimestamp(now_us() / 1e6, UTC).date()
    jobs = []
    for file in make_files(today):
        ensure_source(principal, name=file.source, kind=KIND, reliability=file.reliability)
        chunks = [orjson.dumps(bundle(file))]
        jobs.append(accept_upload(principal, chunks=chunks, filename=file.name, source=file.source).id)
    return jobs


def remove_demo(principal: Principal) -> list[int]:
    """Queue the removal of the demonstration's sources; returns the ids of the jobs."""
    return [
        queue_removal(principal, source_id=source.id, name=source.name).id
        for source in list_demo_sources(principal)
    ]
