"""SAML 2.0: answers to our own requests, with a signed assertion, once.

django-allauth does the flow over python3-saml. An answer is taken only in the session whose request it
answers, and that request is forgotten with it: a replayed one, like one that nobody asked for, is refused.
"""

import binascii
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.saml import views
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser

from stack.accounts.sign_in.attempts import note_failure


def _over_https(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Production is reached over HTTPS, also where a proxy ends it: our addresses in the protocol say so."""

    @wraps(view)
    def seen_from_outside(request: HttpRequest, **arguments: str) -> HttpResponseBase:
        if settings.PRODUCTION:
            request.META["wsgi.url_scheme"] = "https"
        return view(request, **arguments)

    return seen_from_outside


take_answer = _over_https(never_cache(views.acs))
start = _over_https(never_cache(views.login))
metadata = _over_https(views.metadata)


@never_cache
@_over_https
def finish(request: HttpRequest, organization_slug: str) -> HttpResponseBase:
    """Signs in whom the answer names that `take_answer` kept."""
    try:
        answer: HttpResponseBase = views.finish_acs(request, organization_slug=organization_slug)
    except (PermissionDenied, SyntaxError, ValueError, binascii.Error):
        # An answer to no request of this session, or one that is no XML: the library raises for both.
        note_failure("", None, reason="single sign-on failed")
        return HttpResponseRedirect("/sign-in?refused=single-sign-on")
    return answer


def refuse_logout(request: HttpRequest, organization_slug: str) -> HttpResponseBase:
    """Signing out there does not sign out here: sessions end in Stack."""
    raise Http404


def complete_settings(app: SocialApp) -> None:
    """Adds what the provider's metadata says to the settings of its app."""
    app.settings["idp"] = _read_provider(app.settings["metadata_file"])


@lru_cache(maxsize=32)
def _read_provider(path: str) -> dict[str, Any]:
    """Entity id, address and certificate of the provider, from its metadata."""
    read = OneLogin_Saml2_IdPMetadataParser.parse(Path(path).read_bytes())["idp"]
    several = read.get("x509certMulti", {}).get("signing", [])
    return {
        "entity_id": read["entityId"],
        "sso_url": read["singleSignOnService"]["url"],
        "x509cert": read.get("x509cert") or several[0],
    }
