"""What goes in is counted, kept byte for byte, and known when it comes again."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from django.test import override_settings

from stack.accounts.principal import Principal
from stack.core.errors import BadInput
from stack.ingest.base import CsvMapping
from stack.ingest.operations import accept_file, accept_upload
from stack.jobs.models import JobState
from stack.jobs.operations import run_inline
from stack.jobs.queries import list_errors
from stack.jobs.records import JobRow, RecordError
from stack.store.artifacts.queries import all_artifacts
from stack.store.queries.objects import count_by_type, get_text, iterate_texts
from tests.conftest import DataFiles
from tests.integration.ingest.conftest import Ingest
from tests.integration.ingest.samples import make_bundle, make_tool

pytestmark = pytest.mark.django_db(databases="__all__")
OUTCOMES = ("total", "new", "known", "updated", "conflicting", "rejected")


def count(job: JobRow) -> tuple[int, ...]:
    assert job.state == JobState.DONE, job.error
    counts = tuple(job.result[name] for name in OUTCOMES)
    assert counts[0] == sum(counts[1:])
    assert job.counts == {name: job.result[name] for name in job.counts}
    return counts


def errors(principal: Principal, job: JobRow) -> list[RecordError]:
    return list_errors(principal, job.id, limit=1000).rows


def test_a_bundle_goes_in_byte_for_byte_and_is_known_when_it_comes_again(
    ingest: Ingest, principal: Principal
) -> None:
    text = json.dumps(make_tool(1), indent=3).encode()
    data = make_bundle(text, make_tool(2), make_tool(3))
    first, again = ingest(data), ingest(data)
    assert count(first) == (3, 3, 0, 0, 0, 0)
    assert count(again) == (3, 0, 3, 0, 0, 0)
    assert again.result["note"] == "Nothing changed: all 3 objects were already known."
    assert (first.result["format"], first.result["file"]) == ("stix", "file.json")
    assert first.percent == 100
    assert get_text(principal, make_tool(1)["id"]) == text


def test_versions_conflicts_and_repetitions_in_one_file_are_told_apart(ingest: Ingest) -> None:
    later = "2024-02-01T00:00:00.000Z"
    job = ingest(
        make_bundle(
            make_tool(1),
            make_tool(1),
            make_tool(1, modified=later, name="Renamed"),
            make_tool(2),
            make_tool(2, name="Other words, same time"),
        )
    )
    assert count(job) == (5, 2, 1, 1, 1, 0)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_packed_files_go_in_under_any_name(ingest: Ingest, pack: object) -> None:
    assert callable(pack)
    data = make_bundle(*[make_tool(n) for n in range(50)])
    assert count(ingest(pack(data), "bundle")) == (50, 50, 0, 0, 0, 0)


def test_bad_records_are_named_with_rule_and_field_and_the_good_ones_go_in(
    ingest: Ingest, principal: Principal
) -> None:
    objects = [json.dumps(make_tool(n)).encode() for n in range(20)]
    deep = b'{"type":"tool","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    bad = {
        2: (objects[2].replace(b'"Tool 2"', b"NaN"), "json", "no NaN"),
        4: (objects[4].replace(b"Tool 4", b"\\ud800"), "unicode", "surrogate"),
        6: (objects[6].replace(b"Tool 6", b"\xff\xfe"), "unicode", "UTF-8"),
        8: (deep, "depth", "nested too deep"),
        10: (
            objects[10].replace(b'"name"', b'"name":"twice","name"'),
            "duplicate-key",
            "'name' is there twice",
        ),
        12: (objects[12].replace(b'"Tool 12"', b"17"), "json-type", "Expected"),
        14: (objects[14].replace(b'"id"', b'"x_id"'), "required", "id"),
        16: (b'"text"', "json", "expected an object"),
    }
    for number, (text, _, _) in bad.items():
        objects[number] = text
    job = ingest(make_bundle(*objects))
    assert count(job) == (20, 12, 0, 0, 0, 8)
    found = {fault.position: fault for fault in errors(principal, job) if fault.severity == "error"}
    assert list(found) == list(bad)
    for number, (_, rule, message) in bad.items():
        assert (found[number].record, found[number].rule) == (f"objects[{number}]", rule)
        assert message in found[number].message
    assert found[12].path == "$.name"
    assert found[12].stix_id == make_tool(12)["id"]
    assert job.result["errors"] == 8


def test_one_bad_object_in_ten_thousand_keeps_only_itself_out(ingest: Ingest, principal: Principal) -> None:
    objects = [make_tool(n) for n in range(10_000)]
    del objects[6789]["name"]
    job = ingest(make_bundle(*objects))
    assert count(job) == (10_000, 9_999, 0, 0, 0, 1)
    [fault] = errors(principal, job)
    assert (fault.record, fault.stix_id) == ("objects[6789]", objects[6789]["id"])


def test_a_string_of_ten_megabytes_goes_in_and_a_larger_record_is_refused(
    ingest: Ingest, principal: Principal
) -> None:
    data = make_bundle(
        make_tool(1),
        make_tool(2, description="x" * 10_000_000),
        make_tool(3, description="y" * 17_000_000),
        make_tool(4),
    )
    job = ingest(data)
    assert count(job) == (4, 3, 0, 0, 0, 1)
    assert [(fault.record, fault.rule) for fault in errors(principal, job)] == [("objects[2]", "size")]


def test_a_truncated_file_keeps_what_came_before_the_cut(ingest: Ingest, principal: Principal) -> None:
    data = make_bundle(*[make_tool(n) for n in range(10)])[:-60]
    job = ingest(data)
    assert count(job) == (10, 9, 0, 0, 0, 1)
    [fault] = errors(principal, job)
    assert fault.rule == "truncated"
    assert f"{len(data):,}" in fault.message


def test_a_packed_file_that_is_cut_keeps_what_came_before_the_cut(
    ingest: Ingest, principal: Principal
) -> None:
    objects = [make_tool(n, description=f"{n * 7919 % 10_007:x}" * 90) for n in range(3000)]
    job = ingest(gzip.compress(make_bundle(*objects))[:-5000], "bundle.json.gz")
    total, new, *_ = count(job)
    assert 1000 < new < 3000
    assert any("cut short" in fault.message for fault in errors(principal, job))
    assert total - new == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<!doctype html><title>Sign in</title>", "This is an HTML page, not STIX"),
        (b"", "The file is empty"),
        (b"plain words only", "No indicators were found"),
    ],
)
def test_what_cannot_be_read_at_all_fails_with_a_reason(ingest: Ingest, data: bytes, message: str) -> None:
    job = ingest(data)
    assert job.state == JobState.FAILED
    assert message in job.error
    assert job.attempts == 1


def test_a_pattern_that_does_not_parse_lets_its_indicator_in_with_a_warning(
    ingest: Ingest, principal: Principal
) -> None:
    indicator = make_tool(1, pattern="[file:name = ]", pattern_type="stix", valid_from="2024-01-01T00:00:00Z")
    indicator |= {"type": "indicator", "id": indicator["id"].replace("tool", "indicator")}
    job = ingest(make_bundle(indicator))
    assert count(job) == (1, 1, 0, 0, 0, 0)
    [fault] = errors(principal, job)
    assert (fault.severity, fault.rule, fault.path) == ("warning", "pattern", "$.pattern")
    assert "column" in fault.message


def test_many_warnings_are_counted_and_shown_by_example(ingest: Ingest, principal: Principal) -> None:
    objects = [make_tool(n, colour="red", size=n) for n in range(50)]
    objects.append(make_tool(99, name=17))
    job = ingest(make_bundle(*objects))
    assert job.result["warnings"] >= 100
    found = errors(principal, job)
    assert sum(fault.path == "$.colour" for fault in found) == 5
    assert [fault.record for fault in found if fault.severity == "error"] == ["objects[50]"]
    assert "examples" in job.result["note"]


def test_a_csv_file_is_known_when_it_comes_again_and_a_changed_row_is_an_update(
    ingest: Ingest, principal: Principal
) -> None:
    rows = b"value,labels,first_seen\nevil.example,c2,2026-01-02\n198.51.100.7,scan,\n"
    assert count(ingest(rows, "list.csv")) == (2, 2, 0, 0, 0, 0)
    assert count(ingest(rows + b"new.example,c2,\n", "list.csv")) == (3, 1, 2, 0, 0, 0)
    first = {obj["name"]: obj for obj in map(json.loads, iterate_texts(principal))}
    job = ingest(rows.replace(b"scan", b"scanner"), "list.csv")
    assert count(job) == (2, 0, 1, 1, 0, 0)
    texts = {obj["name"]: obj for obj in map(json.loads, iterate_texts(principal))}
    address = texts["198.51.100.7"]
    assert address["labels"] == ["scanner"]
    assert address["created"] == first["198.51.100.7"]["created"] < address["modified"]
    assert count(ingest(rows, "list.csv", source="another feed")) == (2, 2, 0, 0, 0, 0)


def test_a_csv_mapping_and_a_format_travel_with_the_job(ingest: Ingest) -> None:
    mapping = CsvMapping(value=2, value_type="mutex", has_header=False)
    job = ingest(b"1,Global\\One\n2,Two\n", "odd.dat", format="csv", mapping=mapping)
    assert count(job) == (2, 2, 0, 0, 0, 0)
    assert job.result["format"] == "csv"


def test_a_text_is_known_when_it_comes_again(ingest: Ingest, principal: Principal) -> None:
    text = b"Seen: hxxp://evil[.]example/x, 198.51.100[.]7 and CVE-2024-12345."
    assert count(ingest(text, "report.txt")) == (4, 4, 0, 0, 0, 0)
    assert count(ingest(text, "report.txt")) == (4, 0, 4, 0, 0, 0)
    assert count_by_type(principal)["note"] == 1


def list_files(data: Path) -> list[Path]:
    return [path for path in (data / "artifacts").rglob("*") if path.is_file()]


def test_uploads_are_kept_until_their_objects_are_in_and_never_named_by_the_user(
    principal: Principal, tmp_path: Path
) -> None:
    data = make_bundle(make_tool(1))
    job = accept_upload(principal, chunks=[data[:50], data[50:]], filename="../../etc/cron.d/<b>evil\n.json")
    [kept] = list_files(tmp_path)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert make_tool(1)["id"].encode() not in kept.read_bytes()
    ended = run_inline(job.id)
    assert count(ended) == (1, 1, 0, 0, 0, 0)
    assert ended.result["file"] == "<b>evil.json"
    assert list_files(tmp_path) == []
    failed = run_inline(accept_upload(principal, chunks=[b"<html>"], filename="x").id)
    assert failed.state == JobState.FAILED
    assert list_files(tmp_path) == [], "no retry could read it"


def test_an_upload_that_breaks_off_or_is_too_large_leaves_nothing(
    principal: Principal, tmp_path: Path
) -> None:
    def broken() -> Iterator[bytes]:
        yield b"{"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        accept_upload(principal, chunks=broken(), filename="x")
    with override_settings(UPLOAD_LIMIT_BYTES=10), pytest.raises(BadInput, match="larger than"):
        accept_upload(principal, chunks=[b"x" * 11], filename="x")
    assert list_files(tmp_path) == []
    assert list(all_artifacts()) == []


def test_what_is_no_file_or_no_format_is_refused_before_a_job_exists(
    principal: Principal, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="no file"):
        accept_file(principal, path=tmp_path / "absent.json")
    with pytest.raises(BadInput, match="no format"):
        accept_upload(principal, chunks=[b"x"], filename="x", format="docx")


def test_all_real_indicators_are_in(ingest: Ingest, data_file: DataFiles) -> None:
    data = data_file("stix21/indicators.json").read_bytes()
    job = ingest(data)
    total, new, known, updated, conflicting, rejected = count(job)
    assert (total, known, conflicting, rejected) == (11_154, 0, 0, 0)
    assert new + updated == total
    assert job.result["warnings"] == 0


def test_two_releases_of_attack_give_new_versions(
    ingest: Ingest, principal: Principal, data_file: DataFiles
) -> None:
    old, new = (data_file(f"attack/ics-attack-{release}.json").read_bytes() for release in ("16.1", "17.1"))
    assert count(ingest(old))[:2] == (1871, 1871)
    total, added, _, updated, *_ = count(ingest(new))
    assert total == 1651
    assert updated > 1000
    assert count(ingest(new))[:3] == (total, 0, total)
    assert sum(count_by_type(principal).values()) == 1871 + added
    heads = set(iterate_texts(principal))
    assert {text for text in heads if b'"17.1"' in text or text in new}, "the new release is shown"


def test_every_report_of_stix_20_is_in(ingest: Ingest, data_file: DataFiles) -> None:
    for path in sorted(data_file("stix20/unit42").iterdir())[:6]:
        job = ingest(path.read_bytes(), path.name)
        assert count(job)[-1] == 0, path.name
        assert "upgraded from STIX 2.0" in job.result["note"]


def test_a_quote_that_is_never_closed_is_told(ingest: Ingest, principal: Principal) -> None:
    data = b'value,description\nq.example,first\nr.example,"unterminated\nz.example,last\n'
    job = ingest(data)
    assert count(job)[5] == 1
    assert any("unexpected end of data" in fault.message for fault in errors(principal, job))
