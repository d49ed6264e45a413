"""Which keys the settings lead to."""

from dataclasses import replace
from pathlib import Path

import pytest

from stack.config.environment import SettingError
from stack.config.vault import configure_vault
from stack.vault.errors import VaultLocked
from stack.vault.key_sources import KeyPlace, ServicePlace, VaultSettings, list_keys
from stack.vault.local_keys import LocalKey, create_key_file, make_key
from stack.vault.transit import TransitKey


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEY", "KEY_FILE", "NEW_KEY", "NEW_KEY_FILE", "KMS", "KMS_TOKEN", "KMS_TOKEN_FILE"):
        monkeypatch.delenv(f"STACK_VAULT_{name}", raising=False)


def test_on_ones_own_machine_the_key_is_a_file_in_the_data_folder(tmp_path: Path) -> None:
    settings = configure_vault(data_folder=tmp_path, is_production=False)
    assert settings.uses_own_file
    assert list_keys(settings) == []
    create_key_file(tmp_path / "vault.key", make_key())
    assert len(list_keys(settings)) == 1
    named = replace(settings, current=KeyPlace("STACK_VAULT_KEY", text=make_key().hex()))
    assert [key.setting for key in list_keys(named)] == ["STACK_VAULT_KEY"]


def test_production_needs_a_key_that_is_named_and_ignores_the_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_key_file(tmp_path / "vault.key", make_key())
    with pytest.raises(SettingError, match="STACK_VAULT_KEY"):
        configure_vault(data_folder=tmp_path, is_production=True)
    named = LocalKey(make_key(), "STACK_VAULT_KEY")
    monkeypatch.setenv("STACK_VAULT_KEY", named.key.hex())
    settings = configure_vault(data_folder=tmp_path, is_production=True)
    assert [key.key_id for key in list_keys(settings)] == [named.key_id]
    assert not settings.uses_own_file


def test_a_key_and_its_file_at_once_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_VAULT_KEY", make_key().hex())
    monkeypatch.setenv("STACK_VAULT_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(SettingError, match="not both"):
        configure_vault(data_folder=tmp_path, is_production=False)


def test_during_a_rotation_the_new_key_is_accepted_beside_the_old(tmp_path: Path) -> None:
    create_key_file(tmp_path / "new.key", make_key())
    old = KeyPlace("STACK_VAULT_KEY", text=make_key().hex())
    new = KeyPlace("STACK_VAULT_NEW_KEY_FILE", path=tmp_path / "new.key")
    assert len(list_keys(VaultSettings(current=old, new=new))) == 2


def test_no_setting_shows_what_is_secret() -> None:
    text = make_key().hex()
    place, service = KeyPlace("STACK_VAULT_KEY", text=text), ServicePlace("transit", "https://x/t/k", text)
    assert text not in repr(VaultSettings(current=place, service=service))


def test_a_service_is_named_by_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_VAULT_KMS", "transit:https://bao.example:8200/team/transit/stack")
    monkeypatch.setenv("STACK_VAULT_KMS_TOKEN", "s.token")
    (key,) = list_keys(configure_vault(data_folder=tmp_path, is_production=True))
    assert key.key_id == "transit:team/transit/stack"
    assert "s.token" not in repr(key)
    for wrong in ("transit", "transit:", "https"):
        monkeypatch.setenv("STACK_VAULT_KMS", wrong)
        with pytest.raises(SettingError, match="STACK_VAULT_KMS"):
            configure_vault(data_folder=tmp_path, is_production=False)
    with pytest.raises(VaultLocked, match="'clouds'"):
        list_keys(VaultSettings(service=ServicePlace("clouds", "x")))


@pytest.mark.parametrize(
    "address",
    [
        "http://bao.example:8200/transit/stack",
        "https://bao.example:8200/stack",
        "https:///transit/stack",
        "https://user@bao.example/transit/stack",
        "file:///transit/stack",
    ],
)
def test_an_address_that_is_unsafe_or_incomplete_is_refused(address: str) -> None:
    with pytest.raises(VaultLocked, match="STACK_VAULT_KMS"):
        TransitKey.from_address(address, token="s.token")


@pytest.mark.parametrize("token", ["", "a\r\nX-Evil: 1", "tökén"])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(VaultLocked, match="token"):
        TransitKey.from_address("https://bao.example/transit/stack", token=token)


def test_a_service_of_another_make_comes_as_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme_kms.py").write_text(
        "class Acme:\n"
        "    setting = 'STACK_VAULT_KMS'\n"
        "    def __init__(self, address, token):\n"
        "        self.key_id = f'acme:{address}:{len(token)}'\n"
    )
    package = tmp_path / "acme_kms-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-kms\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[stack.vault.kms]\nacme = acme_kms:Acme\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    (key,) = list_keys(VaultSettings(service=ServicePlace("acme", "eu/1", "token")))
    assert key.key_id == "acme:eu/1:5"
    with pytest.raises(VaultLocked) as refusal:
        list_keys(VaultSettings(service=ServicePlace("other", "x")))
    assert "acme, transit" in refusal.value.remedy
