"""Providers: services that analyses ask, and the accounts for them."""

import argparse
from typing import Any

from stack.accounts.roles import Permission
from stack.cli.arguments import add_actions, add_output_options, add_tlp_option, read_text
from stack.cli.backend.providers import Document, ProvidersBackend
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Column, Output

NEEDS: dict[str, Permission | None] = {
    "list": Permission.ANALYZE,
    "show": Permission.ANALYZE,
    "set": Permission.ANALYZE,
    "test": Permission.ANALYZE,
    "remove": Permission.ANALYZE,
}
_HELP = {
    "list": "the services, and the state of your accounts for them",
    "show": "one service: its terms, what it takes, and your accounts",
    "set": "set up an account or change it; what is not named stays",
    "test": "ask the service whether the credential is good",
    "remove": "forget an account with its credentials and what was kept for it",
}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_COLUMNS = [
    Column("name"),
    Column("title", flexible=True),
    Column("kinds", flexible=True),
    Column("account"),
    Column("state"),
    Column("tlp"),
    Column("left", numeric=True),
    Column("note", flexible=True),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    for name, text in _HELP.items():
        action = actions.add_parser(name, help=text)
        if name != "list":
            words = "a service of “stack provider list”, with the name of the account where it has several"
            action.add_argument("provider", type=read_text, metavar="PROVIDER[:NAME]", help=words)
        if name in {"set", "test", "remove"}:
            action.add_argument("--personal", action="store_true", help="your own account")
        if name == "set":
            _add_changes(action)
        if name == "remove":
            action.add_argument("--yes", action="store_true", help="do not ask")
        add_output_options(action, lines=name == "list")


def _add_changes(action: argparse.ArgumentParser) -> None:
    for option, metavar, text in (
        ("--credential", "NAME", "is asked for, or is a line of standard input (repeatable)"),
        ("--credential-file", "NAME=PATH", "a credential that a file holds (repeatable)"),
        ("--credential-env", "NAME=VARIABLE", "a credential of an environment variable (repeatable)"),
        ("--option", "NAME=VALUE", "such as url=https://… (repeatable)"),
        ("--option-file", "NAME=PATH", "an option that a file holds (repeatable)"),
    ):
        action.add_argument(option, action="append", default=[], type=read_text, metavar=metavar, help=text)
    action.add_argument(
        "--rate",
        action="append",
        type=read_rate,
        metavar="CALLS/TIME",
        help="what the account may do, such as 4/1m or 500/1d (repeatable; default: the free tier's)",
    )
    add_tlp_option(action, "the highest TLP level of what it is told")
    state = action.add_mutually_exclusive_group()
    state.add_argument("--on", dest="is_enabled", action="store_true", default=None, help="ask it")
    state.add_argument("--off", dest="is_enabled", action="store_false", help="do not ask it")


def read_rate(text: str) -> Document:
    """`4/1m` as calls and seconds."""
    calls, _, period = text.partition("/")
    number, unit = period[:-1], period[-1:]
    if not calls.isdecimal() or not number.isdecimal() or unit not in _UNITS or not int(calls):
        raise argparse.ArgumentTypeError(f"expected calls and a time such as 4/1m or 500/1d, got {text!r}")
    return {"calls": int(calls), "seconds": int(number) * _UNITS[unit]}


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.providers import open_providers

    providers = open_providers()
    if arguments.action == "list":
        return _write_list(providers.list_providers(), output)
    name, _, account = arguments.provider.partition(":")
    row = _find(providers, name)
    if arguments.action == "show":
        return _show(row, output)
    word = {"provider": name, "name": account, "is_personal": arguments.personal}
    match arguments.action:
        case "set":
            return _write_account(providers.save_account(word | _read_changes(row, word, arguments)), output)
        case "test":
            return _write_test(providers.test_account(word), output)
        case _:
            return _remove(providers, row, word, arguments, output)


def _find(providers: ProvidersBackend, name: str) -> Document:
    from stack.core.errors import NotFound

    for row in providers.list_providers():
        if row["name"] == name:
            return row
    raise NotFound(f"There is no provider “{name}”", remedy="“stack provider list” shows those there are.")


def _read_changes(row: Document, word: Document, arguments: argparse.Namespace) -> Document:
    """The whole account: what is named, beside what it has already."""
    key = ("name", "is_personal")
    before: Document = next(
        (each for each in row["accounts"] if all(each[part] == word[part] for part in key)), {}
    )
    options = before.get("options", {}) | _read_pairs("--option", arguments.option)
    for name, path in _read_pairs("--option-file", arguments.option_file).items():
        options[name] = _read_file(path)
    rates = before.get("rates") if before.get("rates") != row["rates"] else None
    enabled = before.get("is_enabled", True) if arguments.is_enabled is None else arguments.is_enabled
    return {
        "options": {name: text for name, text in options.items() if text},
        "credentials": _read_credentials(arguments),
        "rates": rates if arguments.rate is None else arguments.rate,
        "tlp": arguments.tlp or before.get("tlp"),
        "is_enabled": enabled,
    }


def _read_credentials(arguments: argparse.Namespace) -> dict[str, str]:
    """Never an argument: those are in the list of processes and in the shell's history."""
    import os

    from stack.core.errors import BadInput

    found = {
        name: _read_file(path).strip()
        for name, path in _read_pairs("--credential-file", arguments.credential_file).items()
    }
    for name, variable in _read_pairs("--credential-env", arguments.credential_env).items():
        if variable not in os.environ:
            raise BadInput(f"--credential-env {name}: there is no environment variable {variable}")
        found[name] = os.environ[variable].strip()
    return found | {name: _ask_secret(name) for name in arguments.credential}


def _ask_secret(name: str) -> str:
    import getpass
    import sys

    from stack.core.errors import BadInput

    if "=" in name:
        raise BadInput(
            "--credential takes a name and no value",
            remedy="It is asked for, or is a line of standard input. Change it where it was seen already.",
        )
    if sys.stdin.isatty():
        return getpass.getpass(f"{name}: ")
    return sys.stdin.readline().rstrip("\r\n")


def _read_pairs(option: str, texts: list[str]) -> dict[str, str]:
    from stack.core.errors import BadInput

    found = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark:
            raise BadInput(f"{option}: expected NAME=… and got no “=”")
        found[name] = value
    return found


def _read_file(path: str) -> str:
    from pathlib import Path

    from stack.core.errors import BadInput

    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {type(error).__name__}") from None


def _write_list(rows: list[Document], output: Output) -> int:
    if output.is_json:
        output.write_records(rows)
        return ExitCode.OK
    table = []
    for row in rows:
        head = [row["name"], row["title"], " ".join(row["kinds"])]
        for account in row["accounts"] or [{}]:
            table.append([*head, *_show_account(account, row)])
            head = ["", "", ""]
    output.write_table(_COLUMNS, table)
    return ExitCode.OK


def _show_account(account: Document, row: Document) -> list[Any]:
    if not account:
        return ["", "no account", row["tlp"], "", ""]
    whose = "your own" if account["is_personal"] else "organisation"
    name = f"{whose}: {account['name']}" if account["name"] else whose
    return [name, account["state"], account["tlp"], account["left"], account["message"]]


def _show(row: Document, output: Output) -> int:
    if output.is_json:
        output.write_json(row)
        return ExitCode.OK
    fields = {
        kind: " ".join(f"{each['name']}{'' if each['is_needed'] else '?'}" for each in row[kind])
        for kind in ("credentials", "options")
    }
    shown = row | fields | {"kinds": " ".join(row["kinds"]), "rates": _write_rates(row["rates"])}
    accounts = shown.pop("accounts")
    output.write_pairs(list(shown.items()))
    for account in accounts:
        _write_account(account, output)
    return ExitCode.OK


def _write_account(row: Document, output: Output) -> int:
    if output.is_json:
        output.write_json(row)
        return ExitCode.OK
    shown = row | {
        "credentials": " ".join(row["credentials"]),
        "options": " ".join(f"{name}={text[:60]}" for name, text in row["options"].items()),
        "rates": _write_rates(row["rates"]),
    }
    output.write_pairs(list(shown.items()))
    return ExitCode.OK


def _write_rates(rates: list[Document]) -> str:
    return ", ".join(f"{rate['calls']} in {rate['seconds']} s" for rate in rates)


def _write_test(result: Document, output: Output) -> int:
    if output.is_json:
        output.write_json(result)
    else:
        output.write_pairs(
            [("result", "good" if result["is_good"] else "bad"), ("message", result["message"])]
        )
    return ExitCode.OK if result["is_good"] else ExitCode.PARTLY_DONE


def _remove(
    providers: ProvidersBackend,
    row: Document,
    word: Document,
    arguments: argparse.Namespace,
    output: Output,
) -> int:
    from stack.cli.naming import confirm

    if not arguments.yes:
        confirm(f"Forget the account for {row['title']}?", refused="removing an account")
    providers.delete_account(word)
    if output.is_json:
        output.write_json(word | {"removed": True})
    else:
        output.note(f"the account for {row['title']} is removed")
    return ExitCode.OK
