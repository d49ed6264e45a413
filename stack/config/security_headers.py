"""What browsers are told on every answer: pages, static files, REST, errors.

Pages have a content security policy of their own, which lets them load Stack's files; whatever comes without
one (static files, short refusals) may load and run nothing when it is opened by itself.
"""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from stack.core.addresses import is_trusted

_UNUSED_FEATURES = (
    "accelerometer",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
)
_OWN_FEATURES = (
    "clipboard-read",
    "clipboard-write",
    "publickey-credentials-create",
    "publickey-credentials-get",
)

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        [*(f"{name}=()" for name in _UNUSED_FEATURES), *(f"{name}=(self)" for name in _OWN_FEATURES)]
    ),
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    # Nearly everything that Stack says is threat data or about people; what may be kept says so itself.
    "Cache-Control": "private, no-store",
    # The web server would write its own name.
    "Server": "Stack",
}


class SecurityHeadersMiddleware:
    """The outermost, so that no answer gets out without them; what an answer says itself stays."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _believe_proxy(request)
        answer = self._get_response(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer


def _believe_proxy(request: HttpRequest) -> None:
    """Who ends TLS says that the browser came over it; from anybody else the header means nothing.

    Django's `SECURE_PROXY_SSL_HEADER` believes whoever sends the header.
    """
    is_claimed = request.META.get("HTTP_X_FORWARDED_PROTO", "").strip().lower() == "https"
    if is_claimed and is_trusted(request.META.get("REMOTE_ADDR", ""), trusted=settings.TRUSTED_PROXIES):
        request.META["wsgi.url_scheme"] = "https"
