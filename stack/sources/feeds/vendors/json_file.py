"""Any JSON document with a list of indicators in it, by paths to what is wanted."""

from collections.abc import Iterator, Mapping
from typing import Any

from stack.core.errors import BadInput, FieldError
from stack.core.plugin_options import Credential, Option, Place
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.csv_layout import read_kind
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import FeedPlugin
from stack.sources.feeds.making import Maker, Object, make_records, read_number, read_time, split_words
from stack.sources.feeds.reading import read_json, read_json_lines


class Feed(FeedPlugin):
    """A JSON document, or JSON lines. A path is names with dots between, and `*` for every member."""

    name = "json"
    title = "JSON document"
    page = "https://www.rfc-editor.org/rfc/rfc8259"
    terms = "Those of whoever publishes it."
    filename = "feed.json"
    reliability = 5
    tlp = "amber"
    is_document = True
    credentials = (
        Credential("token", "Bearer token", Place.HEADER, "Authorization", "Bearer ", is_needed=False),
        Credential("api-key", "Key in the header X-API-Key", Place.HEADER, "X-API-Key", is_needed=False),
        Credential("user", "User name", Place.USER, is_needed=False),
        Credential("password", "Password", Place.PASSWORD, is_needed=False),
    )
    options = (
        Option("lines", "One document a line", "no", values=("no", "yes")),
        Option("items", "Path of the list; empty where the document is the list"),
        Option("value", "Path of the value in an item; empty where an item is the value"),
        Option("type", "Path of the kind of the value"),
        Option("value_type", "Kind of all values, such as domain or sha256"),
        Option("name", "Path of the name"),
        Option("description", "Path of the description"),
        Option("labels", "Path of the labels: a list, or a text with commas"),
        Option("confidence", "Path of the confidence, 0 to 100"),
        Option("valid_from", "Path of the time from which it holds"),
        Option("valid_until", "Path of the time until which it holds"),
    )
    example = b'["evil.example","198.51.100.7"]'

    @classmethod
    def check(cls, choices: Mapping[str, str]) -> list[FieldError]:
        if choices["value_type"] and read_kind(choices["value_type"]) is None:
            return [FieldError("value_type", "is no kind that Stack knows, such as domain, url or sha256")]
        return []

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        choices = options.choices
        if choices.get("lines") == "yes":
            return make_records(read_json_lines(stream, options), options, _make)
        items = list(find_all(read_json(stream), choices.get("items", "")))
        if len(items) == 1 and isinstance(items[0], list):
            items = items[0]
        if not items:
            raise BadInput(
                "There is nothing at the path of the list",
                remedy="See how the document is built, and change the option “items”.",
            )
        return make_records(((f"item {number}", item) for number, item in enumerate(items)), options, _make)


def find_all(value: Any, path: str) -> Iterator[Any]:
    """What stands at the path: each member's name, a number for a place in a list, `*` for every member."""
    found = [value]
    for step in path.split(".") if path else ():
        found = [inner for outer in found for inner in _step(outer, step)]
    yield from found


def _step(value: Any, step: str) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values() if step == "*" else ([value[step]] if step in value else [])
    elif isinstance(value, list):
        if step == "*":
            yield from value
        elif step.isdecimal() and int(step) < len(value):
            yield value[int(step)]


def _make(maker: Maker, item: Any) -> Iterator[Object]:
    cell = {name: _text(item, path) for name, path in maker.choices.items() if name in _CELLS and path}
    value = cell.get("value", "") if maker.choices.get("value") else str(item)
    kind = read_kind(cell.get("type", "")) or read_kind(maker.choices.get("value_type", ""))
    yield maker.indicator(
        value,
        kind,
        name=cell.get("name") or None,
        description=cell.get("description"),
        labels=split_words(cell.get("labels", ""), ",", ";"),
        confidence=read_number(cell.get("confidence", "")),
        valid_from=read_time(cell.get("valid_from", "")),
        valid_until=read_time(cell.get("valid_until", "")),
    )


_CELLS = frozenset(
    ("value", "type", "name", "description", "labels", "confidence", "valid_from", "valid_until")
)


def _text(item: Any, path: str) -> str:
    """What stands there as one text; the members of lists with commas between them."""
    parts = [
        str(inner)
        for found in find_all(item, path)
        for inner in (found if isinstance(found, list) else [found])
        if inner is not None and not isinstance(inner, dict)
    ]
    return ",".join(parts)
