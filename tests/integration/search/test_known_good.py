"""Look-up says which values no one should block, whether the store knows them or not."""

from pathlib import Path

import pytest

from stack.accounts.principal import Principal
from stack.core.known_good.settings import KnownGoodSettings, current_settings, use_settings
from stack.search.lookup import look_up

pytestmark = pytest.mark.django_db(databases="__all__")


def test_values_that_warning_lists_hold_are_told(principal: Principal) -> None:
    google, fanged, unknown = look_up(principal, ["google[.]com", "hxxp://8.8.8[.]8/x", "evil.example"])
    assert [(each.list_name, each.is_false_positive) for each in google.known_good] == [
        ("google", True),
        ("tranco", True),
    ]
    assert not google.known
    assert [(each.list_name, each.is_false_positive) for each in fanged.known_good] == [
        ("public-dns-v4", False)
    ]
    assert unknown.known_good == ()


def test_lists_that_cannot_be_asked_cost_no_look_up(principal: Principal, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    before = current_settings()
    use_settings(KnownGoodSettings(folder=tmp_path / "data", lists=tmp_path))
    try:
        (answer,) = look_up(principal, ["google.com"])
    finally:
        use_settings(before)
    assert answer.known_good == ()
