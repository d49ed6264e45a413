"""The exit codes that scripts rely on (docs/cli.md); a `StackError` carries its own."""

from enum import IntEnum


class ExitCode(IntEnum):
    OK = 0
    NOTHING_FOUND = 1
    USAGE = 2
    PARTLY_DONE = 3
    NOT_ALLOWED = 4
    UNAVAILABLE = 5
    INTERRUPTED = 130
    PIPE_CLOSED = 141
