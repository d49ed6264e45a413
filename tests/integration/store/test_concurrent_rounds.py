"""Batches, jobs, marking and removal at the same time on PostgreSQL (docs/decisions/0010): the store ends as
one writer would have left it."""

import os
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connections

from stack.accounts.models import Organisation
from stack.accounts.operations import ensure_first_organisation
from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user
from stack.core.errors import NotFound
from stack.ingest.operations import accept_file
from stack.jobs.operations import run_inline
from stack.store.database import write_database
from stack.store.marking import mark_object
from stack.store.models import Source
from stack.store.operations import ensure_source, touch_known
from stack.store.records import Handling
from stack.store.removal import remove_source
from tests.databases import CHOSEN
from tests.integration.store.conftest import encode, make_link, make_object, name_id
from tests.integration.store.crossing import (
    WRITERS,
    make_batches,
    make_principal,
    write_batch,
)
from tests.integration.store.soundness import dump_store, find_faults
from tests.integration.store.together import ALIAS, tell, together

pytestmark = [
    pytest.mark.django_db(databases="__all__", transaction=True),
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
    pytest.mark.usefixtures("in_company"),
]
RATS_TOOL = make_object("tool", "that nobody states")


def database_address() -> str:
    told = connections[ALIAS].settings_dict
    user = quote(told["USER"]) + (f":{quote(told['PASSWORD'])}" if told["PASSWORD"] else "")
    return f"postgresql://{user}@{quote(told['HOST'], safe='')}:{told['PORT']}/{told['NAME']}"


def test_four_processes_leave_what_one_writer_leaves(principal: Principal, sources: list[int]) -> None:
    seed = 7
    environment = os.environ | {
        "STACK_DATABASE": database_address(),
        "DJANGO_SETTINGS_MODULE": "stack.config.settings",
        "STACK_SECRET_KEY": "tests-only-" + "k" * 40,
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.integration.store.crossing_process"]
            + [str(each) for each in (seed, number, principal.organisation_id, sources[number])],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    ended = [process.communicate("go\n", timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * WRITERS, ended
    assert find_faults() == []
    assert dump_store() == write_alone(seed)


def write_alone(seed: int) -> dict[str, list[object]]:
    """What one writer leaves, on SQLite."""
    token = CHOSEN.set("default")
    try:
        organisation = Organisation.objects.create(name="Test organisation")
        alone = make_principal(organisation.pk)
        batches = [list(make_batches(seed, number)) for number in range(WRITERS)]
        for number in range(WRITERS):
            ensure_source(alone, name=f"source {number}", reliability=number)
        ids = dict(Source.objects.values_list("name", "pk"))
        for step in range(len(batches[0])):
            for number in range(WRITERS):
                write_batch(alone, ids[f"source {number}"], batches[number][step])
        return dump_store()
    finally:
        CHOSEN.reset(token)


def test_the_same_file_by_several_jobs_at_once_is_new_once(database: str, tmp_path: Path) -> None:
    """One of them says what is new; what the others find out too late is prepared and written again."""
    principal = principal_of_user(ensure_first_organisation())
    rats = [make_object("malware", f"rat {number}", is_family=False) for number in range(300)]
    links = [make_link("uses", rat, RATS_TOOL) for rat in rats]
    objects = [each for pair in zip(links, rats, strict=True) for each in pair]
    path = tmp_path / "objects.jsonl"
    path.write_bytes(b"\n".join(map(encode, objects)))
    jobs = [
        accept_file(principal, path=path, source="the same" if number < 2 else f"source {number}")
        for number in range(WRITERS)
    ]
    results: list[dict[str, int]] = []
    with together() as group:
        for job in jobs:
            group.start(partial(take_in, job.id, results))
    assert sum(result["new"] for result in results) == len(objects)
    assert sum(result["known"] for result in results) == len(objects) * (WRITERS - 1)
    [(received,)] = write_database().read("SELECT SUM(times_received) FROM store_version")
    assert received == len(objects) * WRITERS
    assert find_faults() == []


def take_in(job_id: int, results: list[dict[str, int]]) -> None:
    ended = run_inline(job_id)
    assert not ended.error
    results.append(ended.result)


@pytest.mark.parametrize("seed", range(2))
def test_marking_and_removal_in_the_midst_of_batches(
    principal: Principal, sources: list[int], seed: int
) -> None:
    tell(principal, sources[3], *(f"m{number}" for number in range(20)))

    def write(number: int) -> None:
        for batch in make_batches(seed, number, batches=5, names=15):
            write_batch(principal, sources[number], batch)

    def repeat() -> None:
        """The same words by the same source at the same time, which count as received again."""
        for batch in make_batches(seed, 0, batches=5, names=15):
            touch_known(
                principal,
                identities=[(each.stix_id, each.sha256) for each in batch.statements],
                source_id=sources[0],
                handling=batch.handling,
            )

    def mark() -> None:
        for number in range(12):
            handling = Handling(everyone=number % 2 == 0, markings=())
            mark_object(principal, stix_id=name_id("malware", f"m{number}"), handling=handling)

    def remove() -> None:
        remove_source(principal, sources[3], report=lambda count: None)

    def write_removed() -> None:
        with suppress(NotFound):
            write(3)

    with together() as group:
        for number in range(3):
            group.start(partial(write, number))
        group.start(repeat)
        group.start(write_removed)
        group.start(mark)
        group.start(remove)
    assert find_faults() == []
    assert not Source.objects.filter(pk=sources[3]).exists()
