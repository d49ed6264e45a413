"""STIX 1.0 to 1.2: read and converted by stix2-elevator. Runs in the sandbox.

The elevator is the OASIS committee's; it is old, logs much, and does not know present releases of its
libraries. What it says becomes losses, each kind once with how often it came and an example.
"""

import logging
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module
from io import BytesIO
from types import ModuleType
from typing import Any, BinaryIO, Final, cast

from stack.core.errors import BadInput
from stack.ingest.xml.guarding import check_xml, local_name
from stack.ingest.xml.settling import settle_objects

_SHOWN: Final = 200
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Codes of the elevator for what it carried in another way, or for a default that STIX 1 leaves open.
_NO_LOSSES: Final = frozenset({308, 311, 618, 619, 714, 716, 718, 903})


class _Messages(logging.Handler):
    """What the elevator says, by the template of the message."""

    def __init__(self, text: bytes) -> None:
        super().__init__(logging.WARNING)
        self._text = text.lower()
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "ecode", 0) in _NO_LOSSES:
            return
        template = str(record.msg)
        self.counts[template] += 1
        if template not in self.examples:
            self.examples[template] = _UUID.sub(self._show, record.getMessage())[:_SHOWN]

    def _show(self, found: re.Match[str]) -> str:
        """An id of the input; one that the elevator made up is another each time, and tells nothing."""
        return found[0] if found[0].lower().encode() in self._text else "…"


def read_stix1(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The objects of a package, then what was lost. Raises `BadInput` for what is no STIX 1."""
    root = check_xml(file)
    if local_name(root) != "STIX_Package" or "stix.mitre.org" not in root:
        raise BadInput(
            f"This XML ({local_name(root)[:60]}) is no STIX 1 package",
            remedy="It begins with <stix:STIX_Package>.",
        )
    text = file.read()
    messages = _Messages(text)
    bundle = _elevate(text, arguments["received"], messages)
    for obj, is_undated in settle_objects(
        bundle.get("objects", []), text=text, source=arguments["source"], received=arguments["received"]
    ):
        yield {"object": obj, "place": str(obj.get("id")), "undated": is_undated}
    for template, count in messages.counts.items():
        said = messages.examples[template]
        times = f" ({count} times)" if count > 1 else ""
        yield {
            "fault": f"stix2-elevator says{times}: {said}",
            "rule": "loss",
            "place": "the package",
            "severity": "warning",
            "path": template[:80],
        }


def _import_stixmarx() -> Any:
    """The library, without the folder in a home directory that it would keep its tables in."""
    warnings.simplefilter("ignore")
    etree = import_module("lxml.etree")
    # The name was removed from lxml 5; stixmarx asks for it only to test against it.
    if not hasattr(etree, "_ElementStringResult"):
        etree._ElementStringResult = etree._ElementUnicodeResult  # type: ignore[attr-defined]
    tables: dict[str, Any] = {}
    fields = ModuleType("stixmarx.fields")
    vars(fields).update(get_field_mappings=lambda: tables, update_field_mappings=tables.update)
    sys.modules["stixmarx.fields"] = fields
    stixmarx = import_module("stixmarx")
    found = import_module("stixmarx.utils")
    for load in (found._load_stix, found._load_cybox, found._load_mixbox):
        load()
    for name in ("stix", "cybox"):
        tables.update(found.ModelMapper(name).to_dict()["fields"])
    return stixmarx


def _elevate(text: bytes, received: str, messages: _Messages) -> dict[str, Any]:
    stixmarx = _import_stixmarx()
    # A checker of IRIs that nothing here asks for, and that takes longer to import than all the rest.
    sys.modules.setdefault("rfc3987_syntax", cast("ModuleType", None))
    from stix2elevator import convert_stix, options, utils

    options.initialize_options(
        options={
            "spec_version": "2.1",
            "missing_policy": "use-custom-properties",
            "custom_property_prefix": "stix1",
            "default_timestamp": received,
            "validator_args": "",
        }
    )
    for name in ("stix2elevator", "stix2elevator.options", "stix2elevator.utils"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [messages]
        logger.propagate = False
    try:
        container = stixmarx.parse(BytesIO(text))
        options.set_option_value("marking_container", container)
        found: dict[str, Any] = convert_stix.convert_package(container.package, utils.Environment(None))
    except (MemoryError, RecursionError):
        raise
    except Exception as error:
        # Its libraries raise whatever comes to their mind about a package that is not quite right.
        message = f"stix2-elevator cannot convert this package: {type(error).__name__}: {error}"
        raise BadInput(message[:300], remedy="Ask the source for STIX 2.1.") from None
    return found
