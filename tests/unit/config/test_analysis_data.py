"""`STACK_GEO_*` and `STACK_HASH_SETS`: paths that must be there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.analysis.addresses import settings as addresses
from stack.analysis.hashes import settings as hashes
from stack.config.analysis_data import install_analysis_data
from stack.config.environment import SettingError


@pytest.fixture(autouse=True)
def settings_come_back() -> Iterator[None]:
    before = addresses.current_settings(), hashes.current_settings()
    yield
    addresses.use_settings(before[0])
    hashes.use_settings(before[1])


def test_without_them_what_is_bundled_is_used(tmp_path: Path) -> None:
    install_analysis_data(data_folder=tmp_path)
    assert addresses.current_settings() == addresses.GeographySettings()
    assert hashes.current_settings() == hashes.HashSettings(folder=tmp_path / "hash-sets")


def test_what_is_named_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = tmp_path / "a.mmdb"
    database.touch()
    monkeypatch.setenv("STACK_GEO_COUNTRY", str(database))
    monkeypatch.setenv("STACK_HASH_SETS", str(tmp_path))
    install_analysis_data(data_folder=tmp_path)
    assert addresses.current_settings() == addresses.GeographySettings(country=database)
    assert hashes.current_settings().sets == tmp_path


@pytest.mark.parametrize("name", ["STACK_GEO_COUNTRY", "STACK_GEO_ASN", "STACK_HASH_SETS"])
def test_what_is_not_there_stops_the_start(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "nothing"))
    with pytest.raises(SettingError, match=f"{name}.*expected a"):
        install_analysis_data(data_folder=tmp_path)
