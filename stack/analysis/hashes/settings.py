"""Where the operator's sets of hashes are, set once by the composition root."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class HashSettings:
    """`folder` takes the compact files. `sets` is a folder of files of known hashes, or None."""

    folder: Path | None = None
    sets: Path | None = None


_current: list[HashSettings] = [HashSettings()]


def use_settings(settings: HashSettings) -> None:
    _current[:] = [settings]


def current_settings() -> HashSettings:
    return _current[0]
