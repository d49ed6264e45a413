"""Search objects in Lucene syntax, or check and rebuild the index.

stack search QUERY      find objects; docs/search.md lists the fields
stack search verify     compare the index with the store
stack search rebuild    build the index again
stack search switch     list the copies of the index; with --to NAME, let searches ask another one

To search for one of these words itself, quote it for the query: stack search '"verify"'
"""

import argparse
from dataclasses import asdict
from typing import Any

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options, read_positive, read_text
from stack.cli.backend.records import HitView, SearchQuestion
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Column, Form, Output

NEEDS: dict[str, Permission | None] = {
    "": Permission.READ,
    "verify": Permission.ADMINISTER,
    "rebuild": Permission.ADMINISTER,
    "switch": Permission.ADMINISTER,
}

_ACTIONS = ("verify", "rebuild", "switch")
_FACETS = ("type", "tlp", "source")
_COPY_COLUMNS = [
    Column("copy"),
    Column("in use"),
    Column("documents", numeric=True),
    Column("bytes", numeric=True),
]
_COLUMNS = [
    Column("type"),
    Column("name", flexible=True),
    Column("modified"),
    Column("tlp"),
    Column("sources", numeric=True),
    Column("id", flexible=True),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "query", nargs="+", type=read_text, metavar="QUERY", help="a query, or verify, rebuild or switch"
    )
    parser.add_argument(
        "--type", action="append", default=[], metavar="TYPE", help="only this STIX type (repeatable)"
    )
    parser.add_argument("--facet", action="append", metavar="FIELD", help="count by this field (repeatable)")
    parser.add_argument("--sort", choices=("relevance", "modified", "created", "name"), default="relevance")
    parser.add_argument(
        "--limit", type=read_positive, default=50, help="how many hits (default: 50, most: 1000)"
    )
    parser.add_argument("--to", metavar="COPY", help="for switch: the copy that searches are to ask")
    parser.add_argument("--after", metavar="NEXT", help="“next” of the page before")
    add_output_options(parser)


def run(arguments: argparse.Namespace, output: Output) -> int:
    if arguments.query[0] in _ACTIONS and len(arguments.query) == 1:
        return _run_action(arguments, output)
    from stack.cli.backend.choice import open_backend

    question = SearchQuestion(
        query=" ".join(arguments.query),
        types=tuple(arguments.type),
        facets=tuple(arguments.facet or _FACETS),
        sort=arguments.sort,
        limit=min(arguments.limit, 1000),
        after=arguments.after,
    )
    page = open_backend().search(question)
    if output.form is Form.JSONL:
        output.write_records(_make_hit(hit) for hit in page.hits)
    elif output.is_json:
        document = asdict(page)
        output.write_json(
            {"total": page.total, "hits": [_make_hit(hit) for hit in page.hits], "facets": document["facets"]}
            | {name: document[name] for name in ("total_is_exact", "next", "reading")}
        )
    else:
        output.write_table(_COLUMNS, [_make_row(hit) for hit in page.hits])
    if not page.is_fresh:
        output.warn(
            "stack: the index is still catching up: newest objects may be missing; ask again in a while"
        )
    shown = f"showing {len(page.hits):,} of {page.total:,}" if page.next else f"{page.total:,} found"
    output.note(
        f"{shown}; read as: {page.reading}" + (f"; next page: --after {page.next}" if page.next else "")
    )
    return ExitCode.OK if page.total else ExitCode.NOTHING_FOUND


def _make_hit(hit: HitView) -> dict[str, Any]:
    return asdict(hit.object) | {"snippet": hit.snippet}


def _make_row(hit: HitView) -> list[str | int | None]:
    found = hit.object
    return [found.type, found.name, (found.modified or "")[:10], found.tlp, found.sources, found.id]


def _run_action(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import require_local, start_local

    [action] = arguments.query
    require_local(f"stack search {action}")
    start_local()
    if action == "switch":
        return _switch(arguments.to, output) if arguments.to else _list_copies(output)
    return _verify(output) if action == "verify" else _rebuild(output)


def _verify(output: Output) -> int:
    from stack.search.verify import verify_index

    report = verify_index()
    document = asdict(report)
    if output.is_json:
        output.write_json(document)
    else:
        output.write_pairs((name, str(value) if value else 0) for name, value in document.items())
    return ExitCode.OK if report.agrees else ExitCode.PARTLY_DONE


def _rebuild(output: Output) -> int:
    from stack.search.operations import rebuild

    count = rebuild()
    if output.is_json:
        output.write_json({"objects": count})
    else:
        output.note(f"the index was built again: {count:,} objects")
    return ExitCode.OK


def _list_copies(output: Output) -> int:
    from stack.search.choice import choose_backend

    copies = choose_backend().list_copies()
    if output.is_json:
        output.write_json({"copies": [asdict(copy) for copy in copies]})
    else:
        rows: list[list[str | int | None]] = [
            [copy.name, "yes" if copy.is_current else "", copy.documents, copy.size] for copy in copies
        ]
        output.write_table(_COPY_COLUMNS, rows)
    return ExitCode.OK


def _switch(name: str, output: Output) -> int:
    from stack.search.operations import switch

    count = switch(name)
    if output.is_json:
        output.write_json({"copy": name, "objects": count})
    else:
        output.note(f"searches ask {name} now: {count:,} objects")
    return ExitCode.OK
