"""Check that everything is as it should be, and say what to do where it is not.

Changes nothing. Exit code 0 when all is well, 3 otherwise. With STACK_URL set it checks that server.
"""

import argparse
import os
from dataclasses import asdict

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Column, Output

NEEDS: dict[str, Permission | None] = {"": None}

_COLUMNS = [
    Column("check"),
    Column("state"),
    Column("detail", flexible=True),
    Column("remedy", flexible=True),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_output_options(parser)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import is_remote, read_token
    from stack.cli.doctor.base import State
    from stack.cli.doctor.local import diagnose_local
    from stack.cli.doctor.server import diagnose_remote
    from stack.cli.initialise import start_django

    if is_remote():
        findings = list(diagnose_remote(os.environ["STACK_URL"], read_token()))
    else:
        start_django()
        findings = list(diagnose_local())
    is_well = all(finding.state is State.OK for finding in findings)
    if output.is_json:
        records = [asdict(finding) for finding in findings]
        if arguments.json:
            output.write_json({"ok": is_well, "checks": records})
        else:
            output.write_records(records)
    else:
        rows = [[finding.check, finding.state.value, finding.detail, finding.remedy] for finding in findings]
        output.write_table(_COLUMNS, rows)
    return ExitCode.OK if is_well else ExitCode.PARTLY_DONE
