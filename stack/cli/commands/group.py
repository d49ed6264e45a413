"""Sharing groups: organisations that share with one another."""

import argparse
from dataclasses import asdict

from stack.accounts.roles import Permission
from stack.cli.arguments import add_actions, add_output_options, read_text
from stack.cli.backend.people import GroupView, OrganisationView, People
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Column, Output

NEEDS: dict[str, Permission | None] = {
    "list": Permission.READ,
    "create": Permission.ADMINISTER,
    "members": Permission.ADMINISTER,
    "delete": Permission.ADMINISTER,
}
_COLUMNS = [Column("id", numeric=True), Column("name", flexible=True), Column("organisations", flexible=True)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    add_output_options(actions.add_parser("list", help="the groups of your organisation, or all of them"))
    creation = actions.add_parser("create", help="a new group")
    creation.add_argument("name", type=read_text, metavar="NAME", help="its name")
    creation.add_argument(
        "--org", action="append", default=[], type=read_text, metavar="ORG", help="who is in it (repeatable)"
    )
    members = actions.add_parser("members", help="who is in a group; who leaves sees nothing of it any more")
    members.add_argument("group", type=read_text, metavar="GROUP", help="its name or number")
    for option, text in (("--add", "an organisation to add"), ("--remove", "an organisation to remove")):
        members.add_argument(
            option, action="append", default=[], type=read_text, metavar="ORG", help=f"{text} (repeatable)"
        )
    deletion = actions.add_parser("delete", help="end a group: what was shared with it is no longer")
    deletion.add_argument("group", type=read_text, metavar="GROUP", help="its name or number")
    deletion.add_argument("--yes", action="store_true", help="do not ask")
    for action in (creation, members, deletion):
        add_output_options(action, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import open_people
    from stack.cli.naming import confirm, find_group

    people = open_people()
    known = people.list_organisations()
    match arguments.action:
        case "list":
            return _write_list(people.list_groups(), known, output)
        case "create":
            ids = _find_ids(people, arguments.org)
            return _write(people.create_group(arguments.name, sorted(ids)), known, output)
        case "members":
            group = find_group(people, arguments.group)
            if arguments.add or arguments.remove:
                ids = {*group.organisation_ids} | _find_ids(people, arguments.add)
                ids -= _find_ids(people, arguments.remove)
                group = people.set_group_members(group.id, sorted(ids))
            return _write(group, known, output)
    group = find_group(people, arguments.group)
    if not arguments.yes:
        confirm(f"End the group “{group.name}”?", refused="deleting a group")
    people.delete_group(group.id)
    if output.is_json:
        output.write_json({"id": group.id, "deleted": True})
    else:
        output.note(f"the group “{group.name}” is deleted")
    return ExitCode.OK


def _find_ids(people: People, words: list[str]) -> set[int]:
    from stack.cli.naming import find_organisation

    return {find_organisation(people, word).id for word in words}


def _write_list(rows: list[GroupView], known: list[OrganisationView], output: Output) -> int:
    rows = sorted(rows, key=lambda row: row.name)
    if output.is_json:
        output.write_records(asdict(row) for row in rows)
    else:
        output.write_table(_COLUMNS, [[row.id, row.name, _name_members(row, known)] for row in rows])
    return ExitCode.OK if rows else ExitCode.NOTHING_FOUND


def _write(row: GroupView, known: list[OrganisationView], output: Output) -> int:
    if output.is_json:
        output.write_json(asdict(row))
    else:
        output.write_pairs([("id", row.id), ("name", row.name), ("organisations", _name_members(row, known))])
    return ExitCode.OK


def _name_members(row: GroupView, known: list[OrganisationView]) -> str:
    names = {each.id: each.name for each in known}
    return ", ".join(names.get(number, str(number)) for number in row.organisation_ids)
