"""`STACK_VAULT_*` as the vault's settings; production names its key, and never makes one."""

from pathlib import Path

from stack.config.environment import SettingError, read_secret, read_text
from stack.vault.key_sources import KeyPlace, ServicePlace, VaultSettings


def configure_vault(*, data_folder: Path, is_production: bool) -> VaultSettings:
    current, service = _read_place("STACK_VAULT_KEY"), _read_service()
    if is_production and current is None and service is None:
        raise SettingError(
            "STACK_VAULT_KEY",
            "production refuses to start without it (or STACK_VAULT_KEY_FILE, or STACK_VAULT_KMS); "
            "“stack keys init --file PATH” makes a key file",
        )
    return VaultSettings(
        current=current,
        new=_read_place("STACK_VAULT_NEW_KEY"),
        service=service,
        own_file=None if is_production else data_folder / "vault.key",
        is_strict=is_production,
    )


def _read_place(name: str) -> KeyPlace | None:
    """The file is read when a key is needed, so that a running process finds what was put there since."""
    path = read_text(f"{name}_FILE")
    text = read_text(name)
    if path and text:
        raise SettingError(name, f"set either {name} or {name}_FILE, not both")
    if path:
        return KeyPlace(f"{name}_FILE", path=Path(path))
    return KeyPlace(name, text=text) if text else None


def _read_service() -> ServicePlace | None:
    value = read_text("STACK_VAULT_KMS")
    if not value:
        return None
    kind, separator, address = value.partition(":")
    if not separator or not address:
        raise SettingError(
            "STACK_VAULT_KMS",
            "expected <kind>:<address>, like transit:https://bao.example:8200/transit/stack",
        )
    return ServicePlace(kind, address, read_secret("STACK_VAULT_KMS_TOKEN"))
