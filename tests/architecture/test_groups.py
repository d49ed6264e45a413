"""Tests that share a server run in one process, one for each database or face that it is made for."""

from pathlib import Path

from tests.groups import TOGETHER, name_group

_ROOT = Path(__file__).resolve().parents[2]


def test_what_stays_together_is_there() -> None:
    assert [path for path in sorted(TOGETHER) if not (_ROOT / path).is_file()] == []


def test_a_group_is_a_module_for_one_database_or_face() -> None:
    path = "tests/integration/taxii_peers/test_exactly_once.py"
    assert name_group(f"{path}::test_a[sqlite-live]") == name_group(f"{path}::test_b[sqlite]")
    assert name_group(f"{path}::test_a[sqlite-live]") != name_group(f"{path}::test_a[postgresql-live]")
    assert name_group("tests/unit/test_x.py::test_a") != name_group("tests/unit/test_x.py::test_b")
