"""Answers probes on the web port before anything that costs or refuses: a load balancer asks by address, not
by a name in STACK_ALLOWED_HOSTS, and most of all while somebody floods the address that it shares."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from stack.config.probing.answers import PROBES, answer_probe, is_operator
from stack.core.acts import current_origin


class ProbeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path not in PROBES or request.method not in {"GET", "HEAD"}:
            return self._get_response(request)
        request.stack_probe = path  # type: ignore[attr-defined]  # its route in logs and figures
        authorization = request.META.get("HTTP_AUTHORIZATION", "")
        # Behind a proxy that is not known everybody seems to be on this machine: no details for that alone.
        is_local = path == "/metrics" and _is_loopback(current_origin().address)
        known = is_operator(authorization, is_local=is_local)
        answer = answer_probe(path, is_operator=known, has_metrics=settings.MONITORING.is_on)
        response = HttpResponse(answer.content, status=answer.status, content_type=answer.media_type)
        response["Cache-Control"] = "no-store"
        # Django would log every 503 as an error; the change of state was logged when it was read.
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
