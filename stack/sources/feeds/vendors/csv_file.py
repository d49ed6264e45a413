"""Any CSV file with one indicator a row, by a mapping of its columns."""

from collections.abc import Mapping

import msgspec

from stack.core.errors import FieldError
from stack.core.plugin_options import Credential, Option, Place
from stack.ingest.base import CsvMapping
from stack.sources.feeds.base import FeedPlugin

_COLUMNS = ("value", "type", "name", "description", "labels", "confidence", "valid_from", "valid_until")


class Feed(FeedPlugin):
    """A CSV file somewhere; which column holds what is given, by heading or number from 1, or guessed."""

    name = "csv"
    title = "CSV file"
    page = "https://www.rfc-editor.org/rfc/rfc4180"
    terms = "Those of whoever publishes it."
    filename = "feed.csv"
    format = "csv"
    reliability = 5
    tlp = "amber"
    most_bytes = 256 * 1024 * 1024
    credentials = (
        Credential("token", "Bearer token", Place.HEADER, "Authorization", "Bearer ", is_needed=False),
        Credential("user", "User name", Place.USER, is_needed=False),
        Credential("password", "Password", Place.PASSWORD, is_needed=False),
    )
    options = (
        *(Option(name, f"Column of the {name.replace('_', ' ')}") for name in _COLUMNS),
        Option("value_type", "Kind of all values, such as domain or sha256"),
        Option("delimiter", "Delimiter"),
        Option("header", "Has a row of headings", "guess", values=("guess", "yes", "no")),
    )
    example = b"value,type,labels\nevil.example,domain,c2\n"

    @classmethod
    def check(cls, choices: Mapping[str, str]) -> list[FieldError]:
        others = [name for name in _COLUMNS[1:] if choices[name]]
        if not choices["value"] and (others or choices["value_type"]):
            return [FieldError("value", "is needed where any other column or the kind is given")]
        return []

    @classmethod
    def mapping(cls, choices: Mapping[str, str]) -> CsvMapping | None:
        if not choices["value"]:
            return None
        columns = {name: _read_column(choices[name]) for name in _COLUMNS if choices[name]}
        header = {"yes": True, "no": False}.get(choices["header"])
        others = {
            "value_type": choices["value_type"],
            "delimiter": choices["delimiter"],
            "has_header": header,
        }
        return msgspec.convert(columns | others, CsvMapping)


def _read_column(text: str) -> str | int:
    return int(text) if text.isdecimal() else text
