"""`STACK_KNOWN_GOOD_*`: the lists of values that are no threat, for `core.known_good`."""

from pathlib import Path

from stack.config.environment import SettingError, read_list, read_text
from stack.core.known_good.settings import KnownGoodSettings


def configure_known_good(*, data_folder: Path) -> KnownGoodSettings:
    return KnownGoodSettings(
        folder=data_folder / "known-good",
        lists=_read_folder("STACK_KNOWN_GOOD_LISTS"),
        own=_read_folder("STACK_KNOWN_GOOD_OWN"),
        switched_off=frozenset(read_list("STACK_KNOWN_GOOD_OFF")),
    )


def _read_folder(name: str) -> Path | None:
    text = read_text(name)
    if not text:
        return None
    folder = Path(text).expanduser().absolute()
    if not folder.is_dir():
        raise SettingError(name, f"expected a folder, and {folder} is none")
    return folder
