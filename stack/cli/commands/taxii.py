"""Other TAXII servers: look around in one, pull, push, and keep it as a peer."""

import argparse
from typing import TYPE_CHECKING

from stack.accounts.roles import Permission
from stack.cli.arguments import add_actions, add_output_options, add_tlp_option, read_text
from stack.cli.exit_codes import ExitCode
from stack.cli.handling import add_handling_options
from stack.cli.output import Column, Output
from stack.cli.taxii_peers import add_peer_arguments, report_jobs, run_peer

if TYPE_CHECKING:
    from stack.sources.taxii.records import Access

NEEDS: dict[str, Permission | None] = {
    "discover": Permission.MANAGE_SOURCES,
    "collections": Permission.MANAGE_SOURCES,
    "pull": Permission.MANAGE_SOURCES,
    "push": Permission.MANAGE_SHARING,
    "peer": Permission.MANAGE_SOURCES,
}
_COLUMNS = [Column("id"), Column("title", flexible=True), Column("alias"), Column("may")]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    discovery = actions.add_parser("discover", help="what a server says of itself: its API roots")
    discovery.add_argument("url", metavar="URL", help="of the server, or of an API root")
    listing = actions.add_parser("collections", help="the collections of an API root")
    listing.add_argument("url", metavar="URL|PEER", help="an API root, or the name of a peer")
    pull = actions.add_parser("pull", help="take in a collection to its end")
    pull.add_argument(
        "url", metavar="URL|PEER", help="an API root, or a peer, which remembers how far it came"
    )
    pull.add_argument("collection", type=read_text, metavar="COLLECTION", help="its id, alias or title there")
    pull.add_argument("--added-after", default="", metavar="TIME", help="of a URL: only what was added since")
    push = actions.add_parser("push", help="send a collection of ours to one of a peer, now and from now on")
    push.add_argument("url", type=read_text, metavar="PEER", help="its name or number")
    push.add_argument("collection", type=read_text, metavar="COLLECTION", help="its id, alias or title there")
    push.add_argument("own", type=read_text, metavar="OWN", help="our collection: number, TAXII id or alias")
    add_tlp_option(push, "the highest TLP that leaves (default: green)", default="green")
    for action in (discovery, listing, pull):
        _add_credentials(action)
    add_handling_options(pull)
    add_output_options(listing)
    for action in (discovery, pull, push):
        add_output_options(action, lines=False)
    add_peer_arguments(actions)


