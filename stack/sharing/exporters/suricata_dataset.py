"""A set for Suricata's `dataset` keyword: one value a line, as many as there are, asked by one rule.

The file has no comments. What a rule that uses it has, for `kind=domain`:
`dns.query; dataset:isset,stack,type string,load stack.lst;`
"""

import base64
from collections.abc import Callable, Iterator
from typing import Annotated, Final, Literal

import msgspec

from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.pieces import join_lines
from stack.sharing.exporting.rows import RowRules, drop_repeats, iterate_rows
from stack.stix.observables.kinds import Kind


def _encode(value: str) -> str:
    return base64.b64encode(value.encode("utf-8", "replace")).decode("ascii")


_KINDS: Final[dict[str, tuple[frozenset[Kind], Callable[[str], str]]]] = {
    "domain": (frozenset({Kind.DOMAIN}), _encode),
    "url": (frozenset({Kind.URL}), _encode),
    "ip": (frozenset({Kind.IPV4, Kind.IPV6}), str),
    "md5": (frozenset({Kind.MD5}), str),
    "sha256": (frozenset({Kind.SHA256}), str),
}


class Options(ExportOptions, frozen=True, kw_only=True):
    kind: Annotated[
        Literal["domain", "url", "ip", "md5", "sha256"],
        msgspec.Meta(description="What the set is of: type string for domain and url, else of the same name"),
    ] = "domain"
    observables: Annotated[bool, msgspec.Meta(description="Also the values of observables")] = False


class Exporter:
    name = "suricata-dataset"
    title = "Suricata data set"
    media_type = "text/plain;charset=utf-8"
    extension = "lst"
    types: tuple[str, ...] = ()
    is_block_list = True
    is_by_value = True
    has_removals = False
    is_dated = False
    comment = ""
    options_type = Options

    @staticmethod
    def write(
        items: Iterator[Item], *, options: Options, occasion: Occasion, losses: Losses
    ) -> Iterator[bytes]:
        kinds, encode = _KINDS[options.kind]
        rules = RowRules(
            carried=frozenset({"pattern", "value"}), kinds=kinds, observables=options.observables
        )

        def write_values() -> Iterator[str]:
            rows = iterate_rows(items, rules=rules, occasion=occasion, losses=losses)
            for row in drop_repeats(rows, losses):
                losses.entries += 1
                yield encode(row.value)

        return join_lines(write_values())
