"""CSV: each row becomes an indicator with a STIX pattern; which column holds what is given or guessed."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, islice

from stack.core.errors import BadInput
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.csv_layout import (
    Layout,
    find_layout,
    guess_delimiter,
    is_indicator,
    is_known_heading,
    read_kind,
)
from stack.ingest.lines import iterate_lines
from stack.ingest.stix_values import encode_object, keep_case, make_own_id, make_pattern
from stack.ingest.streams import ByteStream
from stack.stix.observables.detect import detect, detect_as
from stack.stix.observables.kinds import KIND_TITLES, Kind, Observable
from stack.stix.timestamps import format_instant, is_timestamp

_SAMPLE_LINES = 60
_DETECTED_AGAIN = frozenset({Kind.IPV4, Kind.IPV6, Kind.CIDR})


class Parser:
    name = "csv"
    title = "CSV with one indicator a row"
    media_types = ("text/csv",)
    extensions = (".csv", ".tsv")
    example = b"value,type,labels,first_seen\nevil[.]example,domain,c2;botnet,2026-01-31 08:15:30\n"

    @staticmethod
    def sniff(head: bytes, filename: str) -> int:
        lines = head.decode("utf-8", "replace").splitlines()
        if len(lines) > _SAMPLE_LINES:
            lines = lines[:_SAMPLE_LINES]  # the last one may be cut
        data = [line for line in lines if line.strip() and not line.startswith("#")]
        if not data or data[0].lstrip()[:1] in "{[<":
            return 0
        if filename.lower().removesuffix(".gz").endswith(Parser.extensions):
            return 70
        try:
            rows = list(csv.reader(data, delimiter=guess_delimiter(data), skipinitialspace=True))
        except csv.Error:
            return 0
        widths = {len(row) for row in rows}
        if len(widths) != 1 or widths == {1} or len(rows) < 2:
            return 0
        return 60 if is_known_heading(rows[0]) or any(map(is_indicator, rows[1])) else 0

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        lines = _decode_lines(stream, options.limits.record)
        sample = list(islice(lines, _SAMPLE_LINES))
        try:
            layout = find_layout(sample, options.mapping)
        except csv.Error as error:
            raise BadInput(
                f"This is no CSV that can be read: {error}", remedy="Save it as CSV again."
            ) from None
        to_skip = layout.has_header
        for position, (number, cells) in enumerate(_read_rows(chain(sample, lines), layout), start=-to_skip):
            if position < 0:
                continue
            place = f"line {number}"
            if isinstance(cells, str):
                yield RecordFault(position, "csv", cells, place)
                continue
            try:
                text = _make_indicator(cells, layout, options)
            except ValueError as error:
                yield RecordFault(position, "value", str(error), place)
            else:
                yield Record(position, text, place, is_undated=True)


def _decode_lines(stream: ByteStream, limit: int) -> Iterator[str]:
    for line in iterate_lines(stream, limit):
        yield (line or b"\xff").decode("utf-8", "surrogateescape") + "\n"


def _read_rows(lines: Iterator[str], layout: Layout) -> Iterator[tuple[int, list[str] | str]]:
    """Rows with the line on which each ends, or in their place what is wrong with them."""
    reader = csv.reader(
        ("\n" if line.startswith("#") else line for line in lines),
        delimiter=layout.delimiter,
        skipinitialspace=True,
        strict=True,  # a quote that is never closed would swallow the rows behind it without a word
    )
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield reader.line_num, f"not a row of CSV: {error}"
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _make_indicator(cells: list[str], layout: Layout, options: ParseOptions) -> bytes:
    """The indicator's JSON text; ValueError says what is wrong with the row."""
    cell = {role: cells[at].strip() for role, at in layout.columns.items() if at < len(cells)}
    for role, text in cell.items():
        if not text.isprintable() and any("\ud800" <= character <= "\udfff" for character in text):
            raise ValueError(f"the {role} is not UTF-8; save the file as UTF-8")
    observable = _read_value(cell, layout)
    pattern = make_pattern(observable)
    if pattern is None:
        title = KIND_TITLES[observable.kind]
        raise ValueError(f"{cell['value'][:80]!r} reads as {title}, of which no indicator can be made")
    return encode_object(
        {
            "type": "indicator",
            "spec_version": "2.1",
            "id": make_own_id("indicator", options.source, pattern),
            "created": options.received,
            "modified": options.received,
            "name": cell.get("name") or observable.value,
            "description": cell.get("description"),
            "pattern": pattern,
            "pattern_type": "stix",
            "valid_from": _read_date(cell, "valid_from") or options.received,
            "valid_until": _read_date(cell, "valid_until"),
            "labels": _read_labels(cell.get("labels", "")),
            "confidence": _read_confidence(cell.get("confidence", "")),
        }
    )


def _read_value(cell: dict[str, str], layout: Layout) -> Observable:
    value = cell.get("value", "")
    if not value:
        raise ValueError("the row has no value")
    kind = read_kind(cell.get("type", "")) or layout.value_kind
    if kind is None or kind in _DETECTED_AGAIN:
        return keep_case(detect(value).observable, value)
    try:
        return keep_case(detect_as(value, kind).observable, value)
    except ValueError as error:
        raise ValueError(f"{value[:80]!r} is no {KIND_TITLES[kind]}: {error}") from None


def _read_labels(text: str) -> list[str]:
    parts = text.replace(";", ",").replace("|", ",").split(",")
    return list(dict.fromkeys(label for part in parts if (label := part.strip()) and label != "None"))


def _read_confidence(text: str) -> int | None:
    """0 to 100, whole or with decimals or a percent sign."""
    if not text:
        return None
    try:
        number = round(float(text.removesuffix("%")))
    except (ValueError, OverflowError):
        raise ValueError(f"the confidence {text[:40]!r} is no number from 0 to 100") from None
    if not 0 <= number <= 100:
        raise ValueError(f"the confidence {text[:40]!r} is not between 0 and 100")
    return number


def _read_date(cell: dict[str, str], role: str) -> str | None:
    """A STIX timestamp of a date, a date and time (UTC when no zone is given) or seconds since the epoch."""
    text = cell.get(role, "")
    if not text or is_timestamp(text):
        return text or None
    try:
        if text.isdecimal() and len(text) in {9, 10}:
            return format_instant(int(text) * 1_000_000)
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return format_instant(round(moment.timestamp() * 1_000_000))
    except (ValueError, OverflowError):
        raise ValueError(
            f"the {role} {text[:40]!r} is no date; write it as YYYY-MM-DD or YYYY-MM-DD HH:MM:SS in UTC"
        ) from None
