"""Options that several commands share, and the reading of their values."""

import argparse

_TLP_LEVELS = ("clear", "green", "amber", "amber+strict", "red")


def add_output_options(parser: argparse.ArgumentParser, *, lines: bool = True) -> None:
    """`--json`, `--jsonl` (where the answer is a list) and `--quiet`."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON (docs/cli.md describes it)")
    if lines:
        form.add_argument("--jsonl", action="store_true", help="print one JSON object a line")
    parser.add_argument("-q", "--quiet", action="store_true", help="only the answer: no progress, no notes")


def add_actions(parser: argparse.ArgumentParser) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    """What `stack job list` and its like need: a required word that says what to do."""
    return parser.add_subparsers(dest="action", metavar="ACTION", required=True)


def add_tlp_option(parser: argparse.ArgumentParser, text: str, *, default: str | None = None) -> None:
    parser.add_argument("--tlp", choices=_TLP_LEVELS, default=default, help=text)


def read_text(text: str) -> str:
    """What was typed, as characters: bytes that are no UTF-8 become the replacement character."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read_positive(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def read_port(text: str) -> int:
    """A TCP port; 0 lets the system choose."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, got {text!r}")
    return int(text)
