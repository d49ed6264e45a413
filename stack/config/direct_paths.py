"""Answers programs that ask under `/taxii2/` without what only browsers need: sessions, cookies, forms.

It comes after what holds for everybody (ids and logs of requests, headers, limits by address) and before all
else, which costs more than most of these answers do.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import resolve

from stack.config.replicas import reading_only

PREFIX = "/taxii2"


class DirectPathMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._has_replicas = len(settings.DATABASES) > 1

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if not is_direct(path):
            return self._get_response(request)
        match = resolve(path if path.endswith("/") else f"{path}/")
        request.resolver_match = match
        if self._has_replicas and request.method in {"GET", "HEAD"}:
            with reading_only():
                return self._answer(request)
        return self._answer(request)

    @staticmethod
    def _answer(request: HttpRequest) -> HttpResponseBase:
        match = request.resolver_match
        assert match is not None
        answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return answer


def is_direct(path: str) -> bool:
    return path.startswith(PREFIX) and path[len(PREFIX) : len(PREFIX) + 1] in {"", "/"}
