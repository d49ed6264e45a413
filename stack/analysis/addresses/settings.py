"""Which databases of places and networks are asked, set once by the composition root."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class GeographySettings:
    """Files in the format of MaxMind; None for what is bundled."""

    country: Path | None = None
    asn: Path | None = None


_current: list[GeographySettings] = [GeographySettings()]


def use_settings(settings: GeographySettings) -> None:
    _current[:] = [settings]


def current_settings() -> GeographySettings:
    return _current[0]
