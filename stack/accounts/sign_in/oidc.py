"""OpenID Connect: the authorization code flow with PKCE, state and nonce, and a token that is verified.

django-allauth does the flow. What it leaves out is added here: a nonce, a pinned list of algorithms, the
signature even where the token came straight from the provider, the issuer of the discovery document, and the
same subject in what the provider says about the user (OpenID Connect Core 1.0, 3.1.3.7 and 5.3.2).
"""

import secrets
from typing import Any, cast
from urllib.parse import urlsplit

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from requests import RequestException

from stack.accounts.sign_in.redirects import is_own_path

_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]
_LEEWAY = 30
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
# Who confirms who they are is asked anew there (OpenID Connect Core 1.0, 3.1.2.1).
_ASK_ANEW = {"prompt": "login", "max_age": "0"}


class CheckedAdapter(OpenIDConnectOAuth2Adapter):
    """`nonce` is what the request to the provider carried; the token must carry it too."""

    nonce = ""

    @property
    def redirect_uri_protocol(self) -> str | None:  # type: ignore[override]  # a constant there
        """Production is reached over HTTPS, also where a proxy ends it."""
        return "https" if settings.PRODUCTION else None

    @property
    def openid_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().openid_config
        expected = self.find_provider().app.settings["server_url"].rstrip("/")
        if str(config.get("issuer", "")).rstrip("/") != expected:
            raise OAuth2Error("the discovery document names another issuer")
        scheme = f"{urlsplit(expected).scheme}://"
        if not all(str(config[name]).startswith(scheme) for name in _ENDPOINTS if name in config):
            raise OAuth2Error("the discovery document leads off the scheme of its issuer")
        return config

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **answer: Any
    ) -> SocialLogin:
        claims = self._verify(app, str(answer["response"].get("id_token", "")))
        data = {"id_token": claims}
        if "email" not in claims and self.openid_config.get("userinfo_endpoint"):
            more = self._fetch_user_info(token.token)
            if more.get("sub") != claims["sub"]:
                raise OAuth2Error("the provider speaks of another subject")
            data["userinfo"] = more | {"email_verified": more.get("email_verified") is True}
        return cast("SocialLogin", self.find_provider().sociallogin_from_response(request, data))

    def find_provider(self) -> Any:
        return self.get_provider()  # type: ignore[no-untyped-call]  # the library's

    def _verify(self, app: SocialApp, text: str) -> dict[str, Any]:
        import jwt

        with get_adapter().get_requests_session() as session:  # type: ignore[no-untyped-call]  # the library's
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        try:
            header = jwt.get_unverified_header(text)
            keys = jwt.PyJWKSet.from_dict(answer.json()).keys
            key = next(each for each in keys if each.key_id == header.get("kid"))
            claims: dict[str, Any] = jwt.decode(
                text,
                key=key,
                algorithms=_ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=_LEEWAY,
                options={"require": ["iss", "aud", "sub", "exp", "iat"]},
            )
        except (jwt.PyJWTError, StopIteration, ValueError) as error:
            raise OAuth2Error("the identity token is not valid") from error
        is_answer = bool(self.nonce) and secrets.compare_digest(str(claims.get("nonce", "")), self.nonce)
        if not is_answer or claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("the identity token answers another request")
        return claims | {"email_verified": claims.get("email_verified") is True}


class _CallbackView(OAuth2CallbackView):
    adapter: CheckedAdapter

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        if state is not None:
            self.adapter.nonce = str((state.get("data") or {}).get("nonce", ""))
        return state, response


@never_cache
@require_GET
def login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Sends the browser to the provider; `process=connect` links the subject to who is signed in."""
    nonce = secrets.token_urlsafe(24)
    go_on = request.GET.get("next")
    is_linking = request.GET.get("process") == "connect" and request.user.is_authenticated
    is_confirming = request.user.is_authenticated and not is_linking
    try:
        adapter = CheckedAdapter(request, provider_id)
        adapter.openid_config  # noqa: B018  (asked for here, so that a provider that is down is told at once)
        provider = adapter.find_provider()
        provider.oauth2_adapter_class = CheckedAdapter
        response: HttpResponse = provider.redirect(
            request,
            AuthProcess.CONNECT if is_linking else AuthProcess.LOGIN,
            next_url=go_on if is_own_path(go_on) else None,
            data={"nonce": nonce},
            auth_params={"nonce": nonce} | (_ASK_ANEW if is_confirming else {}),
        )
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except (OAuth2Error, RequestException, ValueError):
        return HttpResponseRedirect("/sign-in?refused=single-sign-on")
    except ImmediateHttpResponse as error:
        return error.response
    return response


@never_cache
@require_GET
def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Takes the browser back with a code, and signs in whom the provider's token names."""
    try:
        view = _CallbackView.adapter_view(  # type: ignore[no-untyped-call]  # the library's
            CheckedAdapter(request, provider_id)
        )
        return cast("HttpResponseBase", view(request))
    except SocialApp.DoesNotExist:
        raise Http404 from None
