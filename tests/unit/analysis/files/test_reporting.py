"""Whatever a reader writes, a report stays within its limits."""

import pytest

from stack.analysis.answers import Pivot
from stack.analysis.files.base import Part
from stack.analysis.files.reporting import Budget, PartReport


def make_report(*, size: int = 1_000, budget: Budget | None = None, depth: int = 0) -> PartReport:
    part = Part(data=memoryview(bytes(size)), name="a", type="x", depth=depth)
    return PartReport(part, budget or Budget(until=100.0), clock=lambda: 50.0)


def test_notes_have_the_engine_in_front_and_clean_codes() -> None:
    report = make_report()
    report.note("pe.Odd_Name!", "It is odd.", group="pe", weight=1.0)
    report.note(
        "file.already", "It is odd.", weight=float("nan"), pivots=[Pivot("url", ""), Pivot("url", "x")]
    )
    assert [each.code for each in report.evidence] == ["file.pe.odd-name", "file.already"]
    assert report.evidence[0].group == "file.pe"
    assert report.evidence[1].weight == 0
    assert [each.value for each in report.evidence[1].pivots] == ["x"]


def test_everything_is_bounded_and_what_is_beyond_is_counted() -> None:
    report = make_report()
    for number in range(5_000):
        report.note(f"a.{number}", "x" * 5_000)
        report.fact("name" * 100, "value" * 10_000)
        report.moment(0, "then")
        report.remark(f"remark {number}")
    for _ in range(3):
        report.text("x" * 5_000_000, origin="text")
    assert len(report.evidence) == 200
    assert len(report.facts) == 1_000
    assert len(report.moments) == 100
    assert max(len(each.statement) for each in report.evidence) <= 601
    assert max(len(each.value) for each in report.facts) <= 2_001
    assert sum(len(text) for text, _ in report.texts) == 8 * 1024 * 1024
    said = " ".join(report.list_remarks())
    assert "4,800 further findings" in said
    assert "4,000 further facts" in said


def test_what_does_not_print_is_replaced() -> None:
    report = make_report()
    report.fact("a\u202eb\0", "c\ud800d\x1b[0m\nnext")
    assert report.facts[0].name == "a\ufffdb\ufffd"
    assert report.facts[0].value == "c\ufffdd\ufffd[0m\nnext"
    report.fact("empty", "")
    assert len(report.facts) == 1


@pytest.mark.parametrize("at", [-(10**30), 10**30])
def test_times_that_no_calendar_has_are_left_out(at: int) -> None:
    report = make_report()
    report.moment(at, "never")
    assert not report.moments


def test_children_end_with_depth_number_and_size() -> None:
    assert not make_report(depth=8).child(b"x", name="a")
    few = make_report(budget=Budget(until=100.0, parts=2))
    assert [few.child(b"x", name="a") for _ in range(3)] == [True, True, False]
    small = make_report(budget=Budget(until=100.0, unpacked=10))
    assert small.child(b"x" * 8, name="a")
    assert small.room() == 2
    assert not small.child(b"x" * 8, name="b")
    assert "too large together" in " ".join(small.list_remarks())


def test_what_unpacks_to_many_times_its_size_is_told() -> None:
    report = make_report(size=100)
    while report.child(bytes(8 * 1024 * 1024), name="zeros"):
        pass
    assert sum(len(each.data) for each in report.children) == 32 * 1024 * 1024
    assert [each.code for each in report.evidence] == ["file.bomb"]
    assert report.evidence[0].weight > 0


def test_time_ends() -> None:
    assert make_report().has_time()
    assert not make_report(budget=Budget(until=10.0)).has_time()
