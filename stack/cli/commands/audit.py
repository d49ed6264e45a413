"""List, export and verify the audit log, and take signed checkpoints of it."""

import argparse
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stack.accounts.roles import Permission
from stack.cli.arguments import add_actions, add_output_options, read_positive
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Cell, Column, Output
from stack.core.errors import BadInput
from stack.core.spreadsheets import defuse_cell

if TYPE_CHECKING:
    from stack.audit.records import ChainFault, Checkpoint

NEEDS: dict[str, Permission | None] = {
    "list": Permission.READ_AUDIT,
    "export": Permission.READ_AUDIT,
    "verify": Permission.ADMINISTER,
    "checkpoint": Permission.ADMINISTER,
}
_COLUMNS = [
    Column("number", numeric=True),
    Column("at"),
    Column("actor", flexible=True),
    Column("act"),
    Column("object", flexible=True),
    Column("result"),
    Column("from", flexible=True),
]
_PERIOD = re.compile(r"([1-9]\d{0,4})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    listing = actions.add_parser("list", help="the newest entries")
    listing.add_argument("--limit", type=read_positive, default=50, help="how many (default: 50)")
    _add_filters(listing)
    add_output_options(listing)
    export = actions.add_parser("export", help="all entries, newest first, as JSON lines or CSV")
    export.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="default: jsonl")
    _add_filters(export)
    export.add_argument("-q", "--quiet", action="store_true", help="only the answer: no progress, no notes")
    verification = actions.add_parser("verify", help="prove that no entry was altered, removed or reordered")
    verification.add_argument(
        "--checkpoint", metavar="FILE", help="compare with the checkpoints in this file too"
    )
    verification.add_argument(
        "--public-key", metavar="FILE", help="check their signatures with this key, not with the vault's"
    )
    add_output_options(verification, lines=False)
    taking = actions.add_parser("checkpoint", help="sign what is the end of the log now")
    taking.add_argument("--out", metavar="FILE", help="append it to this file instead of printing it")
    taking.add_argument("--public-key", action="store_true", help="print the key that verifies checkpoints")
    add_output_options(taking, lines=False)


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--text", default="", help="stands anywhere in the entry")
    parser.add_argument(
        "--act", default="", metavar="NAME", help="such as key.create, or key for all of them"
    )
    parser.add_argument("--actor", default="", metavar="NAME", help="the name of who acted")
    parser.add_argument("--object", default="", metavar="ID", help="the id of what was acted on")
    parser.add_argument(
        "--since", type=read_moment, metavar="WHEN", help="a date or time, or 7d for a week ago"
    )
    parser.add_argument("--until", type=read_moment, metavar="WHEN", help="before this moment")
    parser.add_argument("--security", action="store_true", help="only security events")


def read_moment(text: str) -> str:
    """A date or time, or a period before now, as an RFC 3339 time in UTC."""
    try:
        if period := _PERIOD.fullmatch(text):
            moment = datetime.now(UTC) - timedelta(hours=int(period[1]) * _HOURS[period[2]])
        else:
            moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        message = f"expected 12h, 7d, 2w, or a date like 2026-11-30, got {text!r}"
        raise argparse.ArgumentTypeError(message) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def run(arguments: argparse.Namespace, output: Output) -> int:
    match arguments.action:
        case "list":
            return _list(arguments, output)
        case "export":
            return _export(arguments, output)
        case "verify":
            return _verify(arguments, output)
    return _take_checkpoint(arguments, output)


def _read_filters(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "text": arguments.text,
        "name": arguments.act,
        "actor": arguments.actor,
        "object_id": arguments.object,
        "since": arguments.since,
        "until": arguments.until,
        "security": arguments.security,
    }


