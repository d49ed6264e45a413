r"""A file for Zeek's intelligence framework: columns between tabs, the first line names them.

What would end a cell or a line is written as `\xHH`, which Zeek's reader of ASCII reads back; a cell that
would mean “nothing” (`-`) or “empty” is escaped too.
"""

import re
from collections.abc import Iterator
from typing import Annotated

import msgspec

from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.pieces import join_lines
from stack.sharing.exporting.rows import Row, RowRules, drop_dangerous, drop_repeats, iterate_rows
from stack.stix.observables.kinds import Kind

_TYPES = {
    Kind.IPV4: "Intel::ADDR",
    Kind.IPV6: "Intel::ADDR",
    Kind.CIDR: "Intel::SUBNET",
    Kind.DOMAIN: "Intel::DOMAIN",
    Kind.URL: "Intel::URL",
    Kind.EMAIL: "Intel::EMAIL",
    Kind.MD5: "Intel::FILE_HASH",
    Kind.SHA1: "Intel::FILE_HASH",
    Kind.SHA256: "Intel::FILE_HASH",
    Kind.FILE_NAME: "Intel::FILE_NAME",
    Kind.USER_AGENT: "Intel::SOFTWARE",
}
_CARRIED = frozenset({"pattern", "value", "id", "name", "description", "confidence"})
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\\u0085\u2028\u2029]")
_LONGEST_DESCRIPTION = 500
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class Options(ExportOptions, frozen=True, kw_only=True):
    source: Annotated[str, msgspec.Meta(max_length=100, description="What meta.source says")] = "Stack"
    notice: Annotated[bool, msgspec.Meta(description="Make Zeek raise a notice (meta.do_notice)")] = False
    observables: Annotated[bool, msgspec.Meta(description="Also the values of observables")] = False


class Exporter:
    name = "zeek"
    title = "Zeek intelligence file"
    media_type = "text/plain;charset=utf-8"
    extension = "intel"
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
        rules = RowRules(carried=_CARRIED, kinds=_TYPES, observables=options.observables)
        rows = iterate_rows(items, rules=rules, occasion=occasion, losses=losses)
        rows = drop_repeats(drop_dangerous(rows, losses), losses)
        return join_lines(_write_lines(rows, options, losses))


def _write_lines(rows: Iterator[Row], options: Options, losses: Losses) -> Iterator[str]:
    columns = ["indicator", "indicator_type", "meta.source", "meta.desc", "meta.stix_id", "meta.confidence"]
    yield "\t".join(["#fields", *columns, *(["meta.do_notice"] if options.notice else [])])
    source = _escape(options.source)
    for row in rows:
        value = row.value
        if row.kind is Kind.URL:
            # Zeek sees host and path together, without the scheme.
            value = _SCHEME.sub("", value, count=1)
        description = row.get_text("name") or row.get_text("description")
        confidence = "-" if row.confidence is None else str(row.confidence)
        cells = [
            _escape(value),
            _TYPES[row.kind],
            source,
            _escape(description[:_LONGEST_DESCRIPTION]),
            _escape(row.get_text("id")),
            confidence,
        ]
        losses.entries += 1
        yield "\t".join([*cells, "T"] if options.notice else cells)


def _escape(text: str) -> str:
    if not text:
        return "-"
    if text in {"-", "(empty)"}:
        return f"\\x{ord(text[0]):02x}{text[1:]}"
    escaped = _UNSAFE.sub(lambda match: "".join(f"\\x{byte:02x}" for byte in match[0].encode()), text)
    return f"\\x23{escaped[1:]}" if escaped.startswith("#") else escaped
