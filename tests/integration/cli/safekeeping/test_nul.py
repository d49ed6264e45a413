"""No column of an SQLite database holds what PostgreSQL would not keep, whatever came in."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from stack.cli.safekeeping.engines.base import read_applied
from stack.cli.safekeeping.engines.sqlite import SqliteSnapshot
from stack.cli.safekeeping.tables import list_tables
from stack.cli.safekeeping.unfit import Fitting
from tests.integration.cli.conftest import CommandLine, begin_folder

_AT = "2026-01-02T03:04:05.678Z"
_ID = "00000000-0000-4000-8000-00000000000"
# NUL, and half of a surrogate pair, as JSON escapes them.
_NUL, _HALF = r"a\u0000b", r"a\ud800b"


def write_hostile(folder: Path, bad: str) -> list[Path]:
    common = f'"spec_version": "2.1", "created": "{_AT}", "modified": "{_AT}"'
    objects = [
        f'{{"type": "malware", "id": "malware--{_ID}1", {common}, "is_family": true, "name": "{bad}",'
        f' "description": "{bad}", "labels": ["{bad}"], "x_{bad}": {{"{bad}": ["{bad}"]}}}}',
        f'{{"type": "malware", "id": "malware--{_ID}2", {common}, "is_family": "{bad}", "name": "x"}}',
        f'{{"type": "{bad}", "id": "{bad}--{_ID}3", {common}}}',
        f'{{"type": "tool", "id": "tool--{_ID}4{bad}", {common}, "name": "x", "{bad}": 1}}',
        f'{{"type": "url", "id": "url--{_ID}5", "spec_version": "2.1", "value": "http://h.example/{bad}"}}',
        f'{{"type": "file", "id": "file--{_ID}6", "spec_version": "2.1", "name": "{bad}"}}',
        f'{{"type": "identity", "id": "identity--{_ID}7", {common}, "name": "plain\\u0000"}}',
        f'{{"type": "malware", "id": "malware--{_ID}9", {common}, "is_family": true, "name": "x",'
        f' "x_{bad}_ref": "identity--{_ID}7", "x_{bad}_refs": ["identity--{_ID}7"]}}',
        f'{{"type": "identity", "id": "identity--{_ID}7", {common}, "name": "plain"}}',
        f'{{"type": "relationship", "id": "relationship--{_ID}8", {common}, "relationship_type": "{bad}",'
        f' "source_ref": "malware--{_ID}1", "target_ref": "identity--{_ID}7"}}',
    ]
    bundle = folder / "hostile.json"
    bundle.write_text('{"type": "bundle", "objects": [' + ", ".join(objects) + "]}", encoding="ascii")
    table, text = folder / "hostile.csv", folder / "hostile.txt"
    table.write_bytes(
        b"ioc,kind,no\x00te\nhttp://h.example/\x00x,url,a\x00b\nh\x00.example,domain,\xff\xfe\n"
    )
    text.write_bytes(b"http://h.example/\x00y\nevil\x00.example\n198.51.100.7\n\xed\xa0\x80.example\n")
    lines = folder / "hostile.jsonl"
    lines.write_text(f'{{"type": "malware", "na\\u0000me": "{bad}"}}\n"{bad}"\n{{"{bad}', encoding="ascii")
    return [bundle, table, text, lines]


@pytest.mark.parametrize("bad", [_NUL, _HALF])
def test_what_hostile_inputs_say_reaches_no_column_as_it_came(tmp_path: Path, bad: str) -> None:
    command = begin_folder(tmp_path / "data")
    for path in write_hostile(tmp_path, bad):
        assert command("ingest", str(path), "--source", path.name).code in {0, 2, 3}, path
    assert json.loads(command("job", "list", "--json").out)
    assert find_unfit(command) == {}


def find_unfit(command: CommandLine) -> dict[str, int]:
    """By column, how many values PostgreSQL would not keep."""
    fitting = Fitting(may_replace=True)
    read = 0
    with closing(SqliteSnapshot(command.data / "stack.sqlite3")) as snapshot:
        for table in list_tables(read_applied(snapshot)):
            for lines in snapshot.stream(table):
                read += lines.count(b"\n")
                assert fitting.fit(table, lines) == lines, table.name
    assert read > 100
    return fitting.replaced
