"""Where a redirect may lead."""

from django.utils.http import url_has_allowed_host_and_scheme


def is_own_path(url: str | None) -> bool:
    """Whether a redirect there stays in Stack: a path, and nothing that a browser reads as a host."""
    return bool(url) and str(url).startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
