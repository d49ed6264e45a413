"""Feeds: what is read on a schedule, how it does, and a look before it is."""

import argparse
from typing import Any

from stack.accounts.roles import Permission
from stack.cli.arguments import add_actions, add_output_options, read_text
from stack.cli.backend.feeds import Document, FeedsBackend
from stack.cli.exit_codes import ExitCode
from stack.cli.handling import add_handling_options, read_handling_options
from stack.cli.output import Column, Output

NEEDS: dict[str, Permission | None] = {
    "vendors": Permission.READ,
    "list": Permission.READ,
    "show": Permission.READ,
    "add": Permission.MANAGE_SOURCES,
    "change": Permission.MANAGE_SOURCES,
    "enable": Permission.MANAGE_SOURCES,
    "disable": Permission.MANAGE_SOURCES,
    "preview": Permission.MANAGE_SOURCES,
    "test": Permission.MANAGE_SOURCES,
    "run": Permission.MANAGE_SOURCES,
    "remove": Permission.MANAGE_SOURCES,
}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_HELP = {
    "vendors": "from whom feeds can be had, and what each takes",
    "list": "the feeds of your organisation, and how they do",
    "show": "one feed, its last visits, and how much of what it says others say too",
    "add": "a new feed; it is off until you enable it",
    "change": "change a feed; what is not named stays",
    "enable": "visit it on its schedule from now on",
    "disable": "visit it no more; what it brought stays",
    "preview": "show what it would bring; nothing is stored",
    "test": "whether address, credentials and format are as they should be",
    "run": "visit it now, and wait for what it brings",
    "remove": "forget it with its credentials; what it brought stays with its source",
}
_VENDOR_COLUMNS = [
    Column("name"),
    Column("title", flexible=True),
    Column("every"),
    Column("credentials", flexible=True),
    Column("options", flexible=True),
]
_COLUMNS = [
    Column("id", numeric=True),
    Column("name", flexible=True),
    Column("vendor"),
    Column("health"),
    Column("every"),
    Column("last success"),
    Column("new", numeric=True),
    Column("known", numeric=True),
    Column("rejected", numeric=True),
    Column("note", flexible=True),
]
_RUN_COLUMNS = [
    *(Column(name) for name in ("started", "outcome")),
    *(Column(name, numeric=True) for name in ("bytes", "new", "known", "updated", "rejected", "job")),
    Column("error", flexible=True),
]
_CHECK_COLUMNS = [Column("step"), Column("result"), Column("message", flexible=True)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    for name, text in _HELP.items():
        action = actions.add_parser(name, help=text)
        if name == "add":
            action.add_argument(
                "vendor", type=read_text, metavar="VENDOR", help="one of `stack feed vendors`"
            )
            action.add_argument("--enable", action="store_true", help="enable it at once")
        elif name in {"preview", "test"}:
            action.add_argument("feed", type=read_text, metavar="FEED|VENDOR", help="a feed, or a vendor")
        elif name not in {"vendors", "list"}:
            action.add_argument("feed", type=read_text, metavar="FEED", help="its name or number")
        if name in {"add", "change"}:
            action.add_argument("--name", type=read_text, help="its name, which is that of its source")
            action.add_argument("--every", type=read_period, metavar="TIME", help="such as 30m, 6h or 1d")
            add_handling_options(action)
        if name in {"add", "change", "preview", "test"}:
            _add_choices(action)
        if name == "run":
            action.add_argument("--again", action="store_true", help="also what has not changed")
        if name == "remove":
            action.add_argument("--yes", action="store_true", help="do not ask")
        add_output_options(action, lines=name in {"vendors", "list"})


def _add_choices(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--option",
        action="append",
        type=read_text,
        metavar="NAME=VALUE",
        help="an option of the vendor, such as url=https://… (repeatable)",
    )
    action.add_argument(
        "--credential",
        action="append",
        type=read_text,
        metavar="NAME",
        help="a credential that is asked for, or is a line of standard input (repeatable)",
    )


def read_period(text: str) -> int:
    """Seconds of `90s`, `30m`, `6h` or `1d`."""
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in _UNITS or int(number) < 1:
        raise argparse.ArgumentTypeError(f"expected a time such as 30m, 6h or 1d, got {text!r}")
    return int(number) * _UNITS[unit]


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.feeds import open_feeds

    feeds = open_feeds()
    match arguments.action:
        case "vendors":
            return _write_vendors(feeds.list_vendors(), output)
        case "list":
            return _write_list(feeds.list_feeds(), output)
        case "add":
            draft = _read_changes(arguments) | {"vendor": arguments.vendor}
            row = feeds.add_feed(draft)
            if arguments.enable:
                row = feeds.change_feed(row["id"], {"is_enabled": True})
            return _write(row, output)
        case "preview" | "test":
            return _look(feeds, arguments, output)
        case _:
            return _act(feeds, _find(feeds, arguments.feed), arguments, output)


def _act(feeds: FeedsBackend, row: Document, arguments: argparse.Namespace, output: Output) -> int:
    feed_id = int(row["id"])
    match arguments.action:
        case "show":
            return _show(row, feeds.get_health(feed_id), output)
        case "change":
            changes = _read_changes(arguments)
            _keep_options(changes, row)
            return _write(feeds.change_feed(feed_id, changes), output)
        case "enable" | "disable":
            return _write(feeds.change_feed(feed_id, {"is_enabled": arguments.action == "enable"}), output)
        case "run":
            row = feeds.run_feed(feed_id, again=arguments.again)
            _write(row, output)
            failed = row["last_run"] is not None and row["last_run"]["outcome"] == "failed"
            return ExitCode.PARTLY_DONE if failed else ExitCode.OK
        case _:
            return _remove(feeds, row, arguments, output)


def _remove(feeds: FeedsBackend, row: Document, arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.naming import confirm

    if not arguments.yes:
        confirm(f"Remove the feed “{row['name']}”?", refused="removing a feed")
    feeds.remove_feed(row["id"])
    if output.is_json:
        output.write_json({"id": row["id"], "removed": True})
    else:
        output.note(f"the feed “{row['name']}” is removed; its source and what it stated stay")
    return ExitCode.OK


def _look(feeds: FeedsBackend, arguments: argparse.Namespace, output: Output) -> int:
    asked = _read_choices(arguments)
    rows = [row for row in feeds.list_feeds() if arguments.feed in (row["name"], str(row["id"]))]
    if rows:
        asked["feed_id"] = rows[0]["id"]
        _keep_options(asked, rows[0])
    else:
        asked["vendor"] = arguments.feed
    if arguments.action == "preview":
        return _write_preview(feeds.preview_feed(asked), output)
    steps = feeds.check_feed(asked)
    if output.is_json:
        output.write_json({"items": steps})
    else:
        said = [[step["step"], "good" if step["is_good"] else "bad", step["message"]] for step in steps]
        output.write_table(_CHECK_COLUMNS, said)
    return ExitCode.OK if all(step["is_good"] for step in steps) else ExitCode.PARTLY_DONE


def _find(feeds: FeedsBackend, word: str) -> Document:
    from stack.core.errors import NotFound

    rows = feeds.list_feeds()
    for row in rows:
        if row["name"].casefold() == word.casefold():
            return row
    for row in rows:
        if str(row["id"]) == word:
            return row
    raise NotFound(f"There is no feed “{word}”", remedy="“stack feed list” shows their numbers and names.")


def _read_changes(arguments: argparse.Namespace) -> Document:
    changes: dict[str, Any] = _read_choices(arguments)
    if arguments.name is not None:
        changes["name"] = arguments.name
    if arguments.every is not None:
        changes["every_s"] = arguments.every
    chosen = read_handling_options(arguments)
    if chosen.tlp or chosen.markings or chosen.share_with or chosen.embargo_until:
        fields = {
            "tlp": chosen.tlp,
            "markings": list(chosen.markings),
            "share_with": list(chosen.share_with),
            "embargo_until": chosen.embargo_until,
        }
        changes["handling"] = {name: value for name, value in fields.items() if value}
    return changes


def _read_choices(arguments: argparse.Namespace) -> Document:
    """`options` and `credentials` as far as they were given."""
    from stack.core.errors import BadInput

    found: Document = {}
    for text in arguments.option or []:
        name, mark, value = text.partition("=")
        if not mark:
            raise BadInput(f"--option {text}: expected NAME=VALUE")
        found.setdefault("options", {})[name] = value
    for name in arguments.credential or []:
        found.setdefault("credentials", {})[name] = _ask_secret(name)
    return found


def _keep_options(changes: Document, row: Document) -> None:
    """Options that are not named stay; an empty one goes back to its default."""
    if "options" in changes:
        kept = row["options"] | changes["options"]
        changes["options"] = {name: value for name, value in kept.items() if value}


def _ask_secret(name: str) -> str:
    """Never an argument: those are in the list of processes and in the shell's history."""
    import getpass
    import sys

    if sys.stdin.isatty():
        return getpass.getpass(f"{name}: ")
    return sys.stdin.readline().rstrip("\r\n")


def _write_vendors(rows: list[Document], output: Output) -> int:
    if output.is_json:
        output.write_records(rows)
        return ExitCode.OK
    table = []
    for row in rows:
        credentials = [f"{c['name']}{'' if c['is_needed'] else '?'}" for c in row["credentials"]]
        options = [f"{o['name']}{'' if o['is_needed'] else '?'}" for o in row["options"]]
        period = write_period(row["every_s"])
        table.append([row["name"], row["title"], period, " ".join(credentials), " ".join(options)])
    output.write_table(_VENDOR_COLUMNS, table)
    return ExitCode.OK


def _write_list(rows: list[Document], output: Output) -> int:
    if output.is_json:
        output.write_records(rows)
    else:
        table = []
        for row in rows:
            last = row["last_run"] or {}
            counts = [last.get(name) for name in ("new", "known", "rejected")]
            head = [row["id"], row["name"], row["vendor"], row["health"], write_period(row["every_s"])]
            table.append([*head, _short(row["last_success_at"]), *counts, row["last_error"]])
        output.write_table(_COLUMNS, table)
    return ExitCode.OK if rows else ExitCode.NOTHING_FOUND


def _show(row: Document, health: Document, output: Output) -> int:
    if output.is_json:
        output.write_json(row | {"health_details": health})
        return ExitCode.OK
    _write(row, output)
    share = "unknown" if health["overlap"] is None else f"{health['overlap']:.0%} of {health['sampled']}"
    output.write_pairs([("objects", health["objects"]), ("shared with others", share)])
    counts = ("received_bytes", "new", "known", "updated", "rejected", "job_id", "error")
    output.write_table(
        _RUN_COLUMNS,
        (
            [_short(run["started_at"]), run["outcome"], *(run[name] for name in counts)]
            for run in health["runs"]
        ),
    )
    return ExitCode.OK


def _write(row: Document, output: Output) -> int:
    if output.is_json:
        output.write_json(row)
        return ExitCode.OK
    shown = dict(row)
    last = shown.pop("last_run")
    shown["options"] = " ".join(f"{name}={value}" for name, value in row["options"].items())
    shown["credentials"] = " ".join(row["credentials"])
    shown["every"] = write_period(shown.pop("every_s"))
    pairs = list(shown.items())
    if last is not None:
        names = ("outcome", "new", "known", "updated", "rejected")
        pairs.append(("last visit", ", ".join(f"{name}: {last[name]}" for name in names)))
    output.write_pairs(pairs)
    return ExitCode.OK


def _write_preview(row: Document, output: Output) -> int:
    import json

    if output.is_json:
        output.write_json(row)
        return ExitCode.OK
    for obj in row["objects"]:
        output.write_line(json.dumps(obj, ensure_ascii=False))
    for message in row["messages"]:
        output.note(message)
    more = " in the beginning of it" if row["is_cut"] else ""
    found = f"{row['total']:,} objects{more}, {row['known']:,} of them known, {row['faults']:,} faults"
    output.note(f"{found}; nothing is stored")
    return ExitCode.OK if row["total"] else ExitCode.NOTHING_FOUND


def write_period(seconds: int) -> str:
    for unit in ("d", "h", "m"):
        if seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"


def _short(text: str | None) -> str:
    return "" if text is None else f"{text[:19]}Z"