def _list(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.audit import iterate_entries

    entries = list(iterate_entries(_read_filters(arguments), limit=arguments.limit))
    if output.is_json:
        output.write_records(entries)
    else:
        output.write_table(_COLUMNS, map(_make_row, entries))
    return ExitCode.OK if entries else ExitCode.NOTHING_FOUND


def _make_row(entry: dict[str, Any]) -> list[Cell]:
    number = entry["number"] if entry["sequence"] is None else entry["sequence"]
    what = f"{entry['object_kind']} {entry['object_id']}".strip()
    place = f"{entry['face']} {entry['address']}".strip()
    at = entry["at"][:19].replace("T", " ")
    return [number, at, entry["actor"], entry["name"], what, entry["result"], place]


def _export(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.audit import iterate_entries

    entries = iterate_entries(_read_filters(arguments))
    if arguments.format == "csv":
        _write_csv(entries, output)
    else:
        for entry in entries:
            output.out.write(json.dumps(entry, ensure_ascii=False) + "\n")
    return ExitCode.OK


def _write_csv(entries: Iterable[dict[str, Any]], output: Output) -> None:
    import csv

    from stack.audit.records import ENTRY_COLUMNS

    writer = csv.writer(output.out)
    writer.writerow(ENTRY_COLUMNS)
    for entry in entries:
        cells = (entry[name] for name in ENTRY_COLUMNS)
        writer.writerow(
            [
                defuse_cell(json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict) else cell)
                for cell in cells
            ]
        )


def _verify(arguments: argparse.Namespace, output: Output) -> int:
    _start("stack audit verify")
    from stack.accounts.queries import local_principal
    from stack.audit.operations import record_break
    from stack.audit.verification import count_entries, verify_chain

    checkpoints, faults = _read_checkpoints(arguments)
    faults = sorted([*faults, *verify_chain(checkpoints=checkpoints)], key=lambda fault: fault.sequence)
    entries = count_entries()
    if faults:
        record_break(local_principal(), faults)
    if output.is_json:
        output.write_json(
            {
                "entries": entries,
                "checkpoints": len(checkpoints),
                "faults": [
                    {"sequence": each.sequence, "kind": each.kind, "detail": each.detail} for each in faults
                ],
            }
        )
    else:
        for fault in faults:
            output.write_line(f"{fault.kind}: {fault.detail}")
        if not faults:
            output.note(f"the log is whole; entries: {entries:,}, checkpoints: {len(checkpoints):,}")
    return ExitCode.NOTHING_FOUND if faults else ExitCode.OK


def _read_checkpoints(arguments: argparse.Namespace) -> "tuple[list[Checkpoint], list[ChainFault]]":
    from stack.audit.checkpoints import find_forged, read_checkpoints
    from stack.audit.operations import checkpoint_file

    path = Path(arguments.checkpoint) if arguments.checkpoint else checkpoint_file()
    if not arguments.checkpoint and not path.exists():
        return [], []
    keys = None
    if arguments.public_key:
        try:
            keys = Path(arguments.public_key).read_bytes()
        except OSError as error:
            raise BadInput(f"{arguments.public_key}: cannot be read: {error.strerror}") from None
    return find_forged(read_checkpoints(path), public_keys=keys)


def _take_checkpoint(arguments: argparse.Namespace, output: Output) -> int:
    _start("stack audit checkpoint")
    from stack.accounts.queries import local_principal
    from stack.audit.checkpoints import write_line
    from stack.audit.operations import make_checkpoint, record_checkpoint, write_checkpoint

    if arguments.public_key:
        return _write_public_keys(output)
    path = Path(arguments.out) if arguments.out else None
    checkpoint = write_checkpoint(path) if path else make_checkpoint()
    if checkpoint is None:
        output.note("nothing has been recorded yet")
        return ExitCode.NOTHING_FOUND
    record_checkpoint(local_principal(), checkpoint)
    if path is None or output.is_json:
        output.out.write(write_line(checkpoint).decode())
    else:
        output.note(f"entry {checkpoint.sequence:,} is in {path}: keep it on another machine")
    return ExitCode.OK


def _write_public_keys(output: Output) -> int:
    from stack.audit.checkpoints import PURPOSE
    from stack.vault.queries import list_public_keys

    keys = list_public_keys(PURPOSE)
    if output.is_json:
        output.write_json([{"key": key.key_id, "pem": key.pem} for key in keys])
    else:
        for key in keys:
            output.out.write(f"key {key.key_id}\n{key.pem}")
    return ExitCode.OK if keys else ExitCode.NOTHING_FOUND


def _start(command: str) -> None:
    from stack.cli.backend.choice import require_local, start_local

    require_local(command)
    start_local()
