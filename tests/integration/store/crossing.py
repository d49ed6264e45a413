"""Batches that cross each other: several sources state the same ids, in the same words and in others, in any
order, with relationships to what nobody has stated yet.

Which statement is shown does not depend on the order in which sources get their turn: each has a reliability
of its own. So whatever happens at the same time must end as if one writer had written it all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from stack.accounts.principal import Permission, Principal
from stack.store.operations import write_statements
from stack.store.records import OWN_ALONE, Handling, Statement
from stack.store.statements import describe_statement
from tests.integration.store.conftest import encode, make_link, make_object

WRITERS = 4
EVERYONE = Handling(everyone=True)
_GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
_MODIFIED = ("2024-01-01T00:00:00.000Z", "2024-02-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z")


@dataclass(frozen=True)
class Batch:
    statements: list[Statement]
    handling: Handling


def make_principal(organisation_id: int) -> Principal:
    return Principal("tester", organisation_id, None, frozenset(Permission), 4)


def make_batches(seed: int, writer: int, *, batches: int = 8, names: int = 40) -> Iterator[Batch]:
    """What one source says, in its order; the same for the same numbers."""
    random = Random(seed * 100 + writer)
    for number in range(batches):
        objects = [_make_any(random, writer, names) for _ in range(random.randint(5, 60))]
        random.shuffle(objects)
        statements = [describe_statement(encode(obj), obj) for obj in objects]
        yield Batch(statements, EVERYONE if (number + writer) % 3 == 0 else OWN_ALONE)


def _make_any(random: Random, writer: int, names: int) -> dict[str, Any]:
    choice = random.random()
    name = random.randrange(names)
    modified = random.choice(_MODIFIED)
    if choice < 0.45:
        # Half of the time in words that others use, too.
        said = random.choice(["the same", f"words {writer} {random.randrange(3)}"])
        markings = {"object_marking_refs": [_GREEN]} if random.random() < 0.2 else {}
        return make_object(
            "malware", f"m{name}", modified=modified, is_family=False, description=said, **markings
        )
    if choice < 0.7:
        address = f"198.51.100.{random.randrange(20)}"
        return make_object(
            "indicator",
            f"i{name}",
            modified=modified,
            pattern=f"[ipv4-addr:value = '{address}']",
            pattern_type="stix",
            valid_from=_MODIFIED[0],
        )
    source = make_object("indicator", f"i{random.randrange(names * 2)}")
    target = make_object("malware", f"m{random.randrange(names * 2)}")
    kind = random.choice(["indicates", "uses", f"kind-{random.randrange(6)}"])
    return make_link(kind, source, target, modified=modified)


def write_batch(principal: Principal, source_id: int, batch: Batch) -> None:
    write_statements(principal, statements=batch.statements, source_id=source_id, handling=batch.handling)
