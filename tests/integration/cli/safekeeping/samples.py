"""A bundle that says everything once, with what a format of rows may trip over."""

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.integration.cli.conftest import CommandLine, begin_folder

_AT = "2026-01-02T03:04:05.678Z"
NASTY = "back\\slash tab\t line\nfeed\r\x0b\x0c\x08 \\N \\. \x85\u2028 emoji 😀 é e\u0301 \ufffd"


def write_bundle(path: Path, *, first: int = 0, count: int = 20) -> list[str]:
    """Writes malware that a relationship ties to its indicator; gives back the ids."""
    objects: list[dict[str, Any]] = []
    for number in range(first, first + count):
        ids = {kind: f"{kind}--00000000-0000-4000-8000-{number:012}" for kind in _KINDS}
        common = {"spec_version": "2.1", "created": _AT, "modified": _AT}
        objects += [
            common
            | {
                "type": "malware", "id": ids["malware"], "is_family": number % 2 == 0,
                "name": f"{NASTY} {number}", "description": f"{NASTY}\x00 and NUL",
                "confidence": number % 101,
            },
            common
            | {
                "type": "indicator", "id": ids["indicator"], "pattern_type": "stix", "valid_from": _AT,
                "pattern": f"[domain-name:value = 'host{number}.example']",
            },
            common
            | {
                "type": "relationship", "id": ids["relationship"], "relationship_type": "indicates",
                "source_ref": ids["indicator"], "target_ref": ids["malware"],
            },
        ]  # fmt: skip
    bundle = {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": objects}
    path.write_text(json.dumps(bundle, ensure_ascii=first % 2 == 0), encoding="utf-8")
    return [each["id"] for each in objects]


_KINDS = ("malware", "indicator", "relationship")


@cache
def _make_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="stack-filled-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _fill(begin_folder(folder / "data"), folder)
    return folder / "data"


def begin_filled(data: Path) -> CommandLine:
    """People, keys, notes, marked objects, two sources, jobs that went well and that did not."""
    shutil.copytree(_make_template(), data)
    return CommandLine(data)


def _fill(command: CommandLine, folder: Path) -> None:
    first, second, broken = (folder / name for name in ("first.json", "second.json", "broken.json"))
    ids = write_bundle(first)
    write_bundle(second, first=10, count=31)
    broken.write_text('{"type": "bundle", "objects": [{"type": "malware"}, 7]}', encoding="utf-8")
    assert command("ingest", str(first), "--source", "one", "--share-with", "everyone").code == 0
    assert command("ingest", str(second), "--source", "two").code == 0
    assert command("ingest", str(broken)).code in {2, 3}
    assert command("mark", ids[0], "--tlp", "red").code == 0
    assert command("note", ids[0], NASTY).code == 0
    assert command("key", "create", "a key").code == 0
    assert command("user", "create", "somebody", "--role", "analyst").code == 0
    assert command("audit", "checkpoint", "--out", str(command.data / "audit-checkpoints.jsonl")).code == 0
