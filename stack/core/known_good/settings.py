"""Where the lists are, set once by the composition root."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownGoodSettings:
    """`folder` takes the compact files. `lists` is a folder of MISP warning lists, or None for the package's.

    `own` is a folder of the operator's lists: `NAME.txt` with one value a line, or `NAME.json` in the form of
    MISP. `switched_off` has names of lists that are not asked.
    """

    folder: Path
    lists: Path | None = None
    own: Path | None = None
    switched_off: frozenset[str] = frozenset()


_current: list[KnownGoodSettings] = []


def use_settings(settings: KnownGoodSettings) -> None:
    _current[:] = [settings]


def current_settings() -> KnownGoodSettings:
    if not _current:
        raise LookupError("known-good lists were not configured: stack.config.known_good does")
    return _current[0]
