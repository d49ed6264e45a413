"""Reads Sigma rules in the sandbox: what is YAML and has what a rule needs (Sigma specification 2.0)."""

from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

import orjson

_LONGEST_FAULT: Final = 200
_MOST_DOCUMENTS: Final = 100


def read_rules(file: IO[bytes], arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """For each line `{"text": …}` of the file `{"fault": …}`, empty for one or more whole rules."""
    for line in file:
        yield {"fault": _find_fault(orjson.loads(line)["text"])[:_LONGEST_FAULT]}


def _find_fault(text: str) -> str:
    import yaml

    documents = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent):
                return "it refers to parts of itself (YAML aliases), which can grow without bound"
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if event.version or event.tags:
                    return "it has directives of YAML"
        if not 1 <= documents <= _MOST_DOCUMENTS:
            return f"expected 1 to {_MOST_DOCUMENTS} documents"
        for document in yaml.load_all(text, Loader=yaml.CSafeLoader):
            if fault := _find_fault_of_rule(document):
                return fault
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        return f"it is no YAML: {' '.join(str(error).split())}"
    return ""


def _find_fault_of_rule(document: object) -> str:
    if not isinstance(document, dict):
        return "a document that is no mapping"
    if "correlation" in document or "filter" in document:
        return ""
    missing = [name for name in ("title", "logsource", "detection") if not document.get(name)]
    if missing:
        return f"it has no {' and no '.join(missing)}"
    detection = document["detection"]
    if not isinstance(detection, dict) or not detection.get("condition"):
        return "its detection has no condition"
    return ""
