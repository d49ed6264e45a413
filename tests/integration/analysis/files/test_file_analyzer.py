"""The analyzer of files, with its sandbox."""

import io
import threading
import zipfile
from collections.abc import Sequence
from typing import BinaryIO

import msgspec
import pytest

from stack.analysis.analyzers.file import Analyzer
from stack.analysis.answers import Answer
from stack.analysis.files import running
from stack.analysis.files.results import Request
from stack.analysis.files.running import run_inspection
from stack.analysis.subjects import Subject
from stack.core.sandbox.limits import SandboxLimits
from stack.core.sandbox.running import stream_sandboxed
from tests.analysis_tools import ToldTools
from tests.programs import make_pe

_ID = "indicator--6d9c21f7-0000-4000-8000-000000000001"
_INJECTION = ("VirtualAllocEx", "WriteProcessMemory", "CreateRemoteThread")


class RuleTools(ToldTools):
    """Tools with rules."""

    def list_yara_rules(self) -> Sequence[tuple[str, str]]:
        return [
            (_ID, 'rule Names_Kernel { strings: $a = "kernel32" nocase condition: $a }'),
            (_ID, "rule Broken { condition: nothing_known }"),
        ]


def analyze(sample: bytes, name: str, *, tools: type[ToldTools] = ToldTools) -> Answer:
    return Analyzer.analyze(Subject("file", "0" * 64, name=name, size=len(sample)), tools(sample=sample))


def test_a_program_in_an_archive() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("invoice.pdf.exe", make_pe(imports={"KERNEL32.dll": _INJECTION}))
    answer = analyze(file.getvalue(), "invoice.zip", tools=RuleTools)
    evidence = {each.code: each for each in answer.evidence}
    assert evidence["file.pe.injects"].statement.startswith("In “invoice.zip > invoice.pdf.exe”: It imports")
    assert evidence["file.yara.names-kernel"].is_private
    assert not evidence["file.pe.injects"].is_private
    sections = {fact.section for fact in answer.facts}
    assert {"File", "Contents", "invoice.zip > invoice.pdf.exe: Imports", "Not read"} <= sections
    assert [pivot.relation for pivot in answer.pivots][:1] == ["contains"]
    assert [part["media"] for part in answer.raw["parts"]][1].endswith("portable-executable")
    assert ", 1 file inside: " in answer.summary
    encoded = msgspec.json.encode(answer)
    assert msgspec.json.encode(msgspec.json.decode(encoded, type=Answer)) == encoded


def test_a_reader_that_kills_its_process_is_left_out_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first process ends at a reader; what it told stands, and another goes on without that reader."""
    started: list[tuple[str, ...]] = []

    def crash_once(target: str, **given: object) -> object:
        arguments = given["arguments"]
        assert isinstance(arguments, dict)
        started.append(tuple(arguments["without"]))
        lines = stream_sandboxed(target, **given)  # type: ignore[arg-type]
        if len(started) > 1:
            yield from lines
            return
        for line in lines:
            yield line
            if line["reader"] == "pe":
                limits = SandboxLimits(cpu_s=1, wall_s=5)
                yield from stream_sandboxed(
                    "tests.integration.analysis.files.targets:crash", payload=b"", limits=limits
                )

    monkeypatch.setattr(running, "stream_sandboxed", crash_once)
    inspection = run_inspection(lambda: io.BytesIO(make_pe()), Request(name="a.exe"), stop=threading.Event())
    assert started == [(), ("pe",)]
    assert inspection.parts[0].is_read
    assert any("left out" in remark for remark in inspection.parts[0].remarks)
    assert any("crashed its reader" in remark for remark in inspection.remarks)


def test_without_memory_there_is_a_plain_answer() -> None:
    limits = SandboxLimits(memory_bytes=24 * 1024 * 1024, cpu_s=20, wall_s=20)
    inspection = run_inspection(
        lambda: io.BytesIO(make_pe()), Request(name="a.exe"), stop=threading.Event(), limits=limits
    )
    assert inspection.remarks
    assert not any(part.is_read for part in inspection.parts)


def test_a_stop_ends_it() -> None:
    stop = threading.Event()
    stop.set()

    def open_sample() -> BinaryIO:
        return io.BytesIO(make_pe())

    inspection = run_inspection(open_sample, Request(name="a.exe"), stop=stop)
    assert len(inspection.parts) == 1
    assert not inspection.parts[0].is_read


@pytest.mark.parametrize("content", [b"", b"x"])
def test_the_smallest_files(content: bytes) -> None:
    answer = analyze(content, "")
    assert {fact.name for fact in answer.facts} >= {"Type", "Size", "SHA-256"}
    assert not answer.evidence
