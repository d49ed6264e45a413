"""Which formats there are, and the options that each takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import msgspec

from stack.core.errors import BadInput, FieldError
from stack.core.plugins import discover_plugins
from stack.sharing.exporting.base import ExporterPlugin, ExportOptions

_TRUE = {"yes": "true", "no": "false", "on": "true", "off": "false"}


@cache
def list_exporters() -> dict[str, ExporterPlugin]:
    """All exporters by their name."""
    return cast("dict[str, ExporterPlugin]", discover_plugins("stack.sharing.exporters", "Exporter"))


def find_exporter(name: str) -> ExporterPlugin:
    """BadInput where no format is called so."""
    exporters = list_exporters()
    if name not in exporters:
        message = f"expected one of {', '.join(exporters)}, got “{name[:40]}”"
        raise BadInput(f"format: {message}", errors=(FieldError("format", message),))
    return exporters[name]


def read_options(exporter: ExporterPlugin, given: Mapping[str, str]) -> ExportOptions:
    """The options as the exporter takes them; BadInput names the one that is wrong and what it takes."""
    known = {field.name: field for field in msgspec.structs.fields(exporter.options_type)}
    values: dict[str, Any] = {}
    for name, text in given.items():
        field = known.get(name)
        if field is None:
            raise _bad_option(
                name, f"{exporter.name} has no such option; it has {', '.join(known) or 'none'}"
            )
        value = _TRUE.get(text.lower(), text) if _is_boolean(field.type) else text
        try:
            values[name] = msgspec.convert(value, field.type, strict=False)
        except msgspec.ValidationError as error:
            raise _bad_option(name, f"{_say_expectation(field.type)}: {error}") from None
    return exporter.options_type(**values)


@dataclass(frozen=True, slots=True)
class OptionRow:
    """An option of a format; `values` are all that it takes, and empty where it takes other text."""

    name: str
    default: str
    values: tuple[str, ...]
    about: str


@dataclass(frozen=True, slots=True)
class FormatRow:
    """A format as people choose it."""

    name: str
    title: str
    media_type: str
    extension: str
    is_block_list: bool
    has_removals: bool
    options: tuple[OptionRow, ...]


def describe_formats() -> list[FormatRow]:
    """All formats with their options, by name."""
    return [
        FormatRow(
            name=each.name,
            title=each.title,
            media_type=each.media_type,
            extension=each.extension,
            is_block_list=each.is_block_list,
            has_removals=each.has_removals,
            options=tuple(_describe_option(field) for field in msgspec.structs.fields(each.options_type)),
        )
        for each in list_exporters().values()
    ]


def _describe_option(field: msgspec.structs.FieldInfo) -> OptionRow:
    info = msgspec.inspect.type_info(field.type)
    about = ""
    if isinstance(info, msgspec.inspect.Metadata):
        about = str((info.extra_json_schema or {}).get("description", ""))
    match _find_type(field.type):
        case msgspec.inspect.BoolType():
            return OptionRow(field.name, "yes" if field.default else "no", ("yes", "no"), about)
        case msgspec.inspect.LiteralType(values=values):
            return OptionRow(field.name, str(field.default), tuple(map(str, values)), about)
    return OptionRow(field.name, str(field.default), (), about)


def _is_boolean(kind: object) -> bool:
    return isinstance(_find_type(kind), msgspec.inspect.BoolType)


def _find_type(kind: object) -> msgspec.inspect.Type:
    """The type without bounds and description."""
    info = msgspec.inspect.type_info(kind)
    while isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    return info


def _say_expectation(kind: object) -> str:
    match _find_type(kind):
        case msgspec.inspect.BoolType():
            return "expected yes or no"
        case msgspec.inspect.IntType():
            return "expected a whole number"
        case msgspec.inspect.LiteralType(values=values):
            return f"expected one of {', '.join(map(str, values))}"
    return "expected another value"


def _bad_option(name: str, message: str) -> BadInput:
    field = f"options.{name[:40]}"
    return BadInput(f"{field}: {message}", errors=(FieldError(field, message),))
