"""What the frame of every page shows: the places, the chosen look, the banner of the demonstration."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest

from stack.accounts.models import User
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import OwnMembership, list_own_memberships
from stack.sources.demo.data_set import SOURCES
from stack.store.queries import name_sources
from stack.web.access import read_principal

THEMES = ("system", "light", "dark")
DENSITIES = ("comfortable", "compact")


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation, for whoever has the permission; `key` after `g` is its shortcut."""

    name: str
    url: str
    icon: str
    key: str
    permission: Permission = Permission.READ


PLACES = (
    Place("Home", "/", "house", "h"),
    Place("Search", "/search", "search", "s"),
    Place("Look-up", "/lookup", "scan-search", "l"),
    Place("Analysis", "/analyses", "microscope", "y"),
    Place("Ingest", "/ingest", "file-up", "i", Permission.INGEST),
    Place("Feeds", "/feeds", "rss", "f"),
    Place("Review", "/review", "clipboard-check", "r"),
    Place("Sources", "/sources", "server", "o"),
    Place("Sharing", "/sharing", "share-2", "x"),
    Place("Jobs", "/jobs", "list-checks", "j"),
    Place("Organisation", "/organisation", "building-2", "m", Permission.MANAGE_MEMBERS),
    Place("Audit", "/audit", "history", "a", Permission.READ_AUDIT),
    Place("Admin", "/admin/organisations", "wrench", "d", Permission.ADMINISTER),
)


_PLACES_OF = {"o": "/search", "providers": "/analyses"}


def describe_page(request: HttpRequest) -> dict[str, Any]:
    """The context of `layout.html`; cookies hold the look, so that the first paint is the right one."""
    principal = read_principal(request)
    permissions = principal.permissions if principal and not principal.role.is_machine else frozenset()
    return {
        "places": [place for place in PLACES if place.permission in permissions],
        "place": _find_place(request.path),
        "theme": _read_choice(request, "stack_theme", THEMES),
        "themes": THEMES,
        "density": _read_choice(request, "stack_density", DENSITIES),
        "densities": DENSITIES,
        "nav": _read_choice(request, "stack_nav", ("open", "collapsed")),
        # Called by the frame alone: a part of a page has no menu, and asks nothing.
        "list_memberships": partial(_list_memberships, request),
        "demo": principal is not None and _has_demo(principal),
        "may_ingest": Permission.INGEST in permissions,
        "may_remove_demo": Permission.MANAGE_SOURCES in permissions,
    }


def _has_demo(principal: Principal) -> bool:
    if Permission.READ not in principal.permissions:
        return False
    return any(name in SOURCES for name in name_sources(principal).values())


def _list_memberships(request: HttpRequest) -> list[OwnMembership]:
    """What the user may choose between; empty where there is no choice."""
    rows = list_own_memberships(request.user) if isinstance(request.user, User) else []
    return rows if len(rows) > 1 else []


def _find_place(path: str) -> str:
    """The URL of the place that a path belongs to; objects belong to search, providers to analysis."""
    first = path.strip("/").split("/")[0]
    known = (place.url for place in PLACES if place.url.split("/")[1] == first)
    return _PLACES_OF.get(first) or next(known, "")


def _read_choice(request: HttpRequest, cookie: str, choices: tuple[str, ...]) -> str:
    value = request.COOKIES.get(cookie, "")
    return value if value in choices else choices[0]
