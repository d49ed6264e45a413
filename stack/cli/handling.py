"""The options that say how something is marked and shared, the same for every command that takes them."""

import argparse
from datetime import UTC, datetime

from stack.cli.arguments import read_text
from stack.cli.backend.records import HandlingFields

_LEVELS = ("clear", "green", "amber", "amber+strict", "red")


def add_handling_options(parser: argparse.ArgumentParser) -> None:
    options = parser.add_argument_group("marking and sharing (docs/markings.md)")
    options.add_argument("--tlp", choices=_LEVELS, help="TLP beside what the text says; the stricter counts")
    options.add_argument(
        "--marking",
        action="append",
        default=[],
        type=read_text,
        metavar="ID",
        help="a marking definition that applies beside those in the text; may be repeated",
    )
    options.add_argument(
        "--share-with",
        action="append",
        default=[],
        type=read_text,
        metavar="WHOM",
        help="everyone, org:NAME or group:NAME; may be repeated (default: your organisation alone)",
    )
    options.add_argument(
        "--embargo",
        type=read_moment,
        metavar="WHEN",
        help="until then your organisation alone sees it, e.g. 2027-01-31T09:00Z",
    )


def read_handling_options(arguments: argparse.Namespace) -> HandlingFields:
    return HandlingFields(
        tlp=arguments.tlp or "",
        markings=tuple(arguments.marking),
        share_with=tuple(arguments.share_with),
        embargo_until=arguments.embargo or "",
    )


def read_moment(text: str) -> str:
    """A date or time as RFC 3339; in UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"expected a time such as 2027-01-31T09:00Z, got {text!r}"
        raise argparse.ArgumentTypeError(message) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
