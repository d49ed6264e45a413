"""Whose turn it is, on each database: organisations, priorities, queues, and when a run gives way."""

from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.core.clock import now_us
from stack.jobs.base import register_job
from stack.jobs.context import JobContext
from stack.jobs.execution import run_leased
from stack.jobs.leases import Lease, end_job, release
from stack.jobs.models import Job, JobState
from stack.jobs.operations import enqueue
from stack.jobs.queues import Priority, Queue
from stack.jobs.turns import ALL_QUEUES, Slice, is_awaited, lease_next
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__")
Enqueue = Callable[..., int]


@register_job("test-turn", queue=Queue.INGEST)
def take_steps(context: JobContext) -> None:
    for number in range(int(context.checkpoint.get("next", 0)), 3):
        context.report(done=number + 1, checkpoint={"next": number + 1}, durable=True)
        context.show_progress()


@register_job("test-short", queue=Queue.INTERACTIVE)
def do_nothing(context: JobContext) -> None:
    """Short work."""


@pytest.fixture
def organisations(database: str, db: None) -> dict[str, Principal]:
    return {
        name: make_principal(name, Organisation.objects.create(name=name), role=Role.PLATFORM_ADMIN)
        for name in ("many", "few", "third")
    }


@pytest.fixture
def put(organisations: dict[str, Principal]) -> Enqueue:
    def put(who: str, kind: str = "test-turn", **options: Any) -> int:
        return enqueue(organisations[who], kind=kind, arguments={}, **options).id

    return put


def take(**options: Any) -> tuple[Lease, Job]:
    leased = lease_next("worker", **options)
    assert leased is not None
    return leased


def test_who_has_the_fewest_jobs_running_goes_first(put: Enqueue) -> None:
    flood = [put("many") for _ in range(5)]
    assert take()[0].job_id == flood[0]
    late, third = put("few"), put("third")
    assert [take()[0].job_id for _ in range(3)] == [late, third, flood[1]]


def test_organisations_take_turns_though_one_came_first_with_many(put: Enqueue) -> None:
    served = []
    for who in ("many", "many", "many", "few", "few", "third"):
        put(who)
    while leased := lease_next("worker"):
        end_job(leased[0], JobState.DONE)
        served.append(leased[1].organisation.name)
    assert served == ["many", "few", "third", "many", "few", "many"]


def test_the_urgent_goes_first_within_an_organisation_and_between_two_served_alike(put: Enqueue) -> None:
    low, normal = put("many", priority=Priority.LOW), put("many")
    high, other = put("many", priority=Priority.HIGH), put("few")
    assert [take()[0].job_id for _ in range(4)] == [high, other, normal, low]


def test_a_worker_takes_only_from_its_queues(put: Enqueue) -> None:
    put("many")
    short = put("many", kind="test-short")
    assert take(queues=[Queue.INTERACTIVE, Queue.DEFAULT])[0].job_id == short
    assert lease_next("worker", queues=[Queue.INTERACTIVE, Queue.DEFAULT]) is None


def test_what_only_a_newer_version_can_run_waits_for_its_workers(put: Enqueue) -> None:
    newer, known = put("many"), put("many")
    Job.objects.filter(pk=newer).update(kind="of-tomorrow")
    assert take()[0].job_id == known
    assert lease_next("worker") is None
    assert Job.objects.get(pk=newer).state == JobState.QUEUED


def wait(job_id: int) -> None:
    """Makes it a job that has found no worker for a while."""
    before = now_us() - 3_000_000
    Job.objects.filter(pk=job_id).update(created_at=before)


def test_a_run_is_awaited_by_who_has_less_and_by_its_own_organisations_more_urgent(put: Enqueue) -> None:
    put("many")
    _, running = take()

    def asks(**options: Any) -> bool:
        return is_awaited(running, queues=[Queue.INGEST], **options)

    waiting = put("few")
    assert not asks(), "a free worker may yet take it"
    wait(waiting)
    assert asks()
    Job.objects.filter(pk=waiting).delete()
    wait(put("few", kind="test-short"))
    assert not asks(), "another queue's work is not this worker's"
    wait(put("many"))
    assert not asks(), "its own organisation's other jobs wait until it is done"
    wait(put("many", priority=Priority.HIGH))
    assert asks()


def test_who_has_as_many_running_does_not_push_the_other_out(put: Enqueue) -> None:
    put("many"), put("few")
    (_, first), _ = take(), take()
    wait(put("few"))
    assert not is_awaited(first, queues=ALL_QUEUES)


def test_a_run_whose_slice_is_over_gives_way_between_two_steps_and_goes_on_later(put: Enqueue) -> None:
    long = put("many")
    lease, job = take()
    other = put("few")
    wait(other)
    place = Slice(job, ALL_QUEUES, seconds=0.0, longest_seconds=600, begun=monotonic() - 1)
    run_leased(lease, job, place=place)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.checkpoint) == (JobState.QUEUED, 0, {"next": 1})
    assert take()[0].job_id == other
    lease, job = take()
    assert job.pk == long
    run_leased(lease, job)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.done) == (JobState.DONE, 1, 3)


def test_a_run_gives_its_place_back_in_any_case_after_the_longest_time(put: Enqueue) -> None:
    put("many")
    lease, job = take()
    place = Slice(job, ALL_QUEUES, seconds=0.0, longest_seconds=5, begun=monotonic() - 10)
    run_leased(lease, job, place=place)
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_a_slice_that_nobody_waits_for_goes_on(put: Enqueue) -> None:
    put("many")
    lease, job = take()
    place = Slice(job, ALL_QUEUES, seconds=0.0, longest_seconds=600, begun=monotonic() - 10)
    run_leased(lease, job, place=place)
    job.refresh_from_db()
    assert job.state == JobState.DONE


def test_who_gave_way_comes_behind_those_who_have_waited(put: Enqueue) -> None:
    first = put("many")
    lease, _ = take()
    second = put("few")
    release(lease)
    assert [take()[0].job_id, take()[0].job_id] == [second, first]


def test_the_queries_find_the_next_job_by_an_index_among_many(put: Enqueue, database: str) -> None:
    put("many")
    template = Job.objects.get()
    rows = [
        Job(
            kind="test-turn",
            queue=Queue.INGEST,
            state=JobState.DONE if number % 100 else JobState.QUEUED,
            created_at=number,
            leased_at=number,
            organisation_id=template.organisation_id,
        )
        for number in range(4000)
    ]
    Job.objects.bulk_create(rows, batch_size=500)
    connection = connections[database]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE jobs_job")
    put("few")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        take()
    asked = [query["sql"] for query in captured if "jobs_job" in query["sql"] and "SELECT" in query["sql"]]
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    plans = []
    for sql in asked:
        with connection.cursor() as cursor:
            cursor.execute(explain + sql)
            plans.append("\n".join(str(row) for row in cursor.fetchall()))
    plan = "\n".join(plans)
    assert "job_turn" in plan
    assert "job_served" in plan
    for scan in ("SCAN jobs_job", "SCAN U0", "Seq Scan on jobs_job"):
        assert scan not in plan.replace("SCAN jobs_job USING", ""), plan
