"""The stage on which two worlds are played: a clock that stands still, organisations, people and their acts.

World F is everything that `items.py` tells; world P is the same without what bob may not see. Each item has
its own hour in both worlds, so that times, and what is derived from them, can be compared to the letter.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import connections, router

from stack.accounts.models import (
    ApiKey,
    Invitation,
    Membership,
    Organisation,
    RestrictedMarking,
    SharingGroup,
    SignInToken,
    User,
)
from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user
from stack.accounts.roles import Role
from stack.ingest.operations import accept_upload
from stack.jobs.models import Job, JobError
from stack.jobs.operations import run_inline
from stack.search.indexer import catch_up
from stack.sharing.collections.collector import catch_up as fill_collections
from stack.sharing.collections.models import Collection
from stack.sharing.outputs.models import Output
from stack.store.models import Source
from stack.store.operations import ensure_source, write_statements
from stack.store.records import Handling
from stack.store.statements import describe_statement
from tests.integration.store.conftest import encode
from tests.people import make_member
from tests.security.world import make_key

OWN, EVERYONE = Handling(), Handling(everyone=True)
BANK, AGENCY, THIRD, OPERATORS = "Bank", "Agency", "Third", "Operators"
HOUR = 3_600_000_000
# In 2035: no time of the day on which the test runs can be taken for one of the world's.
START = 2_051_222_400_000_000
# Far apart, and in F across a power of ten: that numbers sort as texts must not show.
FIRST_NUMBER_F, FIRST_NUMBER_P = 92, 700_000
_NUMBERED = (
    ApiKey,
    Collection,
    Invitation,
    Membership,
    Output,
    RestrictedMarking,
    SharingGroup,
    SignInToken,
    User,
    Job,
    JobError,
)


@dataclass(slots=True)
class Clock:
    """Stands in for the module `time` where the product reads the time of day."""

    now: int = START

    def time_ns(self) -> int:
        return self.now * 1000

    def time(self) -> float:
        return self.now / 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    def make_uuid(self) -> UUID:
        """Instead of a random one: different at each time, and the same in both worlds."""
        return uuid5(NAMESPACE_OID, str(self.now))


@dataclass(slots=True)
class Stage:
    """A world: who is in it, and the numbers that things got in it by the names that the items give them."""

    clock: Clock
    folder: Path
    organisations: dict[str, Organisation] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int | str] = field(default_factory=dict)

    def principal(self, name: str) -> Principal:
        return principal_of_user(User.objects.get(pk=self.people[name].pk))

    def share(self, *, orgs: Sequence[str] = (), groups: Sequence[str] = (), **others: Any) -> Handling:
        return Handling(
            organisation_ids=tuple(sorted(self.organisations[name].pk for name in orgs)),
            group_ids=tuple(sorted(self.groups[name] for name in groups)),
            **others,
        )

    def state(
        self,
        who: str,
        *objects: dict[str, Any] | bytes,
        source: str = "feed",
        handling: Handling = OWN,
        reliability: int = 3,
    ) -> None:
        principal = self.principal(who)
        row = ensure_source(principal, name=source, reliability=reliability)
        self.numbers[f"source:{who}:{source}"] = row.id
        texts = [obj if isinstance(obj, bytes) else encode(obj) for obj in objects]
        statements = [describe_statement(text, json.loads(text)) for text in texts]
        write_statements(principal, statements=statements, source_id=row.id, handling=handling)

    def ingest(self, who: str, name: str, content: bytes, **options: Any) -> int:
        """Takes a file in as a job and works it through; the job's number is known as `job:<name>`."""
        job = accept_upload(self.principal(who), chunks=[content], filename=name, **options)
        self.numbers[f"job:{name}"] = job.id
        run_inline(job.id)
        return job.id


def build_stage(clock: Clock, folder: Path, *, role: Role, tlp_ceiling: int, is_whole: bool) -> Stage:
    """The organisations and people that there are in both worlds; bob is the one under test."""
    stage = Stage(clock, folder)
    clock.now = START
    # A directory that everybody reads: these are the same to the number.
    for number, name in enumerate((BANK, AGENCY, THIRD, OPERATORS), start=5001):
        stage.organisations[name] = Organisation.objects.create(pk=number, name=name, created_at=START)
    _number_from(FIRST_NUMBER_F if is_whole else FIRST_NUMBER_P)
    for name, organisation, its_role, ceiling in (
        ("root", OPERATORS, Role.PLATFORM_ADMIN, 4),
        ("bob", BANK, role, tlp_ceiling),
        ("carol", BANK, Role.ORGANISATION_ADMIN, 4),
        ("alice", AGENCY, Role.ORGANISATION_ADMIN, 4),
    ):
        stage.people[name] = make_member(
            name, stage.organisations[organisation], role=its_role, tlp_ceiling=ceiling
        )
    User.objects.update(date_joined="2035-01-01T00:00:00Z")
    group = SharingGroup.objects.create(pk=5101, name="Circle", created_at=START)
    group.organisations.add(stage.organisations[BANK], stage.organisations[AGENCY])
    stage.groups["Circle"] = group.pk
    stage.numbers["key:bob"], stage.numbers["text:key:bob"] = make_key(stage.people["bob"])
    ApiKey.objects.update(created_at=START)
    return stage


def bring_index_up() -> None:
    """Search, and the collections that follow it, have everything that was stated."""
    catch_up()
    fill_collections()


def encode_bundle(*objects: dict[str, Any]) -> bytes:
    bundle = {"type": "bundle", "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d", "objects": objects}
    return json.dumps(bundle).encode()


def _number_from(first: int) -> None:
    """Row ids of both worlds differ everywhere, so that a comparison of them could not pass by luck."""
    connection = connections[router.db_for_write(User)]
    with connection.cursor() as cursor:
        for model in (*_NUMBERED, Source):
            table = model._meta.db_table
            if connection.vendor == "postgresql":
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first])
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, first])
