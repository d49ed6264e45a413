"""Which commands there are: the files of `commands/`, found by name, imported only when asked for."""

import argparse
import importlib
import pkgutil
from typing import cast

from stack.cli.base import Command

_PACKAGE = "stack.cli.commands"

DESCRIPTION = """\
Stack keeps what every source says about threats and answers "what do we know about this value?".

With STACK_URL and STACK_TOKEN set, the same commands talk to that server instead of the local data folder."""

EPILOGUE = """\
exit codes: 0 ok, 1 nothing found, 2 usage, 3 partly done, 4 not allowed, 5 unavailable
start with: stack serve --demo"""


def list_commands() -> list[str]:
    package = importlib.import_module(_PACKAGE)
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(package.__path__))


def load_command(name: str) -> Command:
    return cast("Command", importlib.import_module(f"{_PACKAGE}.{name.replace('-', '_')}"))


def summarise(command: Command) -> str:
    """The first line of the command's docstring, without its full stop."""
    return (command.__doc__ or "").strip().partition("\n")[0].rstrip(".")


def describe_needs(command: Command) -> str:
    """The permissions that the command takes, as its help says it; nothing where it takes none."""
    needs = {action: need for action, need in command.NEEDS.items() if need is not None}
    if len(set(needs.values())) == 1 and len(needs) == len(command.NEEDS):
        return f"needs the permission: {next(iter(needs.values()))}"
    named = (f"{need} ({action})" if action else str(need) for action, need in needs.items())
    return f"needs the permissions: {', '.join(named)}" if needs else ""


def build_command_parser(name: str) -> argparse.ArgumentParser:
    command = load_command(name)
    parser = argparse.ArgumentParser(
        prog=f"stack {name}",
        description=(command.__doc__ or "").strip(),
        epilog=describe_needs(command),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return parser


def build_overview() -> argparse.ArgumentParser:
    """The parser of a bare `stack`: it lists the commands."""
    parser = argparse.ArgumentParser(
        prog="stack",
        description=DESCRIPTION,
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="stack COMMAND [OPTION…]",
        allow_abbrev=False,
    )
    listed = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name in list_commands():
        listed.add_parser(name, help=summarise(load_command(name)))
    return parser
