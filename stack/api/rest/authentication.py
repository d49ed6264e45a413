"""Who asks, and whether they may: a session cookie with CSRF check, or `Authorization: Bearer stk_…`."""

from dataclasses import dataclass

from django.http import HttpRequest
from ninja.utils import check_csrf

from stack.accounts.models import User
from stack.accounts.operations import record_key_use
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import find_key, principal_of_user
from stack.api.rest.problems import CrossSiteRequest, Unauthenticated
from stack.core.errors import NotAllowed


class ApiRequest(HttpRequest):
    """A request that `Needs` let through."""

    auth: Principal


@dataclass(frozen=True, slots=True)
class Needs:
    """Lets a request through whose principal has the permission.

    With `session_only`, an API key is refused whatever it may do otherwise.
    """

    permission: Permission
    session_only: bool = False

    def __call__(self, request: HttpRequest) -> Principal:
        principal = _recognise_key(request)
        if principal is None:
            principal = _recognise_session(request)
            principal.require(self.permission)
            # Last, because the check reads the whole body of a form.
            if check_csrf(request) is not None:
                raise CrossSiteRequest(
                    "The request carries no valid CSRF token",
                    remedy="Send the cookie's token in the header X-CSRFToken, or use an API key.",
                )
        elif self.session_only:
            raise NotAllowed("This cannot be done with an API key", remedy="Sign in and do it there.")
        principal.require(self.permission)
        return principal


def _recognise_key(request: HttpRequest) -> Principal | None:
    """The principal of the bearer key; None when there is none, so that the session decides."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    key = find_key(text.strip())
    if key is None:
        raise Unauthenticated(
            "The API key is not valid: it is unknown, has expired or was revoked",
            remedy="Send a valid key as “Authorization: Bearer stk_…”.",
        )
    record_key_use(key)
    return key.principal


def _recognise_session(request: HttpRequest) -> Principal:
    if isinstance(request.user, User):
        return principal_of_user(request.user)
    raise Unauthenticated(
        "This needs an API key or a signed-in session",
        remedy="Send an API key as “Authorization: Bearer stk_…”.",
    )
