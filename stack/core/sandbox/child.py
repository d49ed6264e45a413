"""The process in the sandbox: reads what to do, locks itself in, calls the function, answers line by line.

Started as a script without `site`, so that nothing is imported but what the function needs; or forked by a
`nursery`, which has imported that already. A line of the
answer is `=` and a JSON value, at last `.one` or `.stream`; or `!` and why there is no more.
"""

from __future__ import annotations

import json
import os
import sys

# The name that type checkers know; to import `typing` would take longer than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, BinaryIO

    Setup = dict[str, Any]

_SETUP, _INPUT, _MEMORY, _FAILURE = "setup", "input", "memory", "failure"
_LONGEST_TEXT = 300
# Made before memory runs out.
_NO_MEMORY = b'!{"kind":"memory"}\n'


def main() -> None:
    setup = json.load(sys.stdin.buffer)
    answer_call(setup, _take_over_output())


def answer_call(setup: Setup, descriptor: int) -> None:
    """Ends this process. `descriptor` is for the answer."""
    answer = os.fdopen(descriptor, "wb", buffering=64 * 1024)
    try:
        sys.path[:] = setup["path"]
        from stack.core.sandbox.confinement import confine, limit_resources

        limit_resources(setup)
        function = _find_function(setup["target"])
        confine(setup)
    except MemoryError:
        answer.write(_NO_MEMORY)
    except BaseException as error:
        _report(answer, _SETUP, error)
    else:
        _call(answer, function, setup)
    answer.flush()
    # Nothing of the interpreter's tidying up is needed, and much of it runs foreign code.
    os._exit(0)


def _take_over_output() -> int:
    """The answer has a descriptor of its own: what a library prints goes nowhere."""
    answer = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return answer


def _find_function(target: str) -> Callable[..., Any]:
    import importlib

    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def _call(answer: BinaryIO, function: Callable[..., Any], setup: Setup) -> None:
    try:
        with os.fdopen(setup["payload"], "rb") as file:
            given = function(file, setup["arguments"])
            is_stream = hasattr(given, "__next__")
            for value in given if is_stream else (given,):
                _write(answer, b"=", value)
                if is_stream:
                    answer.flush()
            answer.write(b".stream\n" if is_stream else b".one\n")
    except MemoryError:
        answer.write(_NO_MEMORY)
    except BaseException as error:
        _report(answer, _INPUT if hasattr(error, "remedy") else _FAILURE, error)


def _report(answer: BinaryIO, kind: str, error: BaseException) -> None:
    if isinstance(error, RecursionError):
        text, remedy = "it is nested too deep", ""
    elif kind == _INPUT:
        text, remedy = str(error), str(getattr(error, "remedy", ""))
    else:
        text, remedy = f"{type(error).__name__}: {error}".removesuffix(": "), ""
    _write(answer, b"!", {"kind": kind, "text": text[:_LONGEST_TEXT], "remedy": remedy[:_LONGEST_TEXT]})


def _write(answer: BinaryIO, mark: bytes, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    answer.write(mark + text.encode("utf-8", "replace") + b"\n")


if __name__ == "__main__":
    main()
