"""`/api/v1/auth/`: signing in for apps, which keep no cookies. What is not listed here is not there.

The views are django-allauth's; its OpenAPI document, cut to these addresses, is served beside them.
"""

import json
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

import allauth.headless
import orjson
from allauth.headless.account import views as account
from allauth.headless.account.inputs import LoginInput
from allauth.headless.base.views import AuthenticationStageAPIView
from allauth.headless.constants import Client
from allauth.headless.internal.restkit import inputs
from allauth.headless.mfa import views as passkeys
from allauth.headless.mfa.inputs import AuthenticateWebAuthnInput, LoginWebAuthnInput
from allauth.headless.tokens import views as tokens
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from stack.accounts.models import User
from stack.accounts.sign_in import attempts
from stack.accounts.sign_in.flows import check_factor
from stack.accounts.sign_in.passkeys import complete_authentication
from stack.core.errors import StackError, TooMany

_DOCUMENT = Path(allauth.headless.__file__).parent / "spec" / "doc" / "openapi.yaml"
_PREFIX = "/api/v1/auth/"
_THEIRS = "/_allauth/{client}/v1/auth/"


class ExactLoginInput(LoginInput):
    """The library would cut space around the password off; a page does not, and it is part of it."""

    password = inputs.CharField(strip=False)


class LoginView(account.LoginView):
    input_class = ExactLoginInput


class CodeInput(inputs.Input):
    """A code of an app or a recovery code, which is used up when it is right."""

    code = inputs.CharField(max_length=64)

    def __init__(self, *arguments: Any, user: User, **options: Any) -> None:
        self.user = user
        super().__init__(*arguments, **options)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        self.factor = check_factor(self.user, code=code)
        if self.factor is None:
            attempts.note_failure(self.user.username, self.user, reason="second factor")
            raise get_adapter().validation_error("incorrect_code")
        return code


class SecondFactorView(AuthenticationStageAPIView):
    input_class = CodeInput
    stage_class = AuthenticateStage
    input: CodeInput

    def post(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        assert self.input.factor is not None
        post_authentication(request, self.input.factor)
        return self.respond_next_stage()

    def get_input_kwargs(self) -> dict[str, Any]:
        return {"user": self.stage.login.user}


class _PasskeyInput:
    """A passkey's answer, checked and counted as the pages do it; `cleaned_data` then holds the passkey."""

    user: User | None
    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Authenticator:
        answer = json.dumps(self.cleaned_data["credential"])
        if self.user is None:
            passkey, reason = complete_authentication(None, answer), "passkey"
        else:
            passkey, reason = check_factor(self.user, answer=answer), "second factor"
        if passkey is None:
            attempts.note_failure(self.user.username if self.user else "", self.user, reason=reason)
            raise get_adapter().validation_error("incorrect_code")
        return passkey


class SecondPasskeyInput(_PasskeyInput, AuthenticateWebAuthnInput):
    """The second step."""


class LonePasskeyInput(_PasskeyInput, LoginWebAuthnInput):
    """The only step."""


class SecondPasskeyView(passkeys.AuthenticateWebAuthnView):
    input_class = {"POST": SecondPasskeyInput}


def with_limits(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The library's view; a limit that is reached anywhere in it answers as its own errors do."""

    @wraps(view)
    def limited(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        try:
            return view(request, *arguments, **options)
        except StackError as error:
            code = "too_many_login_attempts" if isinstance(error, TooMany) else "unavailable"
            fault = {"code": code, "message": f"{error.detail}. {error.remedy}"}
            answer = JsonResponse({"status": error.status, "errors": [fault]}, status=error.status)
            if isinstance(error, TooMany):
                answer["Retry-After"] = str(error.retry_after)
            return answer

    return limited


class PasskeyView(passkeys.LoginWebAuthnView):
    """Tries count against the address, for it is not known whose they are; right ones do not."""

    input_class = {"POST": LonePasskeyInput}

    def dispatch(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        if request.method != "POST":
            return super().dispatch(request, *arguments, **options)
        block = attempts.admit_address()
        answer = super().dispatch(request, *arguments, **options)
        if answer.status_code == 200:
            attempts.forgive_address(block)
        return answer


def show_document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document of these addresses."""
    return HttpResponse(_render_document(), content_type="application/json")


_VIEWS: dict[str, Any] = {
    "session": account.SessionView,
    "login": LoginView,
    "2fa/authenticate": SecondFactorView,
    "webauthn/authenticate": SecondPasskeyView,
    "webauthn/login": PasskeyView,
    "tokens/refresh": tokens.RefreshTokenView,
}
urlpatterns: list[URLPattern] = [
    *(
        path(address, with_limits(view.as_api_view(client=Client.APP)), name=f"auth/{address}")
        for address, view in _VIEWS.items()
    ),
    path("openapi.json", show_document, name="auth/openapi.json"),
]


@cache
def _render_document() -> bytes:
    import yaml
    from allauth.headless.spec.internal.schema import specify_user

    spec = yaml.safe_load(_DOCUMENT.read_text(encoding="utf-8"))
    specify_user(spec)
    theirs = {address: _THEIRS + address for address in _VIEWS}
    theirs["tokens/refresh"] = "/_allauth/app/v1/tokens/refresh"
    spec["paths"] = {
        _PREFIX + address: _without_client(spec["paths"][name]) for address, name in theirs.items()
    }
    spec["info"] = {"title": "Stack: signing in for apps", "version": "1"}
    used = {tag for each in spec["paths"].values() for call in each.values() for tag in call["tags"]}
    spec["tags"] = [tag for tag in spec["tags"] if tag["name"] in used]
    spec.pop("x-tagGroups", None)
    spec["components"]["parameters"].pop("Client", None)
    return orjson.dumps(spec)


def _without_client(item: dict[str, Any]) -> dict[str, Any]:
    """The path of one kind of client alone has no parameter that says which."""
    kept = {name: call for name, call in item.items() if name != "parameters"}
    for call in kept.values():
        call["parameters"] = [
            each for each in call.get("parameters", []) if "Client" not in each.get("$ref", "")
        ]
    return kept