def _add_credentials(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user", default="", type=read_text, metavar="NAME", help="with its password")
    parser.add_argument(
        "--password-file", metavar="FILE", help="where the password stands (-: standard input)"
    )
    parser.add_argument(
        "--token-file", metavar="FILE", help="where a bearer token stands (-: standard input)"
    )
    parser.add_argument("--ca", metavar="FILE", help="PEM of the authority to believe")
    parser.add_argument("--taxii-2.0", dest="is_20", action="store_true", help="the server speaks TAXII 2.0")


def run(arguments: argparse.Namespace, output: Output) -> int:
    match arguments.action:
        case "peer":
            return run_peer(arguments, output)
        case "discover":
            return _discover(arguments, output)
        case "collections":
            return _list_collections(arguments, output)
        case "push":
            return _push(arguments, output)
    return _pull_url(arguments, output) if _is_url(arguments.url) else _pull_peer(arguments, output)


def _discover(arguments: argparse.Namespace, output: Output) -> int:
    from dataclasses import asdict

    from stack.cli.initialise import start_django

    start_django()
    from stack.sources.taxii.client import TaxiiClient

    with TaxiiClient(_read_access(arguments)) as client:
        found = client.discover()
    if output.is_json:
        output.write_json(asdict(found))
        return ExitCode.OK
    shown = {name: value for name, value in asdict(found).items() if value}
    rows = [[name, "\n".join(value) if isinstance(value, tuple) else value] for name, value in shown.items()]
    output.write_table(
        [Column("what"), Column("said", flexible=True)],
        [[name, each] for name, value in rows for each in str(value).split("\n")],
    )
    return ExitCode.OK


def _list_collections(arguments: argparse.Namespace, output: Output) -> int:
    from dataclasses import asdict

    from stack.cli.backend.choice import require_local, start_local

    require_local("stack taxii collections")
    start_local()
    from stack.sources.taxii.client import TaxiiClient

    with TaxiiClient(_find_access(arguments)) as client:
        found = client.list_collections()
    if output.is_json:
        output.write_records(asdict(each) for each in found)
    else:
        may = {(True, True): "read, write", (True, False): "read", (False, True): "write"}
        output.write_table(
            _COLUMNS,
            [[row.id, row.title, row.alias, may.get((row.can_read, row.can_write), "")] for row in found],
        )
    return ExitCode.OK if found else ExitCode.NOTHING_FOUND


def _pull_url(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import require_local, start_local

    require_local("stack taxii pull URL")
    start_local()
    from stack.accounts.queries import local_principal
    from stack.ingest.handling import HandlingDraft, read_handling
    from stack.jobs.operations import run_inline
    from stack.sources.taxii.client import TaxiiClient
    from stack.sources.taxii.pulling import pull_once

    principal = local_principal()
    draft = HandlingDraft(
        tlp=arguments.tlp or "",
        markings=tuple(arguments.marking),
        share_with=tuple(arguments.share_with),
        embargo_until=arguments.embargo or "",
    )
    with TaxiiClient(_read_access(arguments)) as client:
        collection = client.find_collection(arguments.collection)
        done = pull_once(
            principal,
            client,
            collection.id,
            source=f"{client.host}: {collection.title or collection.id}",
            handling=read_handling(principal, draft),
            added_after=arguments.added_after,
        )
    results = [run_inline(job) for job in done.jobs]
    failed = sum(job.state != "done" for job in results)
    document = {"objects": done.objects, "pages": done.pages, "jobs": list(done.jobs), "failed": failed}
    if output.is_json:
        output.write_json(document | {"notes": list(done.notes)})
    else:
        output.note(f"{done.objects:,} objects in {done.pages:,} pages, by {len(done.jobs):,} ingests")
        for note in done.notes:
            output.note(f"the server {note}")
    return ExitCode.PARTLY_DONE if failed else ExitCode.OK


def _pull_peer(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.peers import find_peer, open_peers

    peers = open_peers()
    peer = find_peer(peers, arguments.url)
    if not any(_names(link, "pull", arguments.collection) for link in peer["links"]):
        handling = {
            "tlp": arguments.tlp,
            "markings": arguments.marking,
            "share_with": arguments.share_with,
            "embargo_until": arguments.embargo,
        }
        found = _resolve(arguments.collection, peer)
        peers.add_link(peer["id"], {**found, "handling": handling})
    return report_jobs(peers.sync_peer(peer["id"]), output)


def _push(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.peers import find_peer, open_peers

    peers = open_peers()
    peer = find_peer(peers, arguments.url)
    if not any(_names(link, "push", arguments.collection) for link in peer["links"]):
        asked = {"own_collection": arguments.own, "tlp_ceiling": arguments.tlp}
        peers.add_link(peer["id"], {**_resolve(arguments.collection, peer), **asked})
    return report_jobs(peers.sync_peer(peer["id"]), output)


def _names(link: dict[str, object], direction: str, name: str) -> bool:
    return link["direction"] == direction and name in {link["collection"], link["title"]}


def _resolve(name: str, peer: dict[str, object]) -> dict[str, object]:
    """The id and the title of the peer's collection; of a server far away, the name is taken for its id."""
    from stack.cli.backend.choice import is_remote

    if is_remote():
        return {"collection": name}
    from stack.accounts.queries import local_principal
    from stack.sources.taxii.client import TaxiiClient
    from stack.sources.taxii.queries import access_of_peer

    with TaxiiClient(access_of_peer(local_principal(), int(str(peer["id"])))) as client:
        found = client.find_collection(name)
    return {"collection": found.id, "title": found.title[:150]}


def _is_url(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def _find_access(arguments: argparse.Namespace) -> "Access":
    """Of a URL by the options, of a peer by what is kept."""
    if _is_url(arguments.url):
        return _read_access(arguments)
    from stack.accounts.queries import local_principal
    from stack.cli.backend.peers import find_peer, open_peers
    from stack.sources.taxii.queries import access_of_peer

    peer = find_peer(open_peers(), arguments.url)
    return access_of_peer(local_principal(), int(peer["id"]))


def _read_access(arguments: argparse.Namespace) -> "Access":
    from stack.cli.taxii_peers import read_secret
    from stack.core.http.tls import TlsOptions
    from stack.sources.taxii.client import check_url
    from stack.sources.taxii.records import Access

    return Access(
        url=check_url(arguments.url),
        version="2.0" if arguments.is_20 else "2.1",
        user=arguments.user,
        password=read_secret(arguments.password_file),
        token=read_secret(arguments.token_file),
        tls=TlsOptions(ca_file=arguments.ca or ""),
    )
