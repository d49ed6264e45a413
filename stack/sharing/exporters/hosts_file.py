"""A hosts file (hosts(5)) that sends the names of indicators nowhere. It knows no names below a name."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.pieces import join_lines, write_comments
from stack.sharing.exporting.rows import Row, RowRules, drop_repeats, iterate_rows
from stack.stix.observables.kinds import Kind


class Options(ExportOptions, frozen=True, kw_only=True):
    address: Annotated[
        Literal["0.0.0.0", "127.0.0.1", "::"],  # noqa: S104 - where names lead to, not where anything listens
        msgspec.Meta(description="Where the names lead"),
    ] = "0.0.0.0"  # noqa: S104
    observables: Annotated[bool, msgspec.Meta(description="Also the values of observables")] = False


class Exporter:
    name = "hosts"
    title = "Hosts file"
    media_type = "text/plain;charset=utf-8"
    extension = "txt"
    types: tuple[str, ...] = ()
    is_block_list = True
    is_by_value = True
    has_removals = False
    is_dated = False
    comment = "#"
    options_type = Options

    @staticmethod
    def write(
        items: Iterator[Item], *, options: Options, occasion: Occasion, losses: Losses
    ) -> Iterator[bytes]:
        rules = RowRules(
            carried=frozenset({"pattern", "value"}),
            kinds=frozenset({Kind.DOMAIN}),
            observables=options.observables,
        )
        rows = drop_repeats(iterate_rows(items, rules=rules, occasion=occasion, losses=losses), losses)
        lines = _write_lines(rows, options.address, losses)
        return join_lines(write_comments(lines, comment="#", occasion=occasion, losses=losses))


def _write_lines(rows: Iterator[Row], address: str, losses: Losses) -> Iterator[str]:
    for row in rows:
        losses.entries += 1
        # A normalised name has letters, digits, hyphens, underscores and dots: it cannot end the line.
        yield f"{address} {row.value}"
