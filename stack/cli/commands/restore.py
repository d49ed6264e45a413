"""Put the installation of a backup in place, on either database.

The archive is checked first, then restored beside what is there and proven whole: rows, audit log, vault,
stored files. Only then does it take its place. Stop Stack before. An archive of SQLite restores into
PostgreSQL and the other way round; an archive of an older Stack is brought up to date.
"""

import argparse
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Output

NEEDS: dict[str, Permission | None] = {"": None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="ARCHIVE", help="as “stack backup” wrote it")
    parser.add_argument(
        "--into",
        metavar="WHERE",
        help="a data folder, or postgresql://… (default: what STACK_DATA and STACK_DATABASE name)",
    )
    parser.add_argument("--keys", metavar="FILE", help="the keys that “stack backup --keys” wrote")
    parser.add_argument("--replace", action="store_true", help="put it in the place of an installation")
    parser.add_argument(
        "--accept-broken-log", action="store_true", help="also when its audit log was broken already"
    )
    parser.add_argument(
        "--replace-nul", action="store_true", help="replace characters that PostgreSQL does not keep"
    )
    add_output_options(parser, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import require_local
    from stack.cli.initialise import start_django

    require_local("stack restore")
    if arguments.into:
        _aim(arguments.into)
    start_django()
    from stack.cli.safekeeping.restoring import RestoreOptions, restore

    options = RestoreOptions(
        keys_path=Path(arguments.keys) if arguments.keys else None,
        replace=arguments.replace,
        accept_broken_log=arguments.accept_broken_log,
        replace_nul=arguments.replace_nul,
    )
    report = restore(Path(arguments.path), options, say=output.note)
    if output.is_json:
        output.write_json(asdict(report))
    else:
        moment = datetime.fromtimestamp(report.created_at / 1e6, UTC).isoformat(timespec="seconds")
        output.write_pairs(
            [
                ("restored", report.place),
                ("as of", moment),
                ("rows", report.rows),
                ("objects", report.objects),
                ("audit entries", report.audit_entries),
                ("artifacts", report.artifacts),
                ("indexed", report.index),
                ("seconds", report.seconds),
            ]
        )
    for place, count in report.replaced.items():
        output.warn(f"stack: {place}: {count} values held what PostgreSQL does not keep; U+FFFD stands there")
    if report.index is None:
        output.warn("stack: the search index was not built: run “stack search rebuild”")
    for name in report.broken:
        output.warn(f"stack: the stored file {name} does not open")
    return ExitCode.PARTLY_DONE if report.broken or report.replaced else ExitCode.OK


def _aim(where: str) -> None:
    """The settings read these when they are loaded."""
    if where.startswith(("postgresql://", "postgres://")):
        os.environ["STACK_DATABASE"] = where
    else:
        os.environ["STACK_DATA"] = where
        os.environ.pop("STACK_DATABASE", None)
