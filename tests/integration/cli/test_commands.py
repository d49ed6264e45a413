"""The documented commands, each on the local data folder and through a server's REST API (docs/cli.md)."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.conftest import CommandLine

MALWARE = "malware--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061"
INDICATOR = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
TIMES = '"created":"2026-01-01T00:00:00.000Z","modified":"2026-01-02T00:00:00.000Z"'
# Spaces, order of keys, an unknown property, 1.50: what comes in must come out byte for byte.
TEXTS = (
    f'{{"type":"malware", "spec_version":"2.1","id":"{MALWARE}",{TIMES},'
    '"name":"Glasmoth","is_family":true,"x_z":1.50}',
    f'{{"type":"indicator","spec_version":"2.1","id":"{INDICATOR}",{TIMES},"name":"host",'
    '"pattern":"[domain-name:value = \'evil.example\']","pattern_type":"stix",'
    '"valid_from":"2026-01-01T00:00:00Z"}',
)


def make_other(uuid: str, name: str) -> str:
    """Another malware, so that the tests do not meet each other's."""
    return TEXTS[0].replace(MALWARE, f"malware--{uuid}").replace("Glasmoth", name)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "feed.json"
    objects = ",".join(TEXTS)
    path.write_text(
        f'{{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[{objects}]}}'
    )
    return path


@pytest.fixture(scope="module")
def filled(stack: CommandLine, bundle: Path) -> tuple[CommandLine, dict[str, Any]]:
    """The command with the bundle taken in, and what the first ingest said."""
    ended = stack("ingest", str(bundle), "--json")
    assert ended.code == 0, ended.err
    return stack, ended.lines[0]


Filled = tuple[CommandLine, dict[str, Any]]


def test_ingest_prints_one_object_a_file(filled: Filled) -> None:
    record = filled[1]
    assert list(record) == [
        "file", "format", "total", "new", "known", "updated", "conflicting", "rejected", "seconds", "job",
    ]  # fmt: skip
    assert (record["file"], record["total"], record["new"], record["rejected"]) == ("feed.json", 2, 2, 0)


def test_a_second_ingest_adds_nothing_and_says_so(filled: Filled, bundle: Path) -> None:
    ended = filled[0]("ingest", str(bundle))
    assert ended.code == 0
    heading, row = (line.split("\t") for line in ended.out.splitlines())
    assert dict(zip(heading, row, strict=True))["known"] == "2"
    assert "Nothing changed" in ended.err


def test_every_input_of_a_look_up_gets_its_answer_in_order(filled: Filled) -> None:
    ended = filled[0](
        "lookup", "hxxps://evil[.]example/a", "-", "--jsonl", given="evil[.]example\n\nGLASMOTH\nno.example\n"
    )
    assert ended.code == 0
    answers = ended.lines
    assert [answer["input"] for answer in answers] == [
        "hxxps://evil[.]example/a", "evil[.]example", "GLASMOTH", "no.example",
    ]  # fmt: skip
    assert [answer["known"] for answer in answers][1:] == [True, True, False]
    assert answers[1]["objects"] == [INDICATOR]
    assert answers[2]["objects"] == [MALWARE]
    assert list(answers[3])[:5] == ["input", "value", "kind", "known", "objects"]


def test_nothing_known_is_exit_code_one(filled: Filled) -> None:
    assert filled[0]("lookup", "no.example").code == 1
    assert filled[0]("search", "nothinglikethis").code == 1


def test_search_finds_what_was_just_taken_in(filled: Filled) -> None:
    deadline = time.monotonic() + 60
    found = json.loads(filled[0]("search", "glasmoth", "--json").out)
    while not found["total"] and time.monotonic() < deadline:
        # A server's index follows within a second; here it is brought up to date first.
        found = json.loads(filled[0]("search", "glasmoth", "--json").out)
    assert found["total"] == 1
    assert found["hits"][0]["id"] == MALWARE
    assert found["facets"]["type"] == [{"value": "malware", "count": 1, "label": "malware"}]


def test_a_query_that_cannot_be_read_is_a_usage_error_with_a_remedy(filled: Filled) -> None:
    ended = filled[0]("search", "colour:red")
    assert ended.code == 2
    assert "colour" in ended.err
    assert "→" in ended.err
    assert "Traceback" not in ended.err


def test_an_export_holds_every_object_as_it_came(filled: Filled, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert filled[0]("export", "--out", str(path)).code == 0
    text = path.read_text()
    assert all(original in text for original in TEXTS)
    only = filled[0]("export", "--query", "type:indicator")
    assert [made["id"] for made in json.loads(only.out)["objects"]] == [INDICATOR]
    assert filled[0]("export", "--query", "nothinglikethis").code == 1


def test_a_file_with_a_bad_record_is_partly_done_and_the_job_says_which(
    filled: Filled, tmp_path: Path
) -> None:
    path = tmp_path / "mixed.json"
    good = make_other("6b616fc1-1505-48e3-8b2c-0d19337bff38", "Mixed")
    path.write_text(f'[{good},{{"type":"malware","id":"malware--nonsense"}}]')
    ended = filled[0]("ingest", str(path), "--json")
    assert ended.code == 3
    assert "\n  [1]: $." in ended.err
    record = ended.lines[0]
    assert (record["new"], record["rejected"]) == (1, 1)
    errors = filled[0]("job", "errors", str(record["job"]), "--jsonl").lines
    assert {error["record"] for error in errors if error["severity"] == "error"} == {"[1]"}
    job = json.loads(filled[0]("job", "show", str(record["job"]), "--json").out)
    assert (job["state"], job["counts"]["rejected"]) == ("done", 1)


def test_a_file_that_is_not_there_does_not_keep_the_others_out(filled: Filled, bundle: Path) -> None:
    ended = filled[0]("ingest", "/no/such.json", str(bundle), "--json")
    assert ended.code == 3
    assert "/no/such.json: No such file" in ended.err
    assert [record["total"] for record in ended.lines] == [0, 2]


def test_standard_input_is_a_file_too(filled: Filled) -> None:
    text = make_other("2d6f32f5-0b5c-4d2b-9d0a-0a7b0a0b0c0d", "Piped")
    record = filled[0]("ingest", "-", "--source", "Partner", "--json", given=text).lines[0]
    assert (record["file"], record["new"]) == ("stdin", 1)
    assert "Partner" in {source["name"] for source in filled[0]("source", "list", "--jsonl").lines}


def test_a_source_that_is_removed_is_gone(filled: Filled, tmp_path: Path) -> None:
    path = tmp_path / "doomed.json"
    path.write_text(make_other("fdd60b30-b67c-41e3-b0b9-f01faf20d111", "Doomed"))
    assert filled[0]("ingest", str(path)).code == 0
    assert filled[0]("lookup", "Doomed").code == 0
    refused = filled[0]("source", "remove", "doomed.json")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert filled[0]("source", "remove", "doomed.json", "--yes").code == 0
    assert filled[0]("lookup", "Doomed").code == 1


def test_a_job_that_is_not_there_is_not_found(filled: Filled) -> None:
    ended = filled[0]("job", "show", "999999")
    assert ended.code == 1
    assert "999999" in ended.err


def test_the_doctor_finds_nothing_wrong(filled: Filled) -> None:
    filled[0]("search", "glasmoth")
    ended = filled[0]("doctor", "--json")
    assert json.loads(ended.out)["ok"], ended.out
    assert ended.code == 0
