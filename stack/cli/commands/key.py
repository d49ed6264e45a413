"""Make, list and revoke API keys, with which programs and STACK_TOKEN sign in."""

import argparse
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from stack.cli.arguments import add_actions, add_output_options, read_positive
from stack.cli.backend.records import KeyView
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Cell, Column, Output

_COLUMNS = [
    Column("id", numeric=True),
    Column("name", flexible=True),
    Column("prefix"),
    Column("created"),
    Column("expires"),
    Column("last_used"),
]
_PERIOD = re.compile(r"([1-9]\d{0,4})([dwy])")
_DAYS = {"d": 1, "w": 7, "y": 365}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    creation = actions.add_parser("create", help="a new key; its text is shown this once")
    creation.add_argument("name", metavar="NAME", nargs="?", default="command line", help="what it is for")
    creation.add_argument(
        "--expires", type=read_expiry, metavar="WHEN", help="30d, 12w, 1y, or a date like 2027-01-31"
    )
    add_output_options(creation, lines=False)
    add_output_options(actions.add_parser("list", help="your keys"))
    revocation = actions.add_parser("revoke", help="end a key at once and for good")
    revocation.add_argument(
        "key", type=read_positive, metavar="ID", help="the id that “stack key list” shows"
    )
    add_output_options(revocation, lines=False)


def read_expiry(text: str) -> str:
    """A period from now, or a date, as an RFC 3339 time."""
    try:
        if period := _PERIOD.fullmatch(text):
            moment = datetime.now(UTC) + timedelta(days=int(period[1]) * _DAYS[period[2]])
            return moment.replace(microsecond=0).isoformat()
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        message = f"expected 30d, 12w, 1y or a date like 2027-01-31, got {text!r}"
        raise argparse.ArgumentTypeError(message) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import open_backend

    backend = open_backend()
    match arguments.action:
        case "list":
            return _write_list(backend.list_keys(), output)
        case "revoke":
            backend.revoke_key(arguments.key)
            if output.is_json:
                output.write_json({"id": arguments.key, "revoked": True})
            else:
                output.note(f"key {arguments.key} is revoked")
            return ExitCode.OK
    new = backend.create_key(name=arguments.name, expires_at=arguments.expires)
    if output.is_json:
        output.write_json(asdict(new) | {"name": arguments.name, "expires_at": arguments.expires})
    else:
        output.write_line(new.key)
        output.note("keep it now: it is not shown again")
    return ExitCode.OK


def _write_list(keys: list[KeyView], output: Output) -> int:
    if output.is_json:
        output.write_records(asdict(key) for key in keys)
    else:
        output.write_table(_COLUMNS, [_make_row(key) for key in keys])
    return ExitCode.OK if keys else ExitCode.NOTHING_FOUND


def _make_row(key: KeyView) -> list[Cell]:
    times = (key.created_at, key.expires_at, key.last_used_at)
    return [key.id, key.name, key.prefix, *(_shorten(time) for time in times)]


def _shorten(time: str | None) -> str:
    return (time or "")[:16].replace("T", " ")
