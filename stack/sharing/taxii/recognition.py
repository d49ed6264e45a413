"""Who asks: an API key by HTTP Basic, or an API key or an access token as a bearer. A browser's session is
nothing here, so that no page of somebody else's can make a browser ask."""

import base64
import binascii

from django.conf import settings
from django.http import HttpRequest

from stack.accounts.limits.charging import charge_anonymous, check_failed_keys, note_failed_key
from stack.accounts.operations import record_key_use
from stack.accounts.principal import Principal
from stack.accounts.queries import find_key
from stack.accounts.queries.recognition import ValidKey, find_vouched_key
from stack.core.acts import current_origin
from stack.sharing.taxii.certificates import read_certificate
from stack.sharing.taxii.errors import NotSignedIn

_REMEDY = "Send an API key as the password of HTTP Basic, or as “Authorization: Bearer stk_…”."
_KEY = "stk_"


def recognise(request: HttpRequest) -> Principal:
    """The principal of the key or token. Whatever is wrong with it, the answer is the same. `NotSignedIn`."""
    authorization = request.META.get("HTTP_AUTHORIZATION", "")
    address = current_origin().address
    certificate = "" if authorization else read_certificate(request)
    if not authorization and not certificate:
        charge_anonymous(address)
        raise NotSignedIn("This needs an API key or an access token", remedy=_REMEDY)
    text = certificate or read_credential(authorization)
    check_failed_keys(address, text)
    if certificate:
        principal = _recognise_certificate(certificate, address)
    else:
        principal = _recognise_key(text, address) if text.startswith(_KEY) else _recognise_token(text)
    if principal is None:
        note_failed_key(address, text)
        raise NotSignedIn(
            "The key or token is not valid: it is unknown, has expired, was revoked or may not be used here",
            remedy=_REMEDY,
        )
    return principal


def read_credential(authorization: str) -> str:
    """The key or token in an `Authorization` header; empty where there is none that could be one.

    In HTTP Basic the key is the password, whatever the user name is; a client that knows no password takes it
    as the user name, with an empty password. `Token` is what many clients of TAXII call a bearer.
    """
    scheme, _, rest = authorization.strip().partition(" ")
    text = rest.strip()
    if scheme.lower() in {"bearer", "token"}:
        return text
    if scheme.lower() != "basic":
        return ""
    try:
        decoded = base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return ""
    user, _, password = decoded.partition(":")
    found = password or user
    # An access token is for bearers: what passes by HTTP Basic is kept by more programs than one thinks.
    return found if found.startswith(_KEY) else ""


def _recognise_key(text: str, address: str) -> Principal | None:
    return _note_use(find_key(text, address=address), address)


def _recognise_certificate(fingerprint: str, address: str) -> Principal | None:
    """Whom the key stands for that the operator has put beside the certificate; it ends with the key."""
    prefix = settings.TAXII.certificates.get(fingerprint)
    return None if prefix is None else _note_use(find_vouched_key(prefix, address=address), address)


def _note_use(key: ValidKey | None, address: str) -> Principal | None:
    if key is None:
        return None
    record_key_use(key, address=address)
    return key.principal


def _recognise_token(text: str) -> Principal | None:
    if not text:
        return None
    # Only who comes with a token pays for the libraries that read it.
    from stack.accounts.sign_in.tokens import principal_of_token

    return principal_of_token(text)
