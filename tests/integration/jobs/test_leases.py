"""What the queue promises to workers and to people, on each database."""

from typing import Any

import pytest

from stack.accounts.models import Organisation, User
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, NotAllowed, NotFound
from stack.jobs.base import register_job
from stack.jobs.context import JobContext
from stack.jobs.execution import run_leased
from stack.jobs.leases import ATTEMPTS, LeaseLost, end_job, renew
from stack.jobs.models import Job, JobState
from stack.jobs.operations import cancel, enqueue, retry, run_inline
from stack.jobs.queries import get_job, iterate_errors, list_errors, list_jobs
from stack.jobs.records import ERRORS_KEPT, JobRow, RecordError
from stack.jobs.sweeping import reclaim_expired
from stack.jobs.turns import lease_job, lease_next
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__")


@register_job("test-add")
def add_numbers(context: JobContext) -> None:
    """Adds `up_to` numbers, one a step, failing as its arguments say."""
    total = int(context.checkpoint.get("sum", 0))
    for number in range(int(context.checkpoint.get("next", 0)), int(context.arguments["up_to"])):
        if number == context.arguments.get("break_at"):
            raise RuntimeError("the disk is full")
        if number == context.arguments.get("refuse_at"):
            raise BadInput("The third number is wrong", remedy="Send another one.")
        total += number
        context.report(done=number + 1, checkpoint={"sum": total, "next": number + 1}, durable=True)
    context.finish({"sum": total})


def queue(principal: Principal, **arguments: Any) -> JobRow:
    return enqueue(principal, kind="test-add", arguments={"up_to": 5} | arguments)


def run_next() -> None:
    leased = lease_next("worker")
    assert leased is not None
    run_leased(*leased)


def make_due(job: JobRow) -> None:
    Job.objects.filter(pk=job.id).update(lease_until=0)


def read(principal: Principal, job: JobRow) -> JobRow:
    row = get_job(principal, job.id)
    assert row is not None
    return row


def test_a_job_is_run_once_and_keeps_its_result(principal: Principal) -> None:
    job = queue(principal)
    run_next()
    ended = read(principal, job)
    assert (ended.state, ended.result, ended.percent) == (JobState.DONE, {"sum": 10}, 100)
    assert lease_next("worker") is None


def test_jobs_are_leased_oldest_first_and_to_one_worker_each(principal: Principal) -> None:
    first, second = queue(principal), queue(principal)
    leases = [leased[0] for name in ("a", "b", "c") if (leased := lease_next(name)) is not None]
    assert [(lease.job_id, lease.worker) for lease in leases] == [(first.id, "a"), (second.id, "b")]


def test_an_unknown_kind_is_refused_when_it_is_queued(principal: Principal) -> None:
    with pytest.raises(BadInput, match="no kind of job"):
        enqueue(principal, kind="no-such-thing", arguments={})


def test_a_failure_is_tried_again_from_the_checkpoint_and_ends_dead_with_its_reason(
    principal: Principal,
) -> None:
    job = queue(principal, break_at=3)
    for attempt in range(1, ATTEMPTS + 1):
        if attempt > 1:
            assert lease_next("worker") is None, "a failed attempt must wait"
            make_due(job)
        leased = lease_job(job.id, "worker")
        assert leased is not None
        assert leased[1].checkpoint == ({} if attempt == 1 else {"sum": 3, "next": 3})
        run_leased(*leased)
    ended = read(principal, job)
    assert ended.state == JobState.DEAD
    assert "RuntimeError: the disk is full" in ended.error
    assert ended.percent is None


def test_bad_input_fails_at_once_with_its_remedy(principal: Principal) -> None:
    job = queue(principal, refuse_at=2)
    run_next()
    ended = read(principal, job)
    assert (ended.state, ended.attempts) == (JobState.FAILED, 1)
    assert ended.error == "The third number is wrong. Send another one."


def test_a_retry_goes_on_where_the_job_stopped(principal: Principal) -> None:
    job = queue(principal, refuse_at=3)
    run_next()
    Job.objects.filter(pk=job.id).update(arguments={"up_to": 5})
    assert retry(principal, job.id).state == JobState.QUEUED
    assert run_inline(job.id).result == {"sum": 10}
    with pytest.raises(Conflict, match="it is done"):
        retry(principal, job.id)


def test_who_loses_the_lease_cannot_touch_what_the_next_worker_does(principal: Principal) -> None:
    queue(principal)
    taken = lease_next("slow", duration_us=-1)
    assert taken is not None
    slow, _ = taken
    taken = lease_next("quick")
    assert taken is not None
    quick, _ = taken
    with pytest.raises(LeaseLost):
        renew(slow, done=99)
    with pytest.raises(LeaseLost):
        end_job(slow, JobState.DONE, result={"sum": -1})
    renew(quick, done=1)
    assert Job.objects.get().done == 1


