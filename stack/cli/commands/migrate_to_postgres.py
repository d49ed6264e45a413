"""Move the installation of the data folder from SQLite to PostgreSQL, every row.

Stop Stack before: the data folder is locked meanwhile. The copy is read back and compared table by table, the
audit log and the vault are proven, and only then is it put in place; cut short, it is begun again. The SQLite
file stays as it was. The password may come from the environment (PGPASSWORD) instead of the URL.
"""

import argparse
import os
from dataclasses import asdict

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Output
from stack.core.errors import BadInput

NEEDS: dict[str, Permission | None] = {"": None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="postgresql://user@host:port/name")
    parser.add_argument("--replace", action="store_true", help="put it in the place of an installation there")
    parser.add_argument(
        "--replace-nul", action="store_true", help="replace characters that PostgreSQL does not keep"
    )
    add_output_options(parser, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import require_local
    from stack.cli.initialise import start_django

    require_local("stack migrate-to-postgres")
    if not arguments.url.startswith(("postgresql://", "postgres://")):
        raise BadInput("This is no address of a PostgreSQL", remedy="Expected postgresql://user@host/name.")
    os.environ["STACK_DATABASE"] = arguments.url
    start_django()
    from stack.cli.safekeeping.moving import move_installation

    report = move_installation(replace=arguments.replace, replace_nul=arguments.replace_nul, say=output.note)
    if output.is_json:
        output.write_json(asdict(report))
    else:
        output.write_pairs(
            [
                ("moved to", report.place),
                ("rows", report.rows),
                ("objects", report.objects),
                ("audit entries", report.audit_entries),
                ("seconds", report.seconds),
            ]
        )
        output.note("every table was read back and is the same; from now on, start Stack with")
        output.note("  STACK_DATABASE=postgresql://…   (the address that you gave)")
        output.note(
            "  STACK_DATA=…                    (as before: keys, stored files and checkpoints stay there)"
        )
        output.note("stack.sqlite3 is as it was: keep it until you have a backup, then remove it")
    for place, count in report.replaced.items():
        output.warn(f"stack: {place}: {count} values held what PostgreSQL does not keep; U+FFFD stands there")
    return ExitCode.PARTLY_DONE if report.replaced else ExitCode.OK
