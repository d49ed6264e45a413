import argparse
import subprocess
import sys
from types import ModuleType

import pytest

from stack.cli import catalogue, main
from stack.cli.catalogue import build_command_parser, list_commands, load_command, summarise
from stack.cli.output import Output
from stack.core.errors import BadInput, FieldError, NotAllowed, Unavailable

HEAVY = (
    "django",
    "orjson",
    "msgspec",
    "tantivy",
    "luqum",
    "granian",
    "pydantic",
    "ninja",
    "http",
    "ssl",
    "stack.store",
)


def run(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    """The exit code of a command that fails so."""

    def fail(arguments: argparse.Namespace, output: Output) -> int:
        raise error

    command = ModuleType("failing", "Fail.")
    command.add_arguments = lambda parser: None  # type: ignore[attr-defined]  # a module made for the test
    command.run = fail  # type: ignore[attr-defined]  # the same
    command.NEEDS = {"": None}  # type: ignore[attr-defined]  # the same
    monkeypatch.setattr(main, "list_commands", lambda: ["failing"])
    monkeypatch.setattr(main, "load_command", lambda name: command)
    monkeypatch.setattr(catalogue, "load_command", lambda name: command)
    return main.main(["failing"])


def test_every_command_says_in_one_line_what_it_does() -> None:
    for name in list_commands():
        assert 10 < len(summarise(load_command(name))) < 80, name


def test_every_option_of_every_command_explains_itself() -> None:
    def walk(parser: argparse.ArgumentParser) -> None:
        for action in parser._actions:
            if isinstance(action.choices, dict):
                for inner in action.choices.values():
                    walk(inner)
            elif action.choices is None:
                assert action.help, (parser.prog, action.dest)

    for name in list_commands():
        walk(build_command_parser(name))


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom stack.cli.main import main\n"
        "for words in (['--help'], ['lookup', '--help'], ['search', '--help']):\n"
        "    try: main(words)\n    except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    assert ended.stderr.strip() == "[]"
    assert "usage: stack lookup" in ended.stdout


def test_a_mistyped_command_is_a_usage_error_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["serach"]) == 2
    assert "did you mean “stack search”" in capsys.readouterr().err


def test_no_command_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([]) == 2
    assert "lookup" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("x"), 2),
        (NotAllowed("x"), 4),
        (Unavailable("x"), 5),
        (KeyboardInterrupt(), 130),
        (OSError(28, "No space left on device", "/tmp/x"), 5),
        (RuntimeError("x"), 5),
        (SystemExit("stack: STACK_MODE: expected one of local, production"), 2),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    assert run(monkeypatch, error) == code


def test_an_error_names_the_fault_and_the_remedy_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("STACK_DEBUG", raising=False)
    fault = FieldError("objects[3].name", "expected a text")
    run(monkeypatch, BadInput("a.json cannot be read", remedy="Check it.", errors=(fault,)))
    assert capsys.readouterr().err.splitlines() == [
        "stack: a.json cannot be read",
        "  objects[3].name: expected a text",
        "  → Check it.",
    ]


def test_the_traceback_is_there_for_whoever_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STACK_DEBUG", "1")
    run(monkeypatch, RuntimeError("broken"))
    assert "Traceback" in capsys.readouterr().err
