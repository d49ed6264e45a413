"""OpenIOC 1.0 and 1.1: each indicator of compromise becomes an indicator with one STIX pattern.

Runs in the sandbox. Formats: the schemas `http://schemas.mandiant.com/2010/ioc` and
`http://openioc.org/schemas/OpenIOC_1.1`. What a pattern cannot say is left out only where the pattern then
matches less than it did, and is named.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final
from uuid import UUID
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import parse

from stack.core.errors import BadInput
from stack.ingest.xml.guarding import check_xml, local_name
from stack.ingest.xml.openioc_tree import Branch, Leaf, Node, write_tree
from stack.stix.ids import STACK_NAMESPACE, compute_uuid5, format_id
from stack.stix.timestamps import format_instant

_ROOTS: Final = frozenset({"ioc", "OpenIOC"})
_ID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch


def read_openioc(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The indicators of a file: it is one, or a list of them. Raises `BadInput` where it holds none."""
    check_xml(file)
    root = parse(file, forbid_dtd=True).getroot()
    found = [element for element in root.iter() if local_name(element.tag) in _ROOTS]
    if not found:
        name = local_name(root.tag)[:60]
        raise BadInput(f"This XML ({name}) is no OpenIOC", remedy="One begins with <ioc> or <OpenIOC>.")
    for number, element in enumerate(found, start=1):
        yield from _read_ioc(element, f"indicator {number}", arguments)


def _read_ioc(ioc: Element, place: str, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    top = next((each for each in ioc if local_name(each.tag) in {"definition", "criteria"}), None)
    losses: dict[str, str] = {}
    tree = Branch("OR", [_read_node(each) for each in top if _is_node(each)]) if top is not None else None
    pattern = write_tree(tree, losses) if tree is not None else ""
    yield from (
        {
            "fault": f"{term} is not carried: {why}",
            "rule": "loss",
            "place": place,
            "severity": "warning",
            "path": term,
        }
        for term, why in losses.items()
    )
    if not pattern:
        message = "it has no item of which a STIX pattern can be made"
        yield {"fault": message, "rule": "pattern", "place": place}
        return
    indicator, is_undated = _make_indicator(ioc, pattern, arguments)
    yield {"object": indicator, "place": place, "undated": is_undated}
    yield from _name_losses(ioc, place)


def _make_indicator(ioc: Element, pattern: str, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    received = arguments["received"]
    created = _read_time(_find_text(ioc, "authored_date")) or _read_time(ioc.get("published-date"))
    modified = _read_time(ioc.get("last-modified")) or created
    created = min(created, modified) if created and modified else modified
    indicator: dict[str, Any] = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": _make_id(ioc, pattern, arguments["source"]),
        "created": created or received,
        "modified": modified or received,
        "name": _find_text(ioc, "short_description") or "OpenIOC without a title",
        "description": _find_text(ioc, "description"),
        "pattern": pattern,
        "pattern_type": "stix",
        "valid_from": created or received,
        "labels": _find_text(ioc, "keywords").split(),
        "external_references": list(_read_links(ioc)),
    }
    if author := _find_text(ioc, "authored_by"):
        indicator["x_openioc_authored_by"] = author
    return {name: value for name, value in indicator.items() if value not in ("", [])}, not modified


def _make_id(ioc: Element, pattern: str, source: str) -> str:
    given = ioc.get("id") or ""
    if _ID(given):
        return f"indicator--{UUID(given)}"
    name = f"openioc\n{source}\n{given}\n{'' if given else pattern}"
    return format_id("indicator", compute_uuid5(STACK_NAMESPACE, name.encode()))


def _read_links(ioc: Element) -> Iterator[dict[str, str]]:
    for link in ioc.iter():
        if local_name(link.tag) == "link":
            href, relation = link.get("href") or "", link.get("rel") or "link"
            text = (link.text or "").strip()
            if href.startswith(("http://", "https://")):
                reference = {"source_name": relation, "url": href, "description": text}
                yield {name: value for name, value in reference.items() if value}
            elif text:
                yield {"source_name": relation, "description": text}


def _name_losses(ioc: Element, place: str) -> Iterator[dict[str, Any]]:
    for element in ioc.iter():
        name = local_name(element.tag)
        if name == "parameters" and len(element):
            yield _lose(name, "STIX has nothing for what they say of single items", place)


def _lose(path: str, why: str, place: str) -> dict[str, Any]:
    fault = f"{path} is not carried: {why}"
    return {"fault": fault, "rule": "loss", "place": place, "severity": "warning", "path": path}


def _is_node(element: Element) -> bool:
    return local_name(element.tag) in {"Indicator", "IndicatorItem"}


def _read_node(element: Element) -> Node:
    if local_name(element.tag) == "Indicator":
        operator = "AND" if (element.get("operator") or "").upper() == "AND" else "OR"
        return Branch(operator, [_read_node(each) for each in element if _is_node(each)])
    context = next((each for each in element if local_name(each.tag) == "Context"), None)
    content = next((each for each in element if local_name(each.tag) == "Content"), None)
    condition = element.get("condition") or "is"
    is_negated = condition.endswith("not") or (element.get("negate") or "").lower() == "true"
    return Leaf(
        term=(context.get("search") or "") if context is not None else "",
        condition=condition.removesuffix("not"),
        value=(content.text or "").strip() if content is not None else "",
        is_negated=is_negated,
    )


def _find_text(ioc: Element, name: str) -> str:
    for element in ioc.iter():
        if local_name(element.tag) == name:
            return (element.text or "").strip()
    return ""


def _read_time(text: str | None) -> str:
    """A STIX timestamp of an XML date and time, which may have no zone; nothing where it is none."""
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return ""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    # 0001-01-01 is how editors of OpenIOC write “never”.
    return format_instant(round(moment.timestamp() * 1_000_000)) if moment.year >= 1970 else ""
