"""What a check of `stack doctor` answers. A subject is a file with `diagnose`, which changes nothing."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from stack.core.errors import StackError


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `remedy` is empty when nothing needs to be done."""

    check: str
    state: State
    detail: str
    remedy: str = ""


def guard(check: str, diagnose: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of a subject. A check that breaks has found something too."""
    try:
        yield from diagnose()
    except StackError as error:
        yield Finding(check, State.FAILED, error.detail, error.remedy)
    except Exception as error:
        remedy = "This check itself failed; the log says more with STACK_LOG_LEVEL=DEBUG."
        yield Finding(check, State.FAILED, f"{type(error).__name__}: {error}", remedy)
