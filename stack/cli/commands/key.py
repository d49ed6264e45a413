"""Make, list and revoke API keys, with which programs and STACK_TOKEN sign in."""

import argparse
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from stack.accounts.roles import Permission
from stack.cli.arguments import add_actions, add_output_options, add_tlp_option, read_positive, read_text
from stack.cli.backend.people import KeyDraft, KeyView, People
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Cell, Column, Output

NEEDS: dict[str, Permission | None] = dict.fromkeys(("create", "list", "revoke"), Permission.READ)
_COLUMNS = [
    Column("id", numeric=True),
    Column("name", flexible=True),
    Column("owner", flexible=True),
    Column("prefix"),
    Column("may", flexible=True),
    Column("from", flexible=True),
    Column("tlp"),
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
    creation.add_argument(
        "--scope",
        action="append",
        default=[],
        choices=[str(permission) for permission in Permission],
        help="all that it may do (repeatable; default: what you may)",
    )
    creation.add_argument(
        "--network", action="append", default=[], metavar="CIDR", help="where it works from (repeatable)"
    )
    add_tlp_option(creation, "the highest TLP level that it reads (default: yours)")
    creation.add_argument(
        "--for", dest="owner", type=read_text, metavar="USER", help="a program of yours that has no sign-in"
    )
    add_output_options(creation, lines=False)
    listing = actions.add_parser("list", help="your keys")
    listing.add_argument("--all", action="store_true", help="those of all members of your organisation")
    add_output_options(listing)
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
    from stack.cli.backend.choice import open_people

    people = open_people()
    match arguments.action:
        case "list":
            return _write_list(people.list_keys(everyone=arguments.all), output)
        case "revoke":
            people.revoke_key(arguments.key)
            if output.is_json:
                output.write_json({"id": arguments.key, "revoked": True})
            else:
                output.note(f"key {arguments.key} is revoked")
            return ExitCode.OK
    return _create(people, arguments, output)


def _create(people: People, arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.naming import find_member

    owner = None if arguments.owner is None else find_member(people, arguments.owner, None).id
    draft = KeyDraft(
        name=arguments.name,
        expires_at=arguments.expires,
        scopes=tuple(arguments.scope),
        networks=tuple(arguments.network),
        tlp_ceiling=arguments.tlp,
        member_id=owner,
    )
    new = people.create_key(draft)
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
    limits = (" ".join(key.scopes) or "all", " ".join(key.networks) or "anywhere", key.tlp_ceiling)
    return [key.id, key.name, key.owner, key.prefix, *limits, *(_shorten(time) for time in times)]


def _shorten(time: str | None) -> str:
    return (time or "")[:16].replace("T", " ")
