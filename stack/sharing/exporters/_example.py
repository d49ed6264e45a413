"""An exporter to copy: the name of every object, one a line.

Try it: python -m stack.sharing.exporters._example
Copy it to a file without the underscore and it is found; tests/conformance/test_exporters.py then checks it.
"""

from collections.abc import Iterator

from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.pieces import join_lines, show_on_one_line


class Exporter:
    name = "names"
    title = "Names, one a line"
    media_type = "text/plain;charset=utf-8"
    extension = "txt"
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
        return join_lines(_write_names(items, losses))


def _write_names(items: Iterator[Item], losses: Losses) -> Iterator[str]:
    for item in items:
        properties = item.properties
        name = properties.get("name")
        if not isinstance(name, str):
            losses.note(str(properties.get("type")), "", "it has no name")
            continue
        for lost in properties.keys() - {"name"}:
            losses.note(str(properties.get("type")), lost, "the format has no place for it")
        losses.entries += 1
        yield show_on_one_line(name)


if __name__ == "__main__":
    account = Losses()
    example = [Item(b'{"type":"tool","name":"netcat"}')]
    for piece in Exporter.write(iter(example), options=ExportOptions(), occasion=Occasion(), losses=account):
        print(piece.decode(), *account.describe(), sep="\n")  # noqa: T201 - this file shows what it does
