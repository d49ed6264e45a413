"""A store with a million generated objects, filled once for all benchmarks of a run.

`STACK_BENCH_OBJECTS` makes it smaller; figures then say so in their names.
"""

import os
import time
from dataclasses import dataclass
from functools import cache
from itertools import islice

import msgspec
from django.core.management import call_command

from benchmarks.generate import generate_objects
from stack.accounts.operations import ensure_first_organisation
from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user
from stack.store.operations import ensure_source, write_statements
from stack.store.statements import describe_statement

COUNT = int(os.environ.get("STACK_BENCH_OBJECTS") or 1_000_000)
_BATCH = 5_000


@dataclass(frozen=True)
class FilledStore:
    """Who owns the objects, and how long it took to describe and write them."""

    principal: Principal
    seconds: float


@cache
def fill_store() -> FilledStore:
    call_command("migrate", verbosity=0)
    principal = principal_of_user(ensure_first_organisation())
    source = ensure_source(principal, name="generated")
    objects = generate_objects(COUNT)
    start = time.perf_counter()
    while batch := list(islice(objects, _BATCH)):
        statements = [describe_statement(text, msgspec.json.decode(text)) for text in batch]
        write_statements(principal, statements=statements, source_id=source.id)
    return FilledStore(principal, time.perf_counter() - start)


def name_count() -> str:
    """`1,000,000 objects`, for the names of figures."""
    return f"{COUNT:,} objects"
