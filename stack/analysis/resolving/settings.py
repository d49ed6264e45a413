"""Whom to ask for DNS, set once by the composition root."""

from dataclasses import dataclass
from typing import Final

SYSTEM: Final = "system"


@dataclass(frozen=True, slots=True)
class Server:
    """One recursive resolver, by its address."""

    address: str
    port: int = 53


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvingSettings:
    """Without `servers` and with `is_system` False nobody is asked.

    `tlp` is the highest level, 0 (clear) to 4 (red), of what may be asked about: whoever runs the name
    servers of a domain sees that somebody asks.
    """

    servers: tuple[Server, ...] = ()
    is_system: bool = False
    tlp: int = 1


OFF: Final = ResolvingSettings()
_current: list[ResolvingSettings] = []


def use_settings(settings: ResolvingSettings) -> None:
    _current[:] = [settings]


def current_settings() -> ResolvingSettings:
    return _current[0] if _current else OFF
