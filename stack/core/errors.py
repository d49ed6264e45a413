"""Errors that people and programs are told about; faces turn them into pages, problems and exit codes."""

from dataclasses import dataclass
from typing import ClassVar

from stack.core.limits import Allowance


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of an input: where it stands and what was expected there."""

    field: str
    message: str


class StackError(Exception):
    """A failure with a title for its kind, a detail for this case, and a remedy.

    `status` is the HTTP status and `exit_code` the exit code of the command line (docs/cli.md).
    """

    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 5

    def __init__(self, detail: str, *, remedy: str = "", errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy
        self.errors = errors


class BadInput(StackError):
    title = "The input cannot be used"
    status = 422
    exit_code = 2


class NotFound(StackError):
    """Nothing there, or nothing that this principal may see: the two are never told apart."""

    title = "Not found"
    status = 404
    exit_code = 1


class NotAllowed(StackError):
    title = "Not allowed"
    status = 403
    exit_code = 4


class Conflict(StackError):
    title = "Conflict"
    status = 409
    exit_code = 3


class Unavailable(StackError):
    title = "Unavailable"
    status = 503
    exit_code = 5


class TooMany(StackError):
    """More than a limit allows; `retry_after` in seconds, `allowance` of the policy that refuses."""

    title = "Too many requests"
    status = 429
    exit_code = 5

    def __init__(
        self, detail: str, *, remedy: str = "", retry_after: int, allowance: Allowance | None = None
    ) -> None:
        super().__init__(detail, remedy=remedy)
        self.retry_after = retry_after
        self.allowance = allowance
