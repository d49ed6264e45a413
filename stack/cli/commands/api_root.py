"""API roots of TAXII: where clients find collections."""

import argparse

from stack.accounts.roles import Permission
from stack.cli.arguments import add_actions, add_output_options, read_text
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Column, Output

NEEDS: dict[str, Permission | None] = {
    "list": Permission.READ,
    "create": Permission.ADMINISTER,
    "delete": Permission.ADMINISTER,
}
_COLUMNS = [Column("slug"), Column("title", flexible=True), Column("taxii")]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    add_output_options(actions.add_parser("list", help="those in which you may find something"))
    creation = actions.add_parser("create", help="another one beside your organisation's and its groups'")
    creation.add_argument("slug", type=read_text, metavar="NAME", help="how its address ends: /taxii2/NAME/")
    creation.add_argument("--title", type=read_text, metavar="TITLE", help="what people call it")
    creation.add_argument("--description", type=read_text, default="", metavar="TEXT", help="what it is for")
    creation.add_argument("--org", type=read_text, metavar="ORG", help="whose it is (default: yours)")
    deletion = actions.add_parser("delete", help="only while there are no collections in it")
    deletion.add_argument("slug", type=read_text, metavar="NAME", help="its name")
    for action in (creation, deletion):
        add_output_options(action, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.sharing import open_sharing

    sharing = open_sharing()
    match arguments.action:
        case "list":
            rows = sharing.list_api_roots()
            if output.is_json:
                output.write_records(rows)
            else:
                output.write_table(_COLUMNS, [[row["slug"], row["title"], row["taxii"]] for row in rows])
            return ExitCode.OK
        case "create":
            row = sharing.create_api_root(
                arguments.slug,
                arguments.title or arguments.slug,
                arguments.description,
                _find_organisation(arguments.org),
            )
            if output.is_json:
                output.write_json(row)
            else:
                output.write_pairs(row.items())
            return ExitCode.OK
    sharing.delete_api_root(arguments.slug)
    if output.is_json:
        output.write_json({"slug": arguments.slug, "deleted": True})
    else:
        output.note(f"the API root {arguments.slug} is deleted")
    return ExitCode.OK


def _find_organisation(word: str | None) -> int | None:
    from stack.cli.backend.choice import open_people
    from stack.cli.naming import find_organisation

    return None if word is None else find_organisation(open_people(), word).id
