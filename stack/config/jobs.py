"""`STACK_JOBS…`: who runs the jobs, and for how long a run may go on."""

from stack.config.environment import SettingError, read_choice, read_integer
from stack.jobs.settings import JobSettings


def configure_jobs(*, redis_url: str) -> JobSettings:
    runner = read_choice("STACK_JOBS", "runner", ("runner", "celery"))
    if runner == "celery" and not redis_url:
        raise SettingError("STACK_JOBS", "celery needs the address of a Redis in STACK_REDIS")
    return JobSettings(
        runner=runner,
        lease_s=read_integer("STACK_JOBS_LEASE", 30, low=1, high=3600),
        slice_s=read_integer("STACK_JOBS_SLICE", 15, low=1, high=600),
    )
