"""Collections: what is gathered to share, with whom, and what is in them."""

import argparse

from stack.accounts.roles import Permission
from stack.cli.arguments import add_actions, add_output_options, read_text
from stack.cli.backend.sharing import CollectionDraft, Document, SharingBackend
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Column, Output

NEEDS: dict[str, Permission | None] = {
    "list": Permission.READ,
    "show": Permission.READ,
    "objects": Permission.EXPORT,
    "create": Permission.MANAGE_SHARING,
    "change": Permission.MANAGE_SHARING,
    "delete": Permission.MANAGE_SHARING,
    "add": Permission.INGEST,
    "remove": Permission.INGEST,
}
_COLUMNS = [
    Column("id", numeric=True),
    Column("title", flexible=True),
    Column("alias"),
    Column("root"),
    Column("may"),
    Column("query", flexible=True),
    Column("uid"),
]
_OBJECTS = [Column("stix_id"), Column("version"), Column("added_at")]
_NAME = "its number, TAXII id or alias"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    add_output_options(actions.add_parser("list", help="those that you may read or write"))
    creation = actions.add_parser("create", help="a new one, filled by a query or by hand")
    creation.add_argument("title", type=read_text, metavar="TITLE", help="what people call it")
    creation.add_argument("--root", metavar="ROOT", help="its API root (default: your organisation's)")
    change = actions.add_parser("change", help="what is not named stays as it is")
    change.add_argument("name", type=read_text, metavar="COLLECTION", help=_NAME)
    change.add_argument("--title", type=read_text, metavar="TITLE", help="what people call it")
    for action in (creation, change):
        _add_options(action)
    for name, text in (
        ("show", "one, with how many objects you see of it"),
        ("objects", "what is in it, in the order in which it came in"),
        ("delete", "end it; its objects stay in the store"),
        ("add", "put objects in by hand"),
        ("remove", "take objects out by hand; they stay in the store"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("name", type=read_text, metavar="COLLECTION", help=_NAME)
        if name == "delete":
            action.add_argument("--yes", action="store_true", help="do not ask")
        if name in {"add", "remove"}:
            action.add_argument("stix_ids", nargs="+", type=read_text, metavar="ID", help="STIX ids")
        add_output_options(action, lines=name == "objects")


def _add_options(action: argparse.ArgumentParser) -> None:
    action.add_argument("--query", type=read_text, metavar="QUERY", help="what feeds it; * for everything")
    action.add_argument("--alias", type=read_text, metavar="ALIAS", help="a short name for its address")
    action.add_argument("--description", type=read_text, metavar="TEXT", help="what it is for")
    for option, text in (
        ("--reader", "everyone, org:NAME or group:NAME beside you (repeatable)"),
        ("--writer", "who else may post into it (repeatable)"),
    ):
        action.add_argument(option, action="append", type=read_text, metavar="WHO", help=text)
    writing = action.add_mutually_exclusive_group()
    writing.add_argument("--writable", action="store_true", help="your organisation may post into it")
    writing.add_argument("--read-only", action="store_true", help="nobody may post into it")
    add_output_options(action, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.sharing import open_sharing

    sharing = open_sharing()
    match arguments.action:
        case "list":
            return _write_list(sharing.list_collections(), output)
        case "objects":
            return _write_objects(sharing, arguments.name, output)
        case "delete":
            return _delete(sharing, arguments, output)
        case "add" | "remove":
            return _change_objects(sharing, arguments, output)
        case "show":
            row = sharing.get_collection(arguments.name)
        case "create":
            row = sharing.create_collection(_read_draft(arguments))
        case _:
            row = sharing.change_collection(arguments.name, _read_draft(arguments))
    return _write(row, output)


def _change_objects(sharing: SharingBackend, arguments: argparse.Namespace, output: Output) -> int:
    if arguments.action == "add":
        count = sharing.add_objects(arguments.name, arguments.stix_ids)
    else:
        for stix_id in arguments.stix_ids:
            sharing.remove_object(arguments.name, stix_id)
        count = len(arguments.stix_ids)
    if output.is_json:
        output.write_json({"collection": arguments.name, "objects": count})
    else:
        output.note(f"{count:,} objects")
    return ExitCode.OK if count else ExitCode.NOTHING_FOUND


def _read_draft(arguments: argparse.Namespace) -> CollectionDraft:
    sets_writers = bool(arguments.writer or arguments.writable or arguments.read_only)
    return CollectionDraft(
        title=arguments.title,
        description=arguments.description,
        query=arguments.query,
        alias=arguments.alias,
        root=getattr(arguments, "root", None),
        readers=arguments.reader,
        writers=None if arguments.read_only else (arguments.writer or []),
        sets_writers=sets_writers,
    )


def _delete(sharing: SharingBackend, arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.naming import confirm

    row = sharing.get_collection(arguments.name)
    if not arguments.yes:
        confirm(f"End the collection “{row['title']}”?", refused="deleting a collection")
    sharing.delete_collection(arguments.name)
    if output.is_json:
        output.write_json({"id": row["id"], "deleted": True})
    else:
        output.note(f"the collection “{row['title']}” is deleted")
    return ExitCode.OK


def _write_list(rows: list[Document], output: Output) -> int:
    if output.is_json:
        output.write_records(rows)
    else:
        output.write_table(
            _COLUMNS,
            [
                [row["id"], row["title"], row["alias"], row["root"], _say_may(row), row["query"], row["uid"]]
                for row in rows
            ],
        )
    return ExitCode.OK if rows else ExitCode.NOTHING_FOUND


def _write_objects(sharing: SharingBackend, name: str, output: Output) -> int:
    rows = sharing.iterate_objects(name)
    if output.is_json:
        output.write_records(rows)
    else:
        output.write_table(_OBJECTS, ([row["stix_id"], row["version"], row["added_at"]] for row in rows))
    return ExitCode.OK


def _write(row: Document, output: Output) -> int:
    if output.is_json:
        output.write_json(row)
        return ExitCode.OK
    shown = row | {
        "readers": ", ".join(row["readers"]) or row["organisation"],
        "writers": "nobody" if row["writers"] is None else ", ".join(row["writers"]) or row["organisation"],
    }
    names = ("id", "title", "alias", "description", "query", "readers", "writers", "objects", "uid", "taxii")
    output.write_pairs([(name, shown.get(name)) for name in names])
    return ExitCode.OK


def _say_may(row: Document) -> str:
    return " ".join(word for word, may in (("read", row["can_read"]), ("write", row["can_write"])) if may)
