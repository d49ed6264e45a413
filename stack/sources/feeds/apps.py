from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from stack.ingest.base import ParserPlugin


class FeedsConfig(AppConfig):
    name = "stack.sources.feeds"
    label = "feeds"

    def ready(self) -> None:
        from stack.ingest.formats import offer_parsers
        from stack.sources.feeds.models import Feed
        from stack.vault.registry import register_sealed, seal_column

        register_sealed(seal_column(Feed, "credentials"))
        offer_parsers("feed", _find_parser)


def _find_parser(name: str) -> "ParserPlugin | None":
    from stack.sources.feeds.catalogue import find_feed_parser

    return find_feed_parser(name)
