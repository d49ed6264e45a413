"""A file and what is inside it, part by part."""

import gzip
import io
import time
import zipfile
from pathlib import Path

import pytest

from stack.analysis.files import inspecting, media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.inspecting import inspect_part, inspect_parts
from stack.analysis.files.reporting import Budget
from stack.analysis.files.results import PartResult
from tests.programs import make_elf, make_pe


def make_zip(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def list_codes(part: PartResult) -> set[str]:
    return {each.code for each in part.evidence}


def test_parts_are_found_breadth_first_with_paths() -> None:
    inner = make_zip({"deep.txt": b"hello"})
    parts = inspect_part(make_zip({"b.zip": inner, "a.exe": make_pe()}), name="outer.zip")
    assert [part.path for part in parts] == [
        "outer.zip",
        "outer.zip > b.zip",
        "outer.zip > a.exe",
        "outer.zip > b.zip > deep.txt",
    ]
    assert [part.parent for part in parts] == [0, 0, 0, 1]
    assert [part.depth for part in parts] == [0, 1, 1, 2]
    assert parts[2].media == media.PE
    assert all(part.is_read for part in parts)


def test_the_same_bytes_are_read_once() -> None:
    parts = inspect_part(make_zip({f"{number}.exe": make_pe() for number in range(3)}), name="a.zip")
    assert [part.is_read for part in parts] == [True, True, False, False]
    assert len({part.hashes.sha256 for part in parts[1:]}) == 1


def test_names_that_hide_what_a_file_is() -> None:
    def codes(name: str, content: bytes) -> set[str]:
        return list_codes(inspect_part(content, name=name)[0])

    assert "file.name.double-ending" in codes("invoice.pdf.exe", make_pe())
    assert "file.name.direction" in codes("invoice\u202efdp.exe", make_pe())
    assert "file.name.gap" in codes("invoice.pdf" + " " * 60 + ".exe", make_pe())
    assert "file.name.other-content" in codes("picture.jpg", make_pe())
    assert not {code for code in codes("setup.exe", make_pe()) if code.startswith("file.name")}
    assert not {code for code in codes("report.2026.pdf", b"%PDF-1.7\n") if code.startswith("file.name")}


def test_words_tell_what_a_script_is_for() -> None:
    script = b"@echo off\r\nset a=1\r\nvssadmin.exe Delete Shadows /all /quiet\r\n"
    part = inspect_part(script, name="a.bat")[0]
    assert "file.words.deletes-backups" in list_codes(part)
    assert "Delete Shadows" in next(each.statement for each in part.evidence if "deletes" in each.code)


def test_indicators_of_text_and_of_strings() -> None:
    text = b"Call http://evil.example.org/a and 203.0.113.9 or mail a@example.net.\n"
    found = {(each.kind, each.value) for each in inspect_part(text, name="a.txt")[0].indicators}
    assert {
        ("url", "http://evil.example.org/a"),
        ("ipv4", "203.0.113.9"),
        ("email", "a@example.net"),
    } <= found
    noise = b"1.2.3.4\0\0module.name\0\0System.Net\0\0libc.so.6\0\0os.link\0\0http://ocsp.digicert.com0\0\0"
    wide = "http://evil.example.org/b".encode("utf-16-le")
    program = make_elf(code=noise + b"\0" + wide + b"\0\0\0evil-host.example.com\0")
    values = {each.value for each in inspect_part(program, name="a")[0].indicators}
    assert values == {"http://evil.example.org/b", "evil-host.example.com"}


def test_a_reader_that_fails_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(FileReader):
        name = "broken"
        title = "broken files"
        types = frozenset({inspecting.ANY})

        @staticmethod
        def read(part: Part, report: Report) -> None:
            report.fact("before", "seen")
            raise RecursionError

    monkeypatch.setattr(inspecting, "_list_readers", lambda: {"broken": Broken})
    part = inspect_part(b"vssadmin delete shadows /all\n", name="a.txt")[0]
    assert part.is_read
    assert part.facts[0].name == "before"
    assert any("broken files" in remark for remark in part.remarks)
    assert "file.words.deletes-backups" in list_codes(part)


def test_the_order_in_which_it_is_told() -> None:
    """Identified, each reader by its name, read: a crash in between loses one part."""
    budget = Budget(until=time.monotonic() + 30)
    told = list(inspect_parts(memoryview(make_pe()), name="a.exe", budget=budget))
    assert told[0].part is not None
    assert not told[0].part.is_read
    assert "pe" in {each.reader for each in told}
    assert told[-1].part is not None
    assert told[-1].part.is_read


def test_a_reader_can_be_left_out() -> None:
    budget = Budget(until=time.monotonic() + 30)
    told = list(inspect_parts(memoryview(make_pe()), name="a.exe", budget=budget, without=frozenset({"pe"})))
    assert "pe" not in {each.reader for each in told}
    assert told[-1].part is not None
    assert any("left out" in remark for remark in told[-1].part.remarks)


def test_without_time_there_are_hashes_and_types() -> None:
    part = inspect_part(make_pe(), name="a.exe", seconds=-1)[0]
    assert part.media == media.PE
    assert part.hashes.sha256
    assert any("time" in remark for remark in part.remarks)


def test_nesting_ends() -> None:
    content = b"innermost"
    for _ in range(30):
        content = gzip.compress(content)
    parts = inspect_part(content, name="a.gz")
    assert len(parts) == 9
    assert any("too deep" in remark for remark in parts[-1].remarks)


def test_programs_of_the_system_are_not_suspicious() -> None:
    """Nothing of what a distribution ships may look bad: here a few, 400 were tried."""
    chosen = [path for path in sorted(Path("/usr/bin").iterdir()) if path.is_file() and not path.is_symlink()]
    for path in [path for path in chosen if path.stat().st_size < 200_000][::40][:15]:
        weights = [
            each.weight for part in inspect_part(path.read_bytes(), name=path.name) for each in part.evidence
        ]
        assert sum(weight for weight in weights if weight > 0) < 1.2, path
