"""MISP events, as MISP imports them: one for each report, and one for what belongs to no report.

What came from MISP goes back as it came. All that is exported is held until the last object has come, for
which report an object belongs to is known only then.
"""

from collections.abc import Iterator

from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.misp.events import Gathering
from stack.sharing.misp.writing import write_events


class Exporter:
    name = "misp"
    title = "MISP events"
    media_type = "application/json"
    extension = "misp.json"
    types: tuple[str, ...] = ()
    is_block_list = False
    is_by_value = False
    has_removals = False
    is_dated = False
    comment = ""
    options_type = ExportOptions

    @staticmethod
    def write(
        items: Iterator[Item], *, options: ExportOptions, occasion: Occasion, losses: Losses
    ) -> Iterator[bytes]:
        """`{"Event": …}` for one event, as MISP has it; `{"response": […]}` for none or several."""
        gathering = Gathering(occasion, losses)
        for item in items:
            gathering.take(item)
        yield from write_events(gathering.iterate_events())
