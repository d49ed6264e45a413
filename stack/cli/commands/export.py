"""Write what you may see, what a query finds, or a collection, in some format.

As STIX every object comes out byte for byte as it came in. A file appears only when it is whole. What a
format cannot carry is told by --report; --formats lists the formats and their options.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from itertools import chain

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options, add_tlp_option, read_text
from stack.cli.backend.exports import Document, ExportQuestion, Exports
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Column, Output
from stack.core.errors import BadInput, Unavailable

NEEDS: dict[str, Permission | None] = {"": Permission.EXPORT}
_CHOICES = ("default", "keep", "leave-out")
_FORMATS = [
    Column("format"),
    Column("title", flexible=True),
    Column("option"),
    Column("default"),
    Column("about", flexible=True),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--query", type=read_text, default="", metavar="Q", help="only what this query finds")
    what.add_argument(
        "--collection", type=read_text, default="", metavar="C", help="what is in it: number, id or alias"
    )
    what.add_argument("--formats", action="store_true", help="list the formats and their options")
    parser.add_argument(
        "--since", default="", metavar="CURSOR", help="only changes since that report's cursor"
    )
    parser.add_argument("-o", "--out", metavar="FILE", help="file to write (default: standard output)")
    parser.add_argument("--report", action="store_true", help="say what was left out and lost, on stderr")
    add_export_options(parser, default="stix")
    add_output_options(parser, lines=False)


def add_export_options(parser: argparse.ArgumentParser, *, default: str | None) -> None:
    """What an export and an output have in common; without a default, what is not given is None."""
    is_export = default is not None
    parser.add_argument("--format", default=default, metavar="F", help="stix, csv, list, rpz, suricata …")
    parser.add_argument(
        "--option",
        action="append",
        default=[] if is_export else None,
        type=_read_option,
        metavar="NAME=VALUE",
        help="an option of the format (repeatable)",
    )
    parser.add_argument(
        "--type",
        action="append",
        default=[] if is_export else None,
        metavar="TYPE",
        help="only this STIX type (repeatable)",
    )
    parser.add_argument(
        "--min-confidence",
        type=_read_percent,
        default=0 if is_export else None,
        metavar="N",
        help="only indicators of at least this confidence, 0 to 100",
    )
    add_tlp_option(parser, "nothing above this TLP level")
    choice = "default" if is_export else None
    for name, text in (
        ("--known-good", "values that warning lists know (default: block lists leave them out)"),
        ("--invalid", "indicators that are revoked or not valid now (default: the same)"),
    ):
        parser.add_argument(name, choices=_CHOICES, default=choice, help=text)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.exports import open_exports

    if arguments.json and not arguments.out and not arguments.formats:
        raise BadInput(
            "--json describes the file that --out writes", remedy="Give --out FILE, or leave --json out."
        )
    exports = open_exports()
    if arguments.formats:
        return _write_formats(exports.list_formats(), output)
    question = ExportQuestion(
        format=arguments.format,
        query=arguments.query,
        collection=arguments.collection,
        types=tuple(arguments.type),
        options=dict(arguments.option),
        min_confidence=arguments.min_confidence,
        tlp_ceiling=arguments.tlp,
        known_good=arguments.known_good,
        invalid=arguments.invalid,
        since=arguments.since,
    )
    return _export(exports, question, arguments, output)


def _export(exports: Exports, question: ExportQuestion, arguments: argparse.Namespace, output: Output) -> int:
    pieces = exports.export(question)
    first = next(pieces, b"")
    # A bundle of nothing has no list of objects (STIX 2.1, section 2.9).
    is_empty = question.format == "stix" and b'"objects"' not in first
    size = _write(chain([first], pieces), arguments.out)
    told: Document = {}
    if arguments.report:
        told = exports.report(question)
        _write_report(told, output)
    if arguments.out:
        if output.is_json:
            told = {"report": told} if told else {}
            output.write_json({"file": arguments.out, "format": arguments.format, "bytes": size} | told)
        else:
            output.note(f"{arguments.out}: {size:,} bytes written")
    if is_empty:
        output.note("nothing was found: the bundle is empty")
    return ExitCode.NOTHING_FOUND if is_empty else ExitCode.OK


def _write_report(report: Document, output: Output) -> None:
    """On standard error, where it is in nobody's way; also with --quiet, because it was asked for."""
    output.warn(f"{report['entries']:,} entries from {report['items']:,} objects")
    for row in report["left_out"]:
        output.warn(f"left out: {row['count']:,} {row['why']}")
    for row in report["losses"]:
        what = ".".join(part for part in (row["type"], row["property"]) if part) or "others"
        output.warn(f"not carried: {row['count']:,} {what}: {row['why']}")
    if report["cursor"]:
        output.warn(f"cursor: {report['cursor']}")


def _write_formats(formats: list[Document], output: Output) -> int:
    if output.is_json:
        output.write_records(formats)
        return ExitCode.OK
    rows = []
    for row in formats:
        rows.append([row["name"], row["title"], "", "", ""])
        for option in row["options"]:
            values = f" ({', '.join(option['values'])})" if option["values"] else ""
            rows.append(["", "", option["name"], option["default"], option["about"] + values])
    output.write_table(_FORMATS, rows)
    return ExitCode.OK


def _read_option(text: str) -> tuple[str, str]:
    name, equals, value = read_text(text).partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, got {text!r}")
    return name, value


def _read_percent(text: str) -> int:
    if not text.isdecimal() or int(text) > 100:
        raise argparse.ArgumentTypeError(f"expected 0 to 100, got {text!r}")
    return int(text)


def _write(pieces: Iterator[bytes], path: str | None) -> int:
    if path is None:
        size = 0
        for piece in pieces:
            size += len(piece)
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return size
    return write_whole(pieces, path)


def write_whole(pieces: Iterator[bytes], path: str) -> int:
    """Write beside the file and rename at the end, so that `path` never shows a part of it."""
    draft = f"{path}.{os.getpid()}.part"
    size = 0
    try:
        with open(draft, "xb") as file:  # noqa: PTH123 - as everywhere in a command's start-up path
            for piece in pieces:
                size += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)  # noqa: PTH105
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}", remedy="Choose another file with --out.") from None
    finally:
        if os.path.exists(draft):  # noqa: PTH110
            os.unlink(draft)  # noqa: PTH108
    return size
