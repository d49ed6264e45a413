"""What commands decide by themselves, without a backend."""

import argparse
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stack.cli.arguments import read_text
from stack.cli.backend.records import JobView, SourceView
from stack.cli.commands.export import write_whole
from stack.cli.commands.ingest import judge
from stack.cli.commands.key import read_expiry
from stack.cli.commands.lookup import read_values
from stack.cli.commands.source import find_source
from stack.cli.main import main
from stack.cli.progress import describe_progress
from stack.core.errors import NotFound, Unavailable


def make_source(number: int, name: str) -> SourceView:
    return SourceView(number, name, "upload", 3, 0, 0, None, None)


def make_job(**values: object) -> JobView:
    fields: dict[str, object] = dict.fromkeys(JobView.__dataclass_fields__)
    fields |= {"state": "running", "phase": "reading", "unit": "bytes", "done": 0} | values
    return JobView(**fields)  # type: ignore[arg-type]  # a test fills in what it needs


def test_values_and_lines_of_standard_input_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("b\r\n\n c \nd"))
    assert list(read_values(["a", "-", "e"])) == ["a", "b", " c ", "d", "e"]


def test_bytes_that_are_no_text_do_not_end_a_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    given = io.BytesIO(b"\xef\xbb\xbfone\n\xff\xfetwo\n\xef\xbb\xbfthree\n")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(given, encoding="utf-8"))
    assert list(read_values(["-"])) == ["one", "\ufffd\ufffdtwo", "three"]
    assert read_text("\udcffx") == "\ufffdx"


def record(total: int, rejected: int, **more: object) -> dict[str, object]:
    return {"total": total, "rejected": rejected, **more}


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([record(5, 0)], 0),
        ([record(0, 0)], 0),
        ([record(5, 1)], 3),
        ([record(5, 5)], 2),
        ([record(0, 0, error="no such file")], 2),
        ([record(5, 0), record(0, 0, error="no such file")], 3),
        ([record(9, 2, error="the rest cannot be read")], 3),
    ],
)
def test_ingest_says_by_its_exit_code_how_much_went_in(records: list[dict[str, object]], code: int) -> None:
    assert judge(records) == code


def test_a_source_is_found_by_its_name_before_its_number() -> None:
    sources = [make_source(1, "feed"), make_source(2, "1")]
    assert find_source(sources, "1").id == 2
    assert find_source(sources, "2").id == 2
    with pytest.raises(NotFound):
        find_source(sources, "3")


def test_a_key_may_expire_after_a_period_or_at_a_date() -> None:
    soon = datetime.fromisoformat(read_expiry("2w"))
    assert timedelta(days=13) < soon - datetime.now(UTC) <= timedelta(days=14)
    assert read_expiry("2027-01-31") == "2027-01-31T00:00:00+00:00"
    for wrong in ("soon", "99999y"):
        with pytest.raises(argparse.ArgumentTypeError):
            read_expiry(wrong)


def test_progress_tells_amount_rate_and_time_left() -> None:
    job = make_job(done=11_200_000, total=25_900_000, percent=43, rate=9_800_000.0, eta=1.5)
    assert describe_progress(job) == "reading 43 %, 11.2 MB of 25.9 MB, 9.8 MB/s, 2 s left"
    assert describe_progress(make_job(unit="objects", done=1200)) == "reading, 1,200 objects"


def test_an_export_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(b"before")

    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise Unavailable("the connection broke")

    with pytest.raises(Unavailable):
        write_whole(pieces(), str(path))
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
    assert write_whole(iter([b"a", b"bc"]), str(path)) == 3
    assert path.read_bytes() == b"abc"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command_and_its_options(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "lookup" in script
    assert "--no-open" in script
    assert "retry" in script
