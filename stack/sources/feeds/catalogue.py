"""The vendors that there are, and the parsers that they bring."""

from functools import cache
from typing import cast

from stack.core.errors import BadInput
from stack.core.plugins import discover_plugins
from stack.ingest.base import ParserPlugin
from stack.sources.feeds.base import FeedPlugin

PREFIX = "feed"


@cache
def list_vendors() -> dict[str, type[FeedPlugin]]:
    """All vendors by their name."""
    return cast("dict[str, type[FeedPlugin]]", discover_plugins("stack.sources.feeds.vendors", "Feed"))


def get_vendor(name: str) -> type[FeedPlugin]:
    found = list_vendors().get(name)
    if found is None:
        raise BadInput(f"There is no vendor {name!r}", remedy=f"Use one of: {', '.join(list_vendors())}.")
    return found


def name_format(feed: type[FeedPlugin], given: str = "") -> str:
    """The format by which `ingest` finds what reads a piece."""
    return given or feed.format or f"{PREFIX}:{feed.name}"


def find_feed_parser(name: str) -> ParserPlugin | None:
    """The parser `feed:NAME` of a vendor with a shape of its own."""
    if name not in list_vendors():
        return None
    feed = list_vendors()[name]
    if feed.parse is FeedPlugin.parse:
        return None

    class Parser:
        name = f"{PREFIX}:{feed.name}"
        title = feed.title
        media_types = ()
        extensions = ()
        example = feed.example
        parse = staticmethod(feed.parse)

        @staticmethod
        def sniff(head: bytes, filename: str) -> int:
            return 0

    return cast("ParserPlugin", Parser)
