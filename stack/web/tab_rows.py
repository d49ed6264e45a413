"""Rows of tabs that several pages share: those about one's organisation, and those that administer Stack."""

from typing import Any, Final

ORGANISATION: Final = (("/organisation", "Members"), ("/organisation/keys", "API keys"))
ADMINISTRATION: Final = (
    ("/admin/organisations", "Organisations"),
    ("/admin/groups", "Sharing groups"),
    ("/admin/markings", "Restricted markings"),
)
SHARING: Final = (
    ("/sharing", "Collections"),
    ("/sharing/outputs", "Outputs"),
    ("/sharing/peers", "Peers"),
)


def describe_tabs(tabs: tuple[tuple[str, str], ...], current: str) -> list[dict[str, Any]]:
    """The tabs as their component takes them; `current` is the address of the one that is open."""
    return [{"name": name, "url": url, "count": None, "current": url == current} for url, name in tabs]
