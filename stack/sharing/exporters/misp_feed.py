"""A MISP feed: all its files in one archive, to be unpacked where a web server offers them."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.misp.events import iterate_events
from stack.sharing.misp.feed import iterate_feed_files, zip_files


class Options(ExportOptions, frozen=True, kw_only=True):
    file: Annotated[
        str,
        msgspec.Meta(
            description="One file of the feed alone: manifest.json, hashes.csv or the UUID of an event with"
            " .json; nothing for the archive",
            max_length=80,
        ),
    ] = ""


class Exporter:
    name = "misp-feed"
    title = "MISP feed (archive of manifest, hashes and events)"
    media_type = "application/zip"
    extension = "zip"
    types: tuple[str, ...] = ()
    is_block_list = False
    is_by_value = False
    has_removals = False
    is_dated = False
    comment = ""
    options_type = Options

    @staticmethod
    def write(
        items: Iterator[Item], *, options: Options, occasion: Occasion, losses: Losses
    ) -> Iterator[bytes]:
        files = iterate_feed_files(iterate_events(items, occasion=occasion, losses=losses))
        if not options.file:
            yield from zip_files(files)
            return
        for name, content in files:
            if name == options.file:
                yield content
