"""The `stack` command: finds the command's file, runs it, and turns errors into messages and exit codes."""

import difflib
import os
import sys
import traceback
from collections.abc import Sequence

from stack.cli.catalogue import build_command_parser, build_overview, list_commands, load_command
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Output, is_debugging, open_output
from stack.core.acts import Origin, acting_from
from stack.core.errors import StackError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns its exit code (argparse leaves by `SystemExit` for help and usage)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] in (["--version"], ["-V"]):
        words = ["version"]
    if not words or words[0].startswith("-"):
        return _show_overview(words)
    name, *rest = words
    if name not in list_commands():
        return _refuse_unknown(name)
    parsed = build_command_parser(name).parse_args(rest)
    output = open_output(
        as_json=getattr(parsed, "json", False),
        as_lines=getattr(parsed, "jsonl", False),
        quiet=getattr(parsed, "quiet", False),
    )
    try:
        with acting_from(Origin("cli")):
            code = load_command(name).run(parsed, output)
        output.out.flush()
    except BaseException as error:  # the outermost frame: every ending becomes an exit code here
        return _explain(error, output)
    return int(code)


def _show_overview(words: Sequence[str]) -> int:
    overview = build_overview()
    if not words:
        overview.print_help(sys.stderr)
        return ExitCode.USAGE
    overview.parse_args(words)
    return ExitCode.USAGE


def _refuse_unknown(name: str) -> int:
    near = difflib.get_close_matches(name, list_commands(), n=1)
    hint = f"did you mean “stack {near[0]}”?" if near else "“stack --help” lists the commands"
    sys.stderr.write(f"stack: there is no command “{name}”: {hint}\n")
    return ExitCode.USAGE


def _explain(error: BaseException, output: Output) -> int:
    """Say what failed and what to do about it; the traceback only with `STACK_DEBUG`."""
    if isinstance(error, BrokenPipeError):
        # The reader has left; nothing more may be written, also not by the interpreter at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.PIPE_CLOSED
    if isinstance(error, KeyboardInterrupt):
        output.warn("stack: interrupted")
        return ExitCode.INTERRUPTED
    if isinstance(error, SystemExit) and not isinstance(error.code, str):
        return ExitCode.OK if error.code is None else int(error.code)
    if is_debugging():
        traceback.print_exception(error)
    if isinstance(error, StackError):
        output.explain(error)
        return error.exit_code
    if isinstance(error, SystemExit):
        output.warn(str(error.code))
        return ExitCode.USAGE
    return _explain_surprise(error, output)


def _explain_surprise(error: BaseException, output: Output) -> int:
    """Faults that nothing foresaw; a database that does not answer is the likeliest of them."""
    kind = type(error)
    if kind.__module__.startswith(("django.db", "psycopg", "sqlite3")):
        output.warn(f"stack: the database does not answer: {error}")
        output.warn("  → “stack doctor” says what is wrong")
    elif isinstance(error, OSError):
        output.warn(f"stack: {error.filename or 'input or output'}: {error.strerror or error}")
    else:
        output.warn(f"stack: unexpected fault, {kind.__name__}: {error}")
        output.warn("  → set STACK_DEBUG=1 for the traceback, and please report it")
    return ExitCode.UNAVAILABLE
