"""Whether DNS may be asked about a value, and by whom."""

from threading import Event

from stack.analysis.resolving.resolver import DnsResolver
from stack.analysis.resolving.settings import current_settings


def open_resolver(tlp: int, *, stop: Event | None = None) -> DnsResolver | None:
    """A resolver for one analysis of a value of this level, 0 (clear) to 4 (red).

    None where `STACK_ANALYSIS_DNS` is off, or the level is above `STACK_ANALYSIS_DNS_TLP`.
    """
    settings = current_settings()
    if tlp > settings.tlp or not (settings.servers or settings.is_system):
        return None
    return DnsResolver(settings, stop=stop)
