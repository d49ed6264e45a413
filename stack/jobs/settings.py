"""What is set about jobs; `stack.config.jobs` reads it from the environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobSettings:
    """`runner` is `runner` (a thread of `stack serve` or `stack runner`) or `celery`. All else is in seconds.

    A worker keeps a job for `lease_s` without a report; a run gives its place to others that wait after
    `slice_s`, and gives it back after `longest_run_s` in any case. A job is woken again after `wake_again_s`.
    """

    runner: str = "runner"
    lease_s: float = 30
    slice_s: float = 15
    longest_run_s: float = 600
    wake_again_s: float = 10
