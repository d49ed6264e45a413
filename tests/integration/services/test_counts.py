"""What is printed of the services after the tests."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.service_counts import describe_counts

ROOT = Path(__file__).parents[3]
_SAMPLE = """
import pytest
from tests.services import report_absent

pytest_plugins = ["tests.service_counts"]

@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    return request.param

@pytest.fixture
def s3_url():
    report_absent("s3", "start it")

def test_database(database): ...
@pytest.mark.service("redis")
def test_redis(): ...
def test_s3(s3_url): ...
def test_s3_too(s3_url): ...
"""


def test_counts_are_read_easily() -> None:
    ran, skipped = Counter({"redis": 1204, "s3": 2}), Counter({"s3": 1, "opensearch": 7})
    assert (
        describe_counts(ran, skipped)
        == "opensearch absent (7 skipped) · redis 1,204 ran · s3 2 ran (1 skipped)"
    )


@pytest.mark.parametrize("workers", ["0", "2"])
def test_counts_come_from_all_workers(tmp_path: Path, workers: str) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.service_counts"]', encoding="utf-8")
    (tmp_path / "test_sample.py").write_text(_SAMPLE.replace('pytest_plugins = ["tests.service_counts"]', ""))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = service\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-n", workers, str(tmp_path)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "services: postgresql 1 ran · redis 1 ran · s3 absent (2 skipped)" in done.stdout, done.stdout
