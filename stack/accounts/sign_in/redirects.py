"""Where a redirect may lead."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme


def is_own_path(url: str | None) -> bool:
    """Whether a redirect there stays in Stack: a path, and nothing that a browser reads as a host."""
    return bool(url) and str(url).startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def only_from_here(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view, for who comes from a page of Stack or by themselves; others are sent to the sign-in.

    Otherwise a link elsewhere could sign somebody in behind their back. Browsers tell (Fetch Metadata).
    """

    @wraps(view)
    def guarded(request: HttpRequest, **arguments: str) -> HttpResponseBase:
        if request.headers.get("Sec-Fetch-Site", "") in {"cross-site", "same-site"}:
            return HttpResponseRedirect("/sign-in")
        return view(request, **arguments)

    return guarded


def find_way_back(request: HttpRequest) -> str:
    """Where one returns to after proving who one is: what was sent by a form cannot be opened again."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = urlsplit(request.headers.get("Referer", ""))
    path = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return path if came_from.netloc == request.get_host() and is_own_path(path) else "/"
