"""Where key-encryption keys come from: the settings say it, and they are read again at each need.

A process that runs while another one changes the key therefore meets the new one by itself. All keys found
are accepted; which one is in use stands in the database (`VaultMark`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path

from stack.core.secret_files import is_exposed
from stack.vault.base import KeyEncryption
from stack.vault.errors import VaultLocked
from stack.vault.local_keys import parse_keys, read_key_file

PLUGIN_GROUP = "stack.vault.kms"


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """A key as text or in a file; `setting` is the variable that says so."""

    setting: str
    text: str = field(default="", repr=False)
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class ServicePlace:
    """A key-management service: `kind` is `transit` or the name of an entry point."""

    kind: str
    address: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """`own_file` is the file that Stack makes for itself; production has none.

    It counts only where neither `current` nor `service` is set: a wrong key is never made good by it.
    """

    current: KeyPlace | None = None
    new: KeyPlace | None = None
    service: ServicePlace | None = None
    own_file: Path | None = None
    is_strict: bool = False

    @property
    def uses_own_file(self) -> bool:
        return self.own_file is not None and self.current is None and self.service is None


def list_keys(settings: VaultSettings) -> list[KeyEncryption]:
    """Every key at hand; `VaultLocked` for one that is set and cannot be used."""
    return list(_find_keys(settings))


def _find_keys(settings: VaultSettings) -> Iterator[KeyEncryption]:
    for place in (settings.new, settings.current):
        if place is not None:
            yield from read_place(place, is_strict=settings.is_strict)
    if settings.service is not None:
        yield open_service(settings.service)
    if settings.own_file is not None and settings.uses_own_file and settings.own_file.exists():
        yield from read_key_file(settings.own_file, setting="vault.key", is_strict=settings.is_strict)


def read_place(place: KeyPlace, *, is_strict: bool) -> list[KeyEncryption]:
    if place.path is not None:
        return [*read_key_file(place.path, setting=place.setting, is_strict=is_strict)]
    return [*parse_keys(place.text, setting=place.setting)]


def open_service(place: ServicePlace) -> KeyEncryption:
    if place.kind == "transit":
        from stack.vault.transit import TransitKey

        return TransitKey.from_address(place.address, token=place.token)
    for point in entry_points(group=PLUGIN_GROUP, name=place.kind):
        service: KeyEncryption = point.load()(place.address, place.token)
        return service
    known = sorted({"transit", *(point.name for point in entry_points(group=PLUGIN_GROUP))})
    raise VaultLocked(
        f"STACK_VAULT_KMS: there is no key-management service {place.kind!r}",
        remedy=f"Known are: {', '.join(known)}; others come with a package that brings them.",
    )


def find_exposed_files(settings: VaultSettings) -> list[Path]:
    """Key files that others than their owner may read."""
    places = (settings.new, settings.current)
    paths = [place.path for place in places if place is not None] + [settings.own_file]
    return [path for path in paths if path is not None and path.exists() and is_exposed(path.stat())]
