"""Rows of tabs that several pages share: those about one's organisation, and those that administer Stack."""

from typing import Any, Final

from stack.accounts.principal import Permission, Principal

ORGANISATION: Final = (("/organisation", "Members"), ("/organisation/keys", "API keys"))
ADMINISTRATION: Final = (
    ("/admin/organisations", "Organisations"),
    ("/admin/groups", "Sharing groups"),
    ("/admin/markings", "Restricted markings"),
)
ANALYSIS: Final = (
    ("/analyses", "Analyses"),
    ("/analyses/rules", "Rules"),
    ("/providers", "Providers"),
)
SHARING: Final = (
    ("/sharing", "Collections"),
    ("/sharing/outputs", "Outputs"),
    ("/sharing/peers", "Peers"),
)


def describe_sharing_tabs(principal: Principal, current: str) -> list[dict[str, Any]]:
    """Peers only for those who may open them."""
    may_open = Permission.MANAGE_SOURCES in principal.permissions
    return describe_tabs(SHARING if may_open else SHARING[:2], current)


def describe_tabs(tabs: tuple[tuple[str, str], ...], current: str) -> list[dict[str, Any]]:
    """The tabs as their component takes them; `current` is the address of the one that is open."""
    return [{"name": name, "url": url, "count": None, "current": url == current} for url, name in tabs]


def describe_analysis_tabs(principal: Principal, current: str) -> list[dict[str, Any]]:
    """Providers only for those who may open them."""
    may_open = Permission.ANALYZE in principal.permissions
    return describe_tabs(ANALYSIS if may_open else ANALYSIS[:2], current)
