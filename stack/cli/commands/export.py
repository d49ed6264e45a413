"""Write what you may see, or what a query finds, as a STIX bundle.

Every object comes out byte for byte as it came in. A file appears only when it is whole.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from itertools import chain

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Output
from stack.core.errors import BadInput, Unavailable

NEEDS: dict[str, Permission | None] = {"": Permission.EXPORT}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--query", default="", metavar="Q", help="only what this query finds")
    parser.add_argument(
        "--type", action="append", default=[], metavar="TYPE", help="only this STIX type (repeatable)"
    )
    parser.add_argument("--format", choices=("stix",), default="stix", help="output format (default: stix)")
    parser.add_argument("--out", metavar="FILE", help="file to write (default: standard output)")
    add_output_options(parser, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import open_backend

    if arguments.json and not arguments.out:
        raise BadInput(
            "--json describes the file that --out writes", remedy="Give --out FILE, or leave --json out."
        )
    pieces = open_backend().export(query=arguments.query, types=arguments.type)
    first = next(pieces, b"")
    # A bundle of nothing has no list of objects (STIX 2.1, section 2.9).
    is_empty = b'"objects"' not in first
    size = _write(chain([first], pieces), arguments.out)
    if arguments.out:
        if output.is_json:
            output.write_json({"file": arguments.out, "format": arguments.format, "bytes": size})
        else:
            output.note(f"{arguments.out}: {size:,} bytes written")
    if is_empty:
        output.note("nothing was found: the bundle is empty")
    return ExitCode.NOTHING_FOUND if is_empty else ExitCode.OK


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
