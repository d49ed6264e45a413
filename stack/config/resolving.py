"""`STACK_ANALYSIS_DNS…`: which resolvers analyses may ask, for `analysis.resolving`."""

import ipaddress
import re

from stack.analysis.resolving.settings import OFF, SYSTEM, ResolvingSettings, Server, use_settings
from stack.config.environment import SettingError, read_choice, read_list, read_text

_LEVELS = ("clear", "green", "amber", "amber+strict", "red")
_SERVER = re.compile(r"\[(?P<v6>[^\]]+)\](?::(?P<port6>\d{1,5}))?|(?P<v4>[0-9.]+)(?::(?P<port4>\d{1,5}))?")


def configure_resolving() -> ResolvingSettings:
    """Reads the settings, and makes them those of this process."""
    settings = _read_settings()
    use_settings(settings)
    return settings


def _read_settings() -> ResolvingSettings:
    chosen = read_text("STACK_ANALYSIS_DNS").lower()
    tlp = _LEVELS.index(read_choice("STACK_ANALYSIS_DNS_TLP", "green", _LEVELS))
    if chosen in {"", "off"}:
        return OFF
    if chosen == SYSTEM:
        return ResolvingSettings(is_system=True, tlp=tlp)
    return ResolvingSettings(servers=tuple(map(_read_server, read_list("STACK_ANALYSIS_DNS"))), tlp=tlp)


def _read_server(text: str) -> Server:
    try:
        found = _SERVER.fullmatch(text)
        if found is None:
            return Server(str(ipaddress.ip_address(text)))
        port = int(found["port6"] or found["port4"] or 53)
        if not 1 <= port <= 65535:
            raise ValueError
        return Server(str(ipaddress.ip_address(found["v6"] or found["v4"])), port)
    except ValueError:
        raise SettingError(
            "STACK_ANALYSIS_DNS",
            f"expected off, system, or addresses such as 192.0.2.53, [2001:db8::53]:5353; got {text!r}",
        ) from None
