"""Outputs: a collection or a query in one format at an address of its own."""

import argparse

from stack.accounts.roles import Permission
from stack.cli.arguments import add_actions, add_output_options, add_tlp_option, read_positive, read_text
from stack.cli.backend.exports import Document, Exports, OutputKeyDraft
from stack.cli.commands.export import add_export_options
from stack.cli.commands.key import read_expiry
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Column, Output

NEEDS: dict[str, Permission | None] = {
    "list": Permission.READ,
    "show": Permission.READ,
    "create": Permission.MANAGE_SHARING,
    "change": Permission.MANAGE_SHARING,
    "delete": Permission.MANAGE_SHARING,
    "key": Permission.OUTPUTS,
}
_COLUMNS = [
    Column("id", numeric=True),
    Column("title", flexible=True),
    Column("format"),
    Column("of", flexible=True),
    Column("keys", numeric=True),
    Column("entries", numeric=True),
    Column("fetched"),
    Column("path"),
]
_KEYS = [
    Column("id", numeric=True),
    Column("key", flexible=True),
    Column("owner"),
    Column("from", flexible=True),
    Column("fetches", numeric=True),
    Column("fetched"),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    add_output_options(actions.add_parser("list", help="those of your organisation"))
    creation = actions.add_parser("create", help="a new one; make its keys apart")
    creation.add_argument("title", type=read_text, metavar="TITLE", help="what people call it")
    change = actions.add_parser("change", help="what is not named stays as it is, as do address and keys")
    for name, text in (
        ("show", "one, with its keys and what came out of it last"),
        ("delete", "end it and revoke its keys"),
        ("key", "a key that opens it and nothing else; its text is shown this once"),
    ):
        action = actions.add_parser(name, help=text)
        _add_id(action)
        if name == "delete":
            action.add_argument("--yes", action="store_true", help="do not ask")
        if name == "key":
            _add_key_options(action)
        add_output_options(action, lines=False)
    _add_id(change)
    change.add_argument("--title", type=read_text, metavar="TITLE", help="what people call it")
    for action in (creation, change):
        what = action.add_mutually_exclusive_group(required=action is creation)
        what.add_argument("--query", type=read_text, metavar="Q", help="what it finds; * for everything")
        what.add_argument("--collection", type=read_text, metavar="C", help="by its number, id or alias")
        action.add_argument("--description", type=read_text, metavar="TEXT", help="what it is for")
        add_export_options(action, default=None)
        add_output_options(action, lines=False)


def _add_id(action: argparse.ArgumentParser) -> None:
    action.add_argument("output", type=read_positive, metavar="ID", help="the id of “stack output list”")


def _add_key_options(action: argparse.ArgumentParser) -> None:
    action.add_argument("--name", type=read_text, default="output", metavar="NAME", help="who uses it")
    action.add_argument(
        "--expires", type=read_expiry, metavar="WHEN", help="30d, 12w, 1y, or a date like 2027-01-31"
    )
    action.add_argument(
        "--network", action="append", default=[], metavar="CIDR", help="where it works from (repeatable)"
    )
    add_tlp_option(action, "the highest TLP level that it reads (default: yours)")
    action.add_argument(
        "--for", dest="owner", type=read_text, metavar="USER", help="a program of yours that has no sign-in"
    )


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.exports import open_exports

    exports = open_exports()
    match arguments.action:
        case "list":
            return _write_list(exports.list_outputs(), output)
        case "delete":
            return _delete(exports, arguments, output)
        case "key":
            return _create_key(exports, arguments, output)
        case "show":
            row = exports.get_output(arguments.output)
        case "create":
            row = exports.create_output({"format": "stix"} | _read_draft(arguments))
        case _:
            row = exports.change_output(arguments.output, _read_draft(arguments))
    return _write(exports, row, output)


def _read_draft(arguments: argparse.Namespace) -> Document:
    """What was given."""
    draft: Document = {
        "title": arguments.title,
        "description": arguments.description,
        "format": arguments.format,
        "options": None if arguments.option is None else dict(arguments.option),
        "query": arguments.query,
        "collection": arguments.collection,
        "types": arguments.type,
        "min_confidence": arguments.min_confidence,
        "tlp_ceiling": arguments.tlp,
        "known_good": arguments.known_good,
        "invalid": arguments.invalid,
    }
    return {name: value for name, value in draft.items() if value is not None}


def _create_key(exports: Exports, arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import open_people
    from stack.cli.naming import find_member

    owner = None if arguments.owner is None else find_member(open_people(), arguments.owner, None).id
    draft = OutputKeyDraft(
        name=arguments.name,
        expires_at=arguments.expires,
        networks=tuple(arguments.network),
        tlp_ceiling=arguments.tlp,
        member_id=owner,
    )
    made = exports.create_key(arguments.output, draft)
    if output.is_json:
        output.write_json(made | {"url": exports.locate(made["path"])})
        return ExitCode.OK
    output.write_line(made["key"])
    output.note(f"address with the key in it: {exports.locate(made['path'])}")
    output.note("keep it now: it is not shown again")
    return ExitCode.OK


def _delete(exports: Exports, arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.naming import confirm

    row = exports.get_output(arguments.output)
    if not arguments.yes:
        confirm(f"End the output “{row['title']}” and its keys?", refused="deleting an output")
    exports.delete_output(arguments.output)
    if output.is_json:
        output.write_json({"id": row["id"], "deleted": True})
    else:
        output.note(f"the output “{row['title']}” is deleted")
    return ExitCode.OK


def _write_list(rows: list[Document], output: Output) -> int:
    if output.is_json:
        output.write_records(rows)
    else:
        output.write_table(
            _COLUMNS,
            [
                [
                    row["id"],
                    row["title"],
                    row["format"],
                    row["collection"] or row["query"],
                    len(row["keys"]),
                    row["last_run"]["entries"] if row["last_run"] else None,
                    _shorten(max((key["fetched_at"] or "" for key in row["keys"]), default="")),
                    row["path"],
                ]
                for row in rows
            ],
        )
    return ExitCode.OK if rows else ExitCode.NOTHING_FOUND


def _write(exports: Exports, row: Document, output: Output) -> int:
    if output.is_json:
        output.write_json(row)
        return ExitCode.OK
    options = " ".join(f"{name}={value}" for name, value in row["options"].items())
    output.write_pairs(
        [
            *((name, row[name]) for name in ("id", "title", "description", "format")),
            ("options", options),
            ("of", row["collection"] or row["query"]),
            *((name, row[name]) for name in ("min_confidence", "tlp_ceiling", "known_good", "invalid")),
            ("address", exports.locate(row["path"])),
        ]
    )
    if row["keys"]:
        output.write_table(
            _KEYS,
            [
                [
                    key["id"],
                    key["name"],
                    key["owner"],
                    " ".join(key["networks"]) or "anywhere",
                    key["fetches"],
                    _shorten(key["fetched_at"] or ""),
                ]
                for key in row["keys"]
            ],
        )
    return ExitCode.OK


def _shorten(time: str) -> str:
    return time[:16].replace("T", " ")
