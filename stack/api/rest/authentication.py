"""Who asks, and whether they may: an API key, an access token, or a session cookie with CSRF check.

HTTP Basic authentication is refused, here and everywhere under `/api/v1`.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from ninja.utils import check_csrf

from stack.accounts.limits.charging import charge, check_failed_keys, note_failed_key
from stack.accounts.limits.policies import Cost
from stack.accounts.models import User
from stack.accounts.operations import record_key_use
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import find_key, principal_of_user
from stack.api.rest.problems import CrossSiteRequest, Unauthenticated
from stack.core.acts import current_origin
from stack.core.errors import NotAllowed

_SIGN_IN = "Send an API key as “Authorization: Bearer stk_…”, an access token, or sign in."


class ApiRequest(HttpRequest):
    """A request that `Needs` let through."""

    auth: Principal


@dataclass(frozen=True, slots=True)
class Needs:
    """Lets a request through whose principal has the permission, and the one that it is nothing without.

    With `session_only`, an API key is refused whatever it may do otherwise: what opens a way in must not
    outlive the key that asked for it; and a browser's session needs a proof of the last minutes, as on pages.
    `cost` says what a request is charged as, where that is not a read or a write by its method.
    """

    permission: Permission
    also: Permission | None = None
    session_only: bool = False
    cost: Cost | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        return frozenset({self.permission} if self.also is None else {self.permission, self.also})

    def __call__(self, request: HttpRequest) -> Principal:
        authorization = request.headers.get("Authorization", "")
        principal = _recognise_bearer(authorization) if authorization else _recognise_session(request)
        request.stack_principal = principal  # type: ignore[attr-defined]  # who is refused below is recorded
        _charge(request, principal, self.cost)
        if principal.key_id is None:
            _check_person(principal)
        elif self.session_only:
            raise NotAllowed("This cannot be done with an API key", remedy="Sign in and do it there.")
        for permission in sorted(self.permissions):
            principal.require(permission)
        if self.session_only and not authorization:
            _check_proof(request)
        # Last, because the check reads the whole body of a form.
        if not authorization and check_csrf(request) is not None:
            raise CrossSiteRequest(
                "The request carries no valid CSRF token",
                remedy="Send the cookie's token in the header X-CSRFToken, or use an API key.",
            )
        return principal


def _recognise_bearer(authorization: str) -> Principal:
    """The principal of a key or token. Whatever is wrong with it, the answer is the same."""
    scheme, _, text = authorization.partition(" ")
    text, address = text.strip(), current_origin().address
    principal = None
    check_failed_keys(address, text)
    if scheme.lower() == "bearer":
        principal = _recognise_key(text) if text.startswith("stk_") else _recognise_token(text)
    if principal is None:
        note_failed_key(address, text)
        raise Unauthenticated(
            "The key or token is not valid: it is unknown, has expired, was revoked or may not be used here",
            remedy=_SIGN_IN,
        )
    return principal


def _recognise_key(text: str) -> Principal | None:
    address = current_origin().address
    key = find_key(text, address=address)
    if key is None:
        return None
    record_key_use(key, address=address)
    return key.principal


def _recognise_token(text: str) -> Principal | None:
    # Only who comes with a token pays for the libraries that read it.
    from stack.accounts.sign_in.tokens import principal_of_token

    return principal_of_token(text)


def _charge(request: HttpRequest, principal: Principal, cost: Cost | None) -> None:
    by_method = Cost.READ if request.method in {"GET", "HEAD"} else Cost.WRITE
    # Told by the answer's headers.
    request.stack_allowance = charge(principal, cost=cost or by_method)  # type: ignore[attr-defined]


def _recognise_session(request: HttpRequest) -> Principal:
    if isinstance(request.user, User):
        return principal_of_user(request.user)
    raise Unauthenticated("This needs an API key or a signed-in session", remedy=_SIGN_IN)


def _check_proof(request: HttpRequest) -> None:
    from stack.accounts.sign_in.reauthentication import CONFIRMATION, recently_confirmed

    if not recently_confirmed(request):
        raise NotAllowed(
            "This takes a proof of the last five minutes that it is you",
            remedy=f"Confirm it under {CONFIRMATION}, then repeat this.",
        )


def _check_person(principal: Principal) -> None:
    """Refuses a session where only keys are due, and one that lacks the second factor that is asked for."""
    # Programs, which come with keys, never need it.
    from stack.accounts.sign_in.mfa import needs_second_factor

    if principal.role.is_machine:
        raise NotAllowed(
            f"{principal.name} is a program, and programs have no sessions", remedy="Use an API key."
        )
    if needs_second_factor(principal):
        raise NotAllowed(
            "Your organisation asks for a second factor, and you have none yet",
            remedy="Set one up under /account/security, then repeat this.",
        )
