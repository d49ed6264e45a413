"""Analyse values and files: a verdict with its score and its evidence.

A word that is the path of a file is analysed as that file; with --kind it is a value of that kind. "-" reads
standard input, one value a line (with --kind file: the bytes of one file).
"""

import argparse
import hashlib
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options, add_tlp_option, read_text
from stack.cli.backend.analyses import MOST_AT_ONCE, AnalysesBackend, AnalysisWish, Document
from stack.cli.backend.records import UploadFile
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Cell, Column, Form, Output
from stack.core.errors import BadInput

if TYPE_CHECKING:
    from stack.cli.progress import Line

NEEDS: dict[str, Permission | None] = {"": Permission.ANALYZE}

VERDICT_CODES = {"malicious": 10, "suspicious": 11, "unknown": 12, "benign": 0}
_FILES = ("file", "message")
_KINDS = ("ipv4", "ipv6", "domain", "url", "email", "md5", "sha1", "sha256", "sha512", *_FILES)
_COLUMNS = [
    Column("value", flexible=True),
    Column("kind"),
    Column("verdict"),
    Column("score", numeric=True),
    Column("confidence", numeric=True),
    Column("summary", flexible=True),
]
_EVIDENCE = [
    Column("counts", numeric=True),
    Column("source"),
    Column("what was seen", flexible=True, wraps=True),
]
_PLANNED = [
    Column("value", flexible=True),
    Column("provider"),
    Column("is asked"),
    Column("sends", flexible=True),
    Column("left", numeric=True),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "values", nargs="+", type=read_text, metavar="VALUE|FILE", help='values or files; "-": standard input'
    )
    parser.add_argument("--kind", choices=_KINDS, default="", help="what they are, where that is unclear")
    add_tlp_option(parser, "of what they are known from: decides which providers may be asked")
    parser.add_argument("--offline", action="store_true", help="ask no provider: nothing leaves this machine")
    parser.add_argument(
        "--provider",
        action="append",
        type=read_text,
        metavar="NAME",
        help="ask only this provider; may be repeated",
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would be sent to whom")
    parser.add_argument(
        "--password",
        action="append",
        default=[],
        type=read_text,
        metavar="TEXT",
        help="for encrypted archives and documents; may be repeated",
    )
    parser.add_argument(
        "--exit-code", action="store_true", help="10 malicious, 11 suspicious, 12 unknown: the worst of all"
    )
    add_output_options(parser)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.analyses import open_analyses

    wish = AnalysisWish(
        kind="" if arguments.kind in _FILES else arguments.kind,
        tlp=arguments.tlp,
        may_ask=not arguments.offline,
        providers=tuple(arguments.provider) if arguments.provider else None,
        passwords=tuple(arguments.password),
    )
    analyses = open_analyses()
    things = list(_read_things(arguments.values, arguments.kind))
    if not things:
        raise BadInput("There is nothing to analyse", remedy="Give a value or the path of a file.")
    if arguments.dry_run:
        return _preview_all(analyses, things, wish, output)
    documents = _analyze_all(analyses, things, wish, output)
    if output.form is Form.TABLE and len(things) == 1:
        document = next(documents)
        shown = [document]
        _write_one(document, output)
    else:
        shown = _write_all(documents, output)
    return _choose_code(shown, by_verdict=arguments.exit_code)


def _read_things(words: Iterable[str], kind: str) -> Iterator[str | UploadFile]:
    """Values as text, files as such, in their order."""
    from stack.cli.commands.lookup import read_values

    for word in words:
        if kind in _FILES:
            name = "standard input" if word == "-" else PurePath(word).name
            yield UploadFile(None if word == "-" else word, name)
        elif word == "-":
            yield from (value for value in read_values(["-"]) if value.strip())
        elif not kind and _is_file(word):
            yield UploadFile(word, PurePath(word).name)
        elif word.strip():
            yield word


def _is_file(word: str) -> bool:
    import os.path

    return "\0" not in word and os.path.isfile(word)  # noqa: PTH113 - a word may be no path at all


def _analyze_all(
    analyses: AnalysesBackend, things: list[str | UploadFile], wish: AnalysisWish, output: Output
) -> Iterator[Document]:
    """One document for each, in order; one that cannot be analysed has `error` alone beside its `value`."""
    from stack.cli.progress import Line

    line, done = Line(output), 0
    for row in _start_all(analyses, things, wish):
        done += 1
        if "error" in row:
            yield row
            continue
        label = f"{done:,} of {len(things):,}: " if len(things) > 1 else ""
        try:
            document = analyses.follow(row, partial(_show_progress, line, label))
        finally:
            line.clear()
        yield document


def _show_progress(line: "Line", label: str, done: int, plugins: int) -> None:
    line.show(f"{label}{done} of {plugins} answered")


def _start_all(
    analyses: AnalysesBackend, things: list[str | UploadFile], wish: AnalysisWish
) -> Iterator[Document]:
    """Values that follow each other are started together, files one by one."""
    for is_value, group in groupby(things, key=lambda thing: isinstance(thing, str)):
        if is_value:
            values = [str(thing) for thing in group]
            for at in range(0, len(values), MOST_AT_ONCE):
                yield from _start_values(analyses, values[at : at + MOST_AT_ONCE], wish)
            continue
        for thing in group:
            if isinstance(thing, UploadFile):
                yield analyses.start_file(thing, wish)


def _start_values(analyses: AnalysesBackend, values: list[str], wish: AnalysisWish) -> Iterable[Document]:
    if len(values) == 1:
        return analyses.start(values, wish)
    try:
        return analyses.start(values, wish)
    except BadInput:
        return [_start_or_explain(analyses, value, wish) for value in values]


def _start_or_explain(analyses: AnalysesBackend, value: str, wish: AnalysisWish) -> Document:
    try:
        return analyses.start([value], wish)[0]
    except BadInput as error:
        return {"value": value, "error": error.detail}


def _write_all(documents: Iterator[Document], output: Output) -> list[Document]:
    shown: list[Document] = []

    def keep() -> Iterator[Document]:
        for document in documents:
            shown.append(document)
            if "error" in document:
                output.warn(f"stack: {document['value']}: {document['error']}")
            yield document

    if output.is_json:
        output.write_records(keep())
    else:
        output.write_table(_COLUMNS, (_make_row(document, output) for document in keep()))
    return shown


def _make_row(document: Document, output: Output) -> list[Cell]:
    if "error" in document:
        return [document["value"], "", "not analysed", None, None, document["error"]]
    confidence = f"{document['confidence']:.0%}"
    value = _show_value(document, output)
    return [value, document["kind"], document["verdict"], document["score"], confidence, _say(document)]


def _write_one(document: Document, output: Output) -> None:
    score = "no score" if document["score"] is None else f"{document['score']} of 100"
    output.write_pairs(
        [
            ("verdict", f"{document['verdict']}, {score}, confidence {document['confidence']:.0%}"),
            ("value", f"{_show_value(document, output)} ({document['kind']})"),
            ("summary", _say(document)),
        ]
    )
    if document["has_disagreement"]:
        output.note("sources disagree: see what each of them says")
    if document["evidence"]:
        output.write_line("")
        rows = (
            [f"{each['counted']:+.2f}", each["source"], each["statement"]] for each in document["evidence"]
        )
        output.write_table(_EVIDENCE, rows)
    for answer in document["answers"]:
        if answer["state"] not in {"found", "absent"}:
            output.note(f"{answer['title']}: {answer['state']}. {answer['message']}".rstrip(". "))


def _say(document: Document) -> str:
    if document["state"] in {"failed", "cancelled"}:
        return f"The analysis {'failed' if document['state'] == 'failed' else 'was cancelled'}."
    return str(document["summary"])


def _show_value(document: Document, output: Output) -> str:
    if document["name"]:
        return str(document["name"])
    value = str(document["value"])
    if output.form is not Form.TABLE:
        return value
    from stack.stix.observables.kinds import Kind
    from stack.stix.observables.refang import defang

    return defang(value, Kind(document["kind"])) if document["kind"] in set(Kind) else value


def _choose_code(documents: list[Document], *, by_verdict: bool) -> int:
    if any("error" in each or each["state"] != "done" for each in documents):
        is_any_done = any(each.get("state") == "done" for each in documents)
        return ExitCode.PARTLY_DONE if is_any_done or len(documents) == 1 else ExitCode.USAGE
    if not by_verdict:
        return ExitCode.OK
    codes = {VERDICT_CODES[each["verdict"]] for each in documents}
    return min(codes - {0}, default=ExitCode.OK)


def _preview_all(
    analyses: AnalysesBackend, things: list[str | UploadFile], wish: AnalysisWish, output: Output
) -> int:
    previews = [analyses.preview(_name_value(thing), wish) for thing in things]
    if output.is_json:
        output.write_records(previews)
        return ExitCode.OK
    output.write_table(_PLANNED, (row for each in previews for row in _make_planned_rows(each)))
    output.note("nothing was sent")
    return ExitCode.OK


def _name_value(thing: str | UploadFile) -> str:
    """A file is asked about by its SHA-256."""
    if isinstance(thing, str):
        return thing
    from stack.cli.backend.local import read_chunks

    digest = hashlib.sha256()
    for chunk in read_chunks(thing.path):
        digest.update(chunk)
    return digest.hexdigest()


def _make_planned_rows(preview: dict[str, Any]) -> Iterator[list[Cell]]:
    for each in preview["planned"]:
        sends = "; ".join(f"{sent['method']} {sent['url']} {sent['body']}".strip() for sent in each["sends"])
        is_asked = "yes" if each["is_possible"] else f"no: {each['message'] or each['why_not']}"
        yield [preview["value"], each["title"], is_asked, sends if each["is_possible"] else "", each["left"]]
