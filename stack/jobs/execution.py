"""One attempt at one leased job, and what becomes of the job after it."""

import logging
from collections.abc import Callable
from dataclasses import replace

from stack.accounts.models import User
from stack.accounts.principal import Principal
from stack.accounts.queries import local_principal, principal_of_organisation, principal_of_user
from stack.core.errors import NotAllowed, StackError, Unavailable
from stack.jobs.base import find_job
from stack.jobs.context import GivesWay, JobCancelled, JobContext, Place, RunnerStopping, StopFlag
from stack.jobs.leases import Lease, LeaseLost, end_job, fail_attempt, fail_job, release
from stack.jobs.models import Job, JobState

_log = logging.getLogger(__name__)


def run_leased(
    lease: Lease,
    job: Job,
    *,
    stop: StopFlag | None = None,
    place: Place | None = None,
    on_progress: Callable[[], None] | None = None,
    tries_again: bool = True,
) -> None:
    """Runs the job's handler. An input that cannot be used fails the job for good; anything unforeseen is
    logged and, unless nobody wants to wait for it, tried again later, a few times."""
    try:
        try:
            context = JobContext(
                lease, job, _principal_of(job), stop=stop, place=place, on_progress=on_progress
            )
            find_job(job.kind).handler(context)
            if not context.is_finished:
                context.finish({})
        except JobCancelled:
            end_job(lease, JobState.CANCELLED)
        except (RunnerStopping, GivesWay):
            release(lease)
        except StackError as error:
            # What does not answer now may answer later; an input that cannot be used never will.
            if tries_again and isinstance(error, Unavailable):
                fail_attempt(lease, _explain(error))
            else:
                fail_job(lease, _explain(error))
        except LeaseLost:
            raise
        except KeyboardInterrupt:
            end_job(lease, JobState.CANCELLED)
            raise
        except Exception as error:  # whatever a job does, the runner goes on to the next one
            _log.exception("%s failed at attempt %d", job, lease.attempt)
            reason = f"{type(error).__name__}: {error}"
            if tries_again:
                fail_attempt(lease, reason)
            else:
                fail_job(lease, reason)
    except LeaseLost:
        _log.warning("%s was taken over by another worker; this attempt wrote nothing more", job)


def _explain(error: StackError) -> str:
    detail = error.detail.rstrip(".") + "."
    return f"{detail} {error.remedy}" if error.remedy else detail


def _principal_of(job: Job) -> Principal:
    """Whoever queued the job, with the rights that they have now; Stack itself for jobs without a user."""
    if job.user_id is None:
        groups = principal_of_organisation(job.organisation_id, name="").group_ids
        return replace(local_principal(), organisation_id=job.organisation_id, user_id=None, group_ids=groups)
    user = User.objects.filter(pk=job.user_id, is_active=True).first()
    if user is None:
        raise NotAllowed("The user who started this job may no longer sign in")
    return principal_of_user(user)
