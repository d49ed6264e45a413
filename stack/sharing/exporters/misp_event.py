"""MISP events, as MISP imports them: one for each report, and one for what belongs to no report.

What came from MISP goes back as it came. What is exported is held, up to 200,000 objects, for which report
an object belongs to is known only when the last one has come.
"""

from collections.abc import Iterator

from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.misp.events import iterate_events
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
        return write_events(iterate_events(items, occasion=occasion, losses=losses))
