"""`stack taxii peer`: peers and how they do."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from stack.cli.arguments import add_output_options, read_text
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Column, Output
from stack.core.errors import BadInput

if TYPE_CHECKING:
    from stack.cli.backend.peers import Document, PeersBackend

_COLUMNS = [
    Column("id", numeric=True),
    Column("name", flexible=True),
    Column("url", flexible=True),
    Column("mode"),
    Column("health"),
    Column("links", numeric=True),
]
_LINKS = [
    Column("link", numeric=True),
    Column("direction"),
    Column("collection", flexible=True),
    Column("health"),
    Column("reached"),
    Column("moved", numeric=True),
    Column("refused", numeric=True),
    Column("last_success"),
    Column("problem", flexible=True),
]


def add_peer_arguments(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser("peer", help="servers that are kept: add, list, show, change, remove, sync")
    kinds = parser.add_subparsers(dest="peer_action", metavar="ACTION", required=True)
    add_output_options(kinds.add_parser("list", help="the peers, and how they do"))
    adding = kinds.add_parser("add", help="keep another server; nothing is pulled or pushed yet")
    adding.add_argument("name", type=read_text, metavar="NAME", help="what you call it")
    adding.add_argument("url", metavar="URL", help="its API root")
    changing = kinds.add_parser("change", help="what is not named stays as it is")
    for name, text in (
        ("show", "its links, and what it refused"),
        ("remove", "forget it and its links; what was pulled stays"),
        ("sync", "run all of its links now"),
    ):
        kinds.add_parser(name, help=text)
    for name in ("show", "change", "remove", "sync"):
        each = kinds.choices[name]
        each.add_argument("peer", type=read_text, metavar="PEER", help="its name or number")
        add_output_options(each, lines=False)
    changing.add_argument("--name", type=read_text, metavar="NAME", help="another name")
    changing.add_argument("--url", metavar="URL", help="another API root; needs its credentials anew")
    state = changing.add_mutually_exclusive_group()
    state.add_argument("--enable", action="store_true", help="pull and push again")
    state.add_argument("--disable", action="store_true", help="neither pull nor push for now")
    kinds.choices["remove"].add_argument("--yes", action="store_true", help="do not ask")
    kinds.choices["sync"].add_argument("--from-start", action="store_true", help="move everything again")
    add_output_options(adding, lines=False)
    for each in (adding, changing):
        _add_options(each)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user", type=read_text, metavar="NAME", help="with its password")
    for option, text in (
        ("--password-file", "where the password stands (-: standard input)"),
        ("--token-file", "where a bearer token stands (-: standard input)"),
        ("--ca-file", "PEM of the authority to believe"),
        ("--certificate-file", "PEM with which we show who we are"),
        ("--key-file", "PEM of the certificate's key"),
    ):
        parser.add_argument(option, metavar="FILE", help=text)
    parser.add_argument(
        "--mode", choices=["ordinary", "replicating"], help="replicating: another Stack (docs/taxii.md)"
    )
    parser.add_argument("--version", choices=["2.0", "2.1"], help="of TAXII (default: 2.1)")
    checking = parser.add_mutually_exclusive_group()
    checking.add_argument("--insecure", action="store_true", help="believe any certificate")
    checking.add_argument("--secure", action="store_true", help="believe only certificates that hold")


def run_peer(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.peers import find_peer, open_peers

    peers = open_peers()
    if arguments.peer_action == "list":
        return _write_list(peers.list_peers(), output)
    if arguments.peer_action == "add":
        draft = {"name": arguments.name, "url": arguments.url} | _read_options(arguments)
        return _write(peers.add_peer(draft), output)
    peer = find_peer(peers, arguments.peer)
    match arguments.peer_action:
        case "show":
            return _write(peers.get_peer(peer["id"]), output)
        case "change":
            return _write(peers.change_peer(peer["id"], _read_changes(arguments)), output)
        case "remove":
            return _remove(peers, peer, arguments, output)
    if arguments.from_start:
        for link in peer["links"]:
            peers.start_again(peer["id"], link["id"])
    return report_jobs(peers.sync_peer(peer["id"]), output)


def report_jobs(jobs: "list[Document]", output: Output) -> int:
    """What became of the runs of a peer's links."""
    if output.is_json:
        output.write_json({"jobs": jobs})
    for job in () if output.is_json else jobs:
        output.note(f"job {job['job']}: {job['state']}. {job['note']}".strip())
    if not jobs:
        output.note("nothing to run: no link is there and enabled, or all run already")
    is_fine = all(job["state"] in {"done", "queued"} for job in jobs)
    return ExitCode.OK if is_fine else ExitCode.PARTLY_DONE


def read_secret(path: str | None) -> str:
    """The first line of a file, or of standard input; empty for None."""
    if path is None:
        return ""
    try:
        if path == "-":
            return sys.stdin.readline().strip()
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib would cost the start-up time
            return file.readline().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {path}: {error}") from None


def _read_options(arguments: argparse.Namespace) -> dict[str, Any]:
    given: dict[str, Any] = {
        name: getattr(arguments, name)
        for name in ("user", "mode", "version")
        if getattr(arguments, name) is not None
    }
    for name in ("password", "token"):
        if (path := getattr(arguments, f"{name}_file")) is not None:
            given[name] = read_secret(path)
    for name in ("ca", "certificate", "key"):
        if (path := getattr(arguments, f"{name}_file")) is not None:
            given[name] = _read_pem(path)
    if arguments.insecure or arguments.secure:
        given["verify"] = not arguments.insecure
    return given


def _read_changes(arguments: argparse.Namespace) -> dict[str, Any]:
    changes = _read_options(arguments)
    for name in ("name", "url"):
        if (value := getattr(arguments, name)) is not None:
            changes[name] = value
    if arguments.enable or arguments.disable:
        changes["is_enabled"] = bool(arguments.enable)
    if not changes:
        raise BadInput("nothing to change", remedy="Name what changes; --help shows the options.")
    return changes


def _read_pem(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:  # noqa: PTH123
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {path}: {error}") from None


def _remove(peers: "PeersBackend", peer: "Document", arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.naming import confirm

    if not arguments.yes:
        confirm(f"Forget the peer “{peer['name']}” and its links?", refused="removing a peer")
    peers.remove_peer(peer["id"])
    if output.is_json:
        output.write_json({"id": peer["id"], "removed": True})
    else:
        output.note(f"the peer “{peer['name']}” is removed; what was pulled stays")
    return ExitCode.OK


def _write_list(rows: "list[Document]", output: Output) -> int:
    if output.is_json:
        output.write_records(rows)
    else:
        output.write_table(
            _COLUMNS,
            [
                [row["id"], row["name"], row["url"], row["mode"], row["health"], len(row["links"])]
                for row in rows
            ],
        )
    return ExitCode.OK if rows else ExitCode.NOTHING_FOUND


def _write(row: "Document", output: Output) -> int:
    if output.is_json:
        output.write_json(row)
        return ExitCode.OK
    output.note(f"peer {row['id']} “{row['name']}”: {row['url']} ({row['mode']}, {row['health']})")
    output.write_table(
        _LINKS,
        [
            [
                link["id"],
                link["direction"],
                link["title"] or link["collection"],
                link["health"],
                (link["reached"] or "")[:19].replace("T", " "),
                link["moved"],
                link["refused"],
                (link["last_success_at"] or "")[:19].replace("T", " "),
                link["last_error"] or link["note"],
            ]
            for link in row["links"]
        ],
    )
    return ExitCode.OK
