"""Whether the demonstration is there."""

from typing import Final

from stack.accounts.principal import Principal
from stack.jobs.models import Job
from stack.sources.demo.data_set import SOURCES
from stack.store import queries
from stack.store.records import SourceRow

KIND: Final = "demo"


def list_demo_sources(principal: Principal) -> list[SourceRow]:
    """The demonstration's sources that are still in; empty when there is nothing to remove."""
    return [source for source in queries.list_sources(principal) if source.kind == KIND]


def was_loaded() -> bool:
    """Whether it was ever queued: the jobs stay in the queue of record when the sources are gone."""
    return Job.objects.filter(kind="ingest", arguments__source__in=SOURCES).exists()
