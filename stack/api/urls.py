"""Addresses under `/api/`. What is not there answers a problem too, never a page."""

from django.urls import URLPattern, include, path, re_path

from stack.api.rest.api import api
from stack.api.rest.boundary import refuse_unknown_route, with_boundary


def _bounded_patterns() -> list[URLPattern]:
    patterns = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    # Ninja's root page only points at pages of documentation, which there are none of.
    patterns = [pattern for pattern in patterns if pattern.name != "api-root"]
    for pattern in patterns:
        pattern.callback = with_boundary(pattern.callback)
    return patterns


urlpatterns = [
    path("v1/auth/", include("stack.accounts.sign_in.headless")),
    path("v1/", include((_bounded_patterns(), "rest"))),
    re_path("", refuse_unknown_route),
]
