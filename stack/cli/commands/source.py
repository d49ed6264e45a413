"""List sources, or take back all that one said."""

import argparse
from dataclasses import asdict

from stack.accounts.roles import Permission
from stack.cli.arguments import add_actions, add_output_options
from stack.cli.backend.records import SourceView
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Column, Output
from stack.core.errors import BadInput, NotFound

NEEDS: dict[str, Permission | None] = {"list": Permission.READ, "remove": Permission.MANAGE_SOURCES}

_COLUMNS = [
    Column("source", numeric=True),
    Column("name", flexible=True),
    Column("kind"),
    Column("reliability"),
    Column("statements", numeric=True),
    Column("objects", numeric=True),
    Column("last_received"),
]
_RELIABILITY = "ABCDEF"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    add_output_options(actions.add_parser("list", help="the sources, with how much they state"))
    removal = actions.add_parser("remove", help="take back all that a source said; what others said stays")
    removal.add_argument("source", metavar="SOURCE", help="the source's number or its exact name")
    removal.add_argument("--yes", action="store_true", help="do not ask")
    add_output_options(removal, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import open_backend

    backend = open_backend()
    sources = backend.list_sources()
    if arguments.action == "list":
        return _write_list(sources, output)
    source = find_source(sources, arguments.source)
    if not arguments.yes:
        _confirm(source)
    from stack.cli.progress import Progress

    progress = Progress(output, source.name)
    try:
        job = backend.remove_source(source, on_progress=progress.show)
    finally:
        progress.clear()
    if output.is_json:
        output.write_json({"source": source.name, "state": job.state, "job": job.id} | job.result)
    else:
        output.note(job.error or str(job.result.get("note", job.state)))
    return ExitCode.OK if job.state == "done" else ExitCode.PARTLY_DONE


def _write_list(sources: list[SourceView], output: Output) -> int:
    if output.is_json:
        output.write_records(asdict(source) for source in sources)
    else:
        output.write_table(
            _COLUMNS,
            [
                [
                    source.id,
                    source.name,
                    source.kind,
                    _RELIABILITY[source.reliability],
                    source.statements,
                    source.objects,
                    (source.last_received or "")[:19].replace("T", " "),
                ]
                for source in sources
            ],
        )
    return ExitCode.OK if sources else ExitCode.NOTHING_FOUND


def find_source(sources: list[SourceView], word: str) -> SourceView:
    """By its exact name first, then by its number, so that a source called "7" can be named."""
    for source in sources:
        if source.name == word:
            return source
    for source in sources:
        if str(source.id) == word:
            return source
    raise NotFound(
        f"There is no source “{word}”", remedy="“stack source list” shows their numbers and names."
    )


def _confirm(source: SourceView) -> None:
    """Ask a person; a script has to say --yes."""
    import sys

    if not sys.stdin.isatty():
        raise BadInput(f"removing the source “{source.name}” needs --yes where nobody can be asked")
    question = f"Take back {source.statements:,} statements of “{source.name}”? [y/N] "
    sys.stderr.write(question)
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise BadInput("not removed")
