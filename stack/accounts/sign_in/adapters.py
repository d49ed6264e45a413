"""What django-allauth asks Stack: whether a password fits, where to go next, from where a request comes."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from stack.accounts.models import User
from stack.accounts.sign_in import attempts
from stack.accounts.sign_in.backend import find_user
from stack.accounts.sign_in.reauthentication import recently_confirmed
from stack.accounts.sign_in.redirects import is_own_path
from stack.core.acts import current_origin

_WRONG = "That user name and password do not belong together, or the account cannot sign in."
_NO_ADDRESS = "0.0.0.0"  # noqa: S104  (an address that is none)


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up, no mail; every failure answers alike."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _WRONG,
        "account_inactive": _WRONG,
        "incorrect_password": "That is not your password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        return is_own_path(url)

    def get_client_ip(self, request: HttpRequest) -> str:
        return current_origin().address or request.META.get("REMOTE_ADDR") or _NO_ADDRESS

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        attempts.note_failure(cast("User", user).username, cast("User", user), reason="disabled")
        return HttpResponseRedirect("/sign-in?refused=1")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """TooMany instead of the library's own limits, which are off."""
        self._tried = attempts.admit(str(credentials.get("username", "")), find_user)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        name = str(credentials.get("username", ""))
        attempts.note_failure(name, find_user(name), reason="password")

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        return not recently_confirmed(context.request)

    def add_message(self, request: HttpRequest, level: int, *template: Any, **more: Any) -> None:
        """The pages say themselves what happened."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Stack sends no mail."""

    def send_notification_mail(self, *about: Any, **more: Any) -> None:
        """Stack sends no mail."""

    def _rollback_login_failed_rl_usage(self) -> None:
        """What the library calls when the password was right."""
        self._tried.forgive()


class SecondFactorAdapter(DefaultMFAAdapter):
    """Codes are sealed by `mfa`, which knows whose they are; what does not go through it is refused."""

    def encrypt(self, text: str) -> str:
        raise RuntimeError("second factors are sealed by stack.accounts.sign_in.mfa alone")

    def decrypt(self, encrypted_text: str) -> str:
        raise RuntimeError("second factors are opened by stack.accounts.sign_in.mfa alone")

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return f"Passkey {number}"

    def send_notification_mail(self, *about: Any, **more: Any) -> None:
        """Stack sends no mail."""

    def _get_site_name(self) -> str:
        return "Stack"
