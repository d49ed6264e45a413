"""The shapes in which vendors publish, as rows: CSV with its heading in a comment, JSON, lists of values.

Each row comes with its place for people; a row that cannot be read comes as a ValueError that says why.
"""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import orjson

from stack.core.errors import BadInput
from stack.ingest.base import ParseOptions
from stack.ingest.csv_layout import plain_name
from stack.ingest.lines import iterate_lines
from stack.ingest.streams import ByteStream

Row = dict[str, str]
_MOST_JSON = 256 * 1024 * 1024
_CHUNK = 1024 * 1024


def read_texts(stream: ByteStream, options: ParseOptions) -> Iterator[tuple[str, str | ValueError]]:
    """Lines that hold something, with their numbers; too long a line or one that is no UTF-8 is a fault."""
    for number, line in enumerate(iterate_lines(stream, options.limits.record), start=1):
        place = f"line {number}"
        if line is None:
            yield place, ValueError("the line is too long")
            continue
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError:
            yield place, ValueError("the line is not UTF-8")
            continue
        if text:
            yield place, text


def read_values(
    stream: ByteStream, options: ParseOptions, *, comments: str = "#;"
) -> Iterator[tuple[str, str | ValueError]]:
    """One value a line; what begins with one of `comments` is none, and neither is what stands behind one."""
    for place, text in read_texts(stream, options):
        if isinstance(text, ValueError):
            yield place, text
            continue
        refuse_page(text)
        if text[0] not in comments:
            yield place, text.split(None, 1)[0]


def read_csv(
    stream: ByteStream, options: ParseOptions, *, columns: tuple[str, ...], delimiter: str = ","
) -> Iterator[tuple[str, Row | ValueError]]:
    """Rows by the names of their columns; the last comment or first row that names `columns[0]` says the
    order, and `columns` where none does. Columns that nobody knows come along under their own names."""
    names: list[str] = []
    for place, text in read_texts(stream, options):
        if isinstance(text, ValueError):
            yield place, text
            continue
        refuse_page(text)
        cells = _split(text.lstrip("# ") if text.startswith("#") else text, delimiter)
        may_name = len(cells) > 1 and (not names or text.startswith("#"))
        plain = [plain_name(cell) for cell in cells] if may_name else []
        if columns[0] in plain:
            names = plain
        elif not text.startswith("#"):
            order = names or list(columns)
            if len(cells) < len(columns) and len(cells) < len(order):
                yield place, ValueError(f"expected {len(order)} columns, found {len(cells)}")
            else:
                yield place, dict(zip(order, (cell.strip() for cell in cells), strict=False))


def read_json_lines(stream: ByteStream, options: ParseOptions) -> Iterator[tuple[str, Any]]:
    """One JSON value a line."""
    for place, text in read_texts(stream, options):
        if isinstance(text, ValueError):
            yield place, text
            continue
        refuse_page(text)
        try:
            yield place, orjson.loads(text)
        except orjson.JSONDecodeError as error:
            yield place, ValueError(f"no JSON: {error}")


def read_json(stream: ByteStream, *, most_bytes: int = _MOST_JSON) -> Any:
    """A whole document. BadInput where it is none, for nothing of it can be trusted then."""
    parts, size = [], 0
    while piece := stream.read(_CHUNK):
        parts.append(piece)
        size += len(piece)
        if size > most_bytes:
            raise BadInput(f"The document has more than {most_bytes // 1_048_576:,} MB")
    text = b"".join(parts)
    refuse_page(text[:200].decode("utf-8", "replace").lstrip())
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise BadInput(
            f"What came is no whole JSON document: {error}", remedy="The next visit fetches it again."
        ) from None


def list_items(items: object, *, place: str = "item {}") -> Iterator[tuple[str, Any]]:
    """The members of a list, with their places; BadInput where it is none."""
    if not isinstance(items, list):
        raise BadInput(
            "The document does not have the list that the vendor documents",
            remedy="See whether the vendor has changed its format, or answers with an error.",
        )
    for number, item in enumerate(items):
        yield place.format(number), item if isinstance(item, dict) else ValueError("expected an object")


def refuse_page(text: str) -> None:
    """BadInput for the page of a website in the place of data."""
    if text[:15].lower().startswith(("<!doctype", "<html", "<head")):
        raise BadInput(
            "A web page came in the place of data: a sign-in, a challenge or an error",
            remedy="Open the address in a browser, and check the feed's address and credentials.",
        )


def _split(text: str, delimiter: str) -> list[str]:
    rows: Iterable[list[str]] = csv.reader([text], delimiter=delimiter, skipinitialspace=True)
    return next(iter(rows), [])
