"""A small file of each converted format becomes exactly these objects, with exactly these losses."""

import json
import os
from pathlib import Path

import pytest

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.formats import list_parsers
from stack.ingest.preparing import prepare_records
from stack.ingest.streams import stream_bytes

_FOLDER = Path(__file__).parents[2] / "golden" / "imports"
_FILES = {"misp": "misp.json", "openioc": "openioc.ioc", "stix-1": "stix1.xml"}


@pytest.mark.parametrize("name", _FILES)
def test_it_becomes_what_is_written_down(name: str) -> None:
    path = _FOLDER / _FILES[name]
    options = ParseOptions(source="golden", filename=path.name, received="2026-02-01T00:00:00.000Z")
    items = list(list_parsers()[name].parse(stream_bytes(path.read_bytes()), options))
    records = [item for item in items if isinstance(item, Record)]
    found = {
        "objects": [json.loads(record.text) for record in records],
        "faults": [
            {"severity": fault.severity, "rule": fault.rule, "path": fault.path, "message": fault.message}
            for fault in items
            if isinstance(fault, RecordFault)
        ],
    }
    expected = path.with_name(f"{path.stem}.expected.json")
    if os.environ.get("STACK_TEST_WRITE_GOLDEN"):
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found == json.loads(expected.read_text())
    assert prepare_records(records).errors == []
