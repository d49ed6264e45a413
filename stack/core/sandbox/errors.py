"""What goes wrong in a sandbox, in words for whoever gave the input."""

from enum import StrEnum

from stack.core.errors import BadInput


class Reason(StrEnum):
    """Why no answer came."""

    CPU = "cpu"
    WALL = "wall"
    MEMORY = "memory"
    ANSWER = "answer"
    PAYLOAD = "payload"
    CRASHED = "crashed"
    FAILED = "failed"
    INPUT = "input"


class SandboxRefused(BadInput):
    """The input could not be read within its limits. With `Reason.INPUT` the reader itself says why."""

    def __init__(self, detail: str, *, reason: Reason, remedy: str = "") -> None:
        super().__init__(detail, remedy=remedy)
        self.reason = reason
