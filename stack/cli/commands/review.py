"""Review documents: see what was found in one, decide, and commit a report.

PDF, DOCX, HTML, e-mail (.eml, .msg) and text. A find is named by its number or by its value.
"""

import argparse
from typing import Any

from stack.accounts.roles import Permission
from stack.cli.arguments import add_actions, add_output_options, read_positive, read_text
from stack.cli.backend.records import UploadFile
from stack.cli.backend.reviewing import Document, DocumentFile, ReviewBackend
from stack.cli.exit_codes import ExitCode
from stack.cli.handling import add_handling_options, read_handling_options
from stack.cli.output import Column, Output
from stack.core.errors import BadInput

NEEDS: dict[str, Permission | None] = {
    "list": Permission.READ,
    "show": Permission.READ,
    "add": Permission.INGEST,
    "accept": Permission.INGEST,
    "reject": Permission.INGEST,
    "commit": Permission.INGEST,
    "reopen": Permission.INGEST,
    "discard": Permission.INGEST,
}
_STATES = ("reading", "open", "committed", "discarded", "failed")
_DECISIONS = ("open", "accepted", "rejected")
_DECIDED = {"accept": "accepted", "reject": "rejected"}
_COLUMNS = [
    Column("id", numeric=True),
    Column("state"),
    Column("title", flexible=True),
    Column("source", flexible=True),
    Column("open", numeric=True),
    Column("accepted", numeric=True),
    Column("rejected", numeric=True),
    Column("changed_at"),
]
_FINDS = [
    Column("id", numeric=True),
    Column("decision"),
    Column("kind"),
    Column("value", flexible=True),
    Column("sureness", numeric=True),
    Column("becomes"),
    Column("known_good", flexible=True),
    Column("why", flexible=True),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    _add_document_options(actions.add_parser("add", help="read a document, and lay out what is in it"))
    listing = actions.add_parser("list", help="the reviews, newest first")
    listing.add_argument("--state", choices=_STATES, help="only those in this state")
    add_output_options(listing)
    show = actions.add_parser("show", help="one review, or with --finds what was found")
    _add_number(show)
    show.add_argument("--finds", action="store_true", help="list the finds instead")
    show.add_argument("--decision", choices=_DECISIONS, help="with --finds: only these")
    add_output_options(show)
    for name, text in (("accept", "accept finds"), ("reject", "reject finds; they stay in the review")):
        action = actions.add_parser(name, help=text)
        _add_number(action)
        action.add_argument("finds", nargs="*", type=read_text, metavar="FIND", help="its number or value")
        action.add_argument(
            "--sure",
            type=_read_sureness,
            metavar="N",
            help="instead: all open finds of sureness N and more that no list knows as good",
        )
        add_output_options(action, lines=False)
    for name, text in (
        ("commit", "state a report with what was accepted"),
        ("reopen", "open a committed review again"),
        ("discard", "put a review aside with its document; what was committed stays"),
    ):
        action = actions.add_parser(name, help=text)
        _add_number(action)
        add_output_options(action, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.reviewing import open_reviews

    if arguments.action == "add":
        _check_file(arguments.file)
    reviews = open_reviews()
    return _ACTIONS.get(arguments.action, _act)(reviews, arguments, output)


def _add_document_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=read_text, metavar="FILE", help='the document; "-" is standard input')
    parser.add_argument(
        "--source", type=read_text, metavar="NAME", help="who published it (default: the file's name)"
    )
    parser.add_argument(
        "--title", type=read_text, default="", metavar="TEXT", help="what the report is called"
    )
    parser.add_argument(
        "--url", type=read_text, default="", metavar="URL", help="where the document is published"
    )
    parser.add_argument("--commit", action="store_true", help="commit what is sure at once, unreviewed")
    add_handling_options(parser)
    add_output_options(parser, lines=False)


def _add_number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("review", type=read_positive, metavar="REVIEW", help="its number")


def _add(reviews: ReviewBackend, arguments: argparse.Namespace, output: Output) -> int:
    path = None if arguments.file == "-" else arguments.file
    file = UploadFile(
        path=path,
        name="stdin" if path is None else arguments.file.rpartition("/")[2],
        source=arguments.source,
        handling=read_handling_options(arguments),
    )
    document = DocumentFile(file=file, title=arguments.title, url=arguments.url, commits=arguments.commit)
    row = reviews.add_review(document)
    _write(row, output)
    if row["state"] == "failed":
        output.warn(f"stack: {file.name}: {row['error']}")
        return ExitCode.USAGE
    if arguments.commit and row["state"] != "committed":
        output.warn(f"stack: {file.name}: nothing in it is sure enough to commit; review {row['id']}")
        return ExitCode.PARTLY_DONE
    return ExitCode.OK


def _list(reviews: ReviewBackend, arguments: argparse.Namespace, output: Output) -> int:
    return _write_list(list(reviews.list_reviews(arguments.state)), output)


def _show(reviews: ReviewBackend, arguments: argparse.Namespace, output: Output) -> int:
    if arguments.finds:
        return _write_finds(list(reviews.iterate_finds(arguments.review, arguments.decision)), output)
    return _write(reviews.get_review(arguments.review), output)


def _act(reviews: ReviewBackend, arguments: argparse.Namespace, output: Output) -> int:
    revision = reviews.get_review(arguments.review)["revision"]
    return _write(reviews.act(arguments.review, revision, arguments.action), output)


def _decide(reviews: ReviewBackend, arguments: argparse.Namespace, output: Output) -> int:
    if bool(arguments.finds) == (arguments.sure is not None):
        raise BadInput("Name the finds, or say --sure N for all that are sure enough")
    decision = _DECIDED[arguments.action]
    revision = reviews.get_review(arguments.review)["revision"]
    if arguments.sure is not None:
        row = reviews.decide_sure(arguments.review, revision, arguments.sure, decision)
    else:
        ids = _find_ids(reviews, arguments.review, arguments.finds)
        row = reviews.decide(arguments.review, revision, ids, decision)
    return _write(row, output)


def _find_ids(reviews: ReviewBackend, review_id: int, words: list[str]) -> list[int]:
    known: dict[str, int] = {}
    for find in reviews.iterate_finds(review_id, None):
        for word in (find["raw"], find["value"], str(find["id"])):
            known[word] = find["id"]
    missing = [word for word in words if word not in known]
    if missing:
        raise BadInput(
            f"The review has no find {missing[0]!r}",
            remedy=f"“stack review show {review_id} --finds” lists them.",
        )
    return [known[word] for word in words]


def _commit(reviews: ReviewBackend, arguments: argparse.Namespace, output: Output) -> int:
    revision = reviews.get_review(arguments.review)["revision"]
    done = reviews.commit(arguments.review, revision)
    if output.is_json:
        output.write_json(done)
    else:
        output.write_line(done["report_id"])
        output.note(", ".join(f"{count:,} {name}" for name, count in sorted(done["counts"].items())))
    return ExitCode.OK


def _write_list(rows: list[Document], output: Output) -> int:
    if output.is_json:
        output.write_records(rows)
    else:
        cells = [{**row, **row["finds"]} for row in rows]
        output.write_table(_COLUMNS, [[row[column.title] for column in _COLUMNS] for row in cells])
    return ExitCode.OK if rows else ExitCode.NOTHING_FOUND


def _write_finds(rows: list[Document], output: Output) -> int:
    if output.is_json:
        output.write_records(rows)
    else:
        cells = [row | {"known_good": _name_lists(row)} for row in rows]
        output.write_table(_FINDS, [[row[column.title] for column in _FINDS] for row in cells])
    return ExitCode.OK if rows else ExitCode.NOTHING_FOUND


def _name_lists(row: Document) -> str:
    return ", ".join(each["list_name"] for each in row["known_good"])


def _write(row: Document, output: Output) -> int:
    if output.is_json:
        output.write_json(row)
        return ExitCode.OK
    finds: dict[str, Any] = row["finds"]
    names = (
        "id",
        "state",
        "revision",
        "title",
        "source",
        "filename",
        "format",
        "sha256",
        "tlp",
        "error",
        "report_id",
    )
    output.write_pairs(
        [
            *((name, row[name]) for name in names),
            ("finds", ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in finds.items())),
            ("notes", "; ".join(row["notes"])),
        ]
    )
    return ExitCode.OK


def _check_file(name: str) -> None:
    """Say at once what is wrong with a path."""
    if name == "-":
        return
    try:
        with open(name, "rb"):  # noqa: PTH123 - pathlib would cost the start-up time
            return
    except OSError as error:
        raise BadInput(f"{name}: {error.strerror}", remedy="Check the path and its permissions.") from None


def _read_sureness(text: str) -> int:
    if not text.isdecimal() or int(text) > 100:
        raise argparse.ArgumentTypeError(f"expected 0 to 100, got {text!r}")
    return int(text)


_ACTIONS = {
    "add": _add,
    "list": _list,
    "show": _show,
    "accept": _decide,
    "reject": _decide,
    "commit": _commit,
}