def test_a_job_whose_workers_keep_dying_is_buried(principal: Principal) -> None:
    job = queue(principal)
    for _ in range(ATTEMPTS):
        assert lease_next("doomed", duration_us=-1) is not None
    assert lease_next("doomed") is None
    reclaim_expired()
    ended = read(principal, job)
    assert ended.state == JobState.DEAD
    assert "the worker doomed disappeared (lease ran out)" in ended.error


def test_cancelling_ends_a_waiting_job_and_stops_a_running_one_at_its_next_report(
    principal: Principal,
) -> None:
    waiting, running = queue(principal), queue(principal)
    assert cancel(principal, waiting.id).state == JobState.CANCELLED
    leased = lease_next("worker")
    assert leased is not None
    assert cancel(principal, running.id).state == JobState.RUNNING
    run_leased(*leased)
    ended = read(principal, running)
    assert (ended.state, ended.done) == (JobState.CANCELLED, 0)
    with pytest.raises(Conflict):
        cancel(principal, running.id)


def test_progress_shows_percent_rate_and_remaining_time(principal: Principal) -> None:
    job = queue(principal)
    leased = lease_next("worker")
    assert leased is not None
    context = JobContext(*leased, principal)
    context.report(done=1000, total=1000, durable=True)
    row = read(principal, job)
    assert row.percent == 99, "it is not done before it is done"
    context.report(done=250, total=1000, durable=True)
    Job.objects.filter(pk=job.id).update(rate=50.0)
    row = read(principal, job)
    assert (row.percent, row.rate, row.eta) == (25, 50.0, 15.0)


def test_faults_are_kept_in_order_up_to_a_limit(principal: Principal) -> None:
    job = queue(principal)
    leased = lease_next("worker")
    assert leased is not None
    context = JobContext(*leased, principal)
    fault = RecordError(7, "objects[7]", "json", "a NUL \0 here", path="x" * 900)
    assert context.add_errors([fault] * 3) == 3
    assert context.add_errors([fault] * ERRORS_KEPT) == ERRORS_KEPT - 3
    page = list_errors(principal, job.id, limit=2)
    assert (page.total, len(page.rows)) == (ERRORS_KEPT, 2)
    assert page.rows[0].message == "a NUL \ufffd here"
    assert page.rows[0].path == "x" * 500
    assert sum(1 for _ in iterate_errors(principal, job.id)) == ERRORS_KEPT
    assert list_errors(principal, job.id, limit=2, after=page.next).rows == page.rows


def test_lists_are_paged_newest_first(principal: Principal) -> None:
    ids = [queue(principal).id for _ in range(3)]
    page = list_jobs(principal, limit=2)
    rest = list_jobs(principal, limit=2, after=page.next)
    assert [row.id for row in (*page.rows, *rest.rows)] == ids[::-1]
    assert rest.next is None
    assert list_jobs(principal, state="done").rows == []


def test_the_jobs_of_another_organisation_do_not_exist(principal: Principal) -> None:
    job = queue(principal)
    other = make_principal("eve", Organisation.objects.create(name="Other"), role=Role.CURATOR)
    assert get_job(other, job.id) is None
    assert list_jobs(other).rows == []
    for refused in (cancel, retry, list_errors):
        with pytest.raises(NotFound):
            refused(other, job.id)


def test_a_colleagues_job_is_changed_only_with_the_permission(principal: Principal) -> None:
    job = queue(principal)
    organisation = Organisation.objects.get(pk=principal.organisation_id)
    member = make_principal("bob", organisation)
    with pytest.raises(NotAllowed):
        cancel(member, job.id)
    own = queue(member)
    assert cancel(member, own.id).state == JobState.CANCELLED


def test_a_job_of_a_user_who_left_is_not_run(principal: Principal) -> None:
    job = queue(principal)
    User.objects.filter(username=principal.name).update(is_active=False)
    run_next()
    assert read(principal, job).state == JobState.FAILED


def test_running_inline_waits_for_the_runner_that_was_faster_and_takes_over_when_it_dies(
    principal: Principal,
) -> None:
    job = queue(principal)
    assert lease_next("runner", duration_us=400_000) is not None
    seen: list[JobRow] = []
    ended = run_inline(job.id, on_progress=seen.append)
    assert (ended.state, ended.attempts) == (JobState.DONE, 2)
    assert seen[0].state == JobState.RUNNING
    assert now_us() > ended.created_at + 400_000
