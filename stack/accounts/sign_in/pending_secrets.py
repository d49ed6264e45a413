"""The secret of an authenticator app between its square and its first code, sealed in the session."""

from django.http import HttpRequest

from stack.accounts.sign_in.totp import make_secret
from stack.vault.errors import VaultError
from stack.vault.operations import open_sealed, seal

_MEMBER = "stack_pending_app"
_TABLE = "django_session"


def start_secret(request: HttpRequest) -> str:
    """A new secret, which waits in the session of the signed-in user."""
    secret = make_secret()
    request.session[_MEMBER] = seal(secret.encode(), table=_TABLE, row=str(request.user.pk), field=_MEMBER)
    return secret


def read_secret(request: HttpRequest) -> str:
    """The secret that waits; empty when none does, or when it waits for somebody else."""
    sealed = request.session.get(_MEMBER)
    if not isinstance(sealed, str):
        return ""
    try:
        return open_sealed(sealed, table=_TABLE, row=str(request.user.pk), field=_MEMBER).decode()
    except VaultError:
        return ""


def forget_secret(request: HttpRequest) -> None:
    request.session.pop(_MEMBER, None)
