"""List, create and rename organisations, or say who in them needs a second factor."""

import argparse
from dataclasses import asdict

from stack.accounts.roles import Permission, Role
from stack.cli.arguments import add_actions, add_output_options, read_text
from stack.cli.backend.people import OrganisationView
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Cell, Column, Output

NEEDS: dict[str, Permission | None] = {
    "list": Permission.READ,
    "create": Permission.ADMINISTER,
    "rename": Permission.MANAGE_MEMBERS,
    "require-mfa": Permission.MANAGE_MEMBERS,
}
_COLUMNS = [
    Column("id", numeric=True),
    Column("name", flexible=True),
    Column("members", numeric=True),
    Column("mfa_from"),
    Column("created"),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    add_output_options(actions.add_parser("list", help="all organisations"))
    creation = actions.add_parser("create", help="a new organisation, without members")
    creation.add_argument("name", type=read_text, metavar="NAME", help="its name")
    renaming = actions.add_parser("rename", help="another name for an organisation")
    renaming.add_argument("org", type=read_text, metavar="ORG", help="its name or number")
    renaming.add_argument("name", type=read_text, metavar="NAME", help="the new name")
    mfa = actions.add_parser("require-mfa", help="who needs a second factor to get in")
    mfa.add_argument("org", type=read_text, metavar="ORG", help="its name or number")
    mfa.add_argument("role", choices=[*map(str, Role), "nobody"], help="this role and all above it")
    for action in (creation, renaming, mfa):
        add_output_options(action, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import open_people
    from stack.cli.naming import find_organisation

    people = open_people()
    if arguments.action == "list":
        return _write_list(people.list_organisations(), output)
    if arguments.action == "create":
        return _write(people.create_organisation(arguments.name), output)
    found = find_organisation(people, arguments.org)
    if arguments.action == "rename":
        return _write(people.rename_organisation(found.id, arguments.name), output)
    role = None if arguments.role == "nobody" else arguments.role
    return _write(people.require_mfa(found.id, role), output)


def _write_list(rows: list[OrganisationView], output: Output) -> int:
    rows = sorted(rows, key=lambda row: row.name)
    if output.is_json:
        output.write_records(asdict(row) for row in rows)
    else:
        output.write_table(_COLUMNS, [_make_row(row) for row in rows])
    return ExitCode.OK


def _write(row: OrganisationView, output: Output) -> int:
    if output.is_json:
        output.write_json(asdict(row))
    else:
        output.write_pairs(zip((column.title for column in _COLUMNS), _make_row(row), strict=True))
    return ExitCode.OK


def _make_row(row: OrganisationView) -> list[Cell]:
    return [row.id, row.name, row.members, row.require_mfa_from, row.created_at[:10]]
