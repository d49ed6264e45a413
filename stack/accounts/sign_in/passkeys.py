"""Passkeys (WebAuthn level 2): what the browser is asked for, and whether its answer is right.

The challenge waits in the session between the two. Options and answers are JSON as browsers write it.
"""

import json
from typing import Any, cast

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError

from stack.accounts.models import User
from stack.accounts.sign_in.mfa import add_passkey
from stack.core.errors import BadInput, FieldError

_LONGEST_ANSWER = 20_000
# What the library raises for answers that are no answers, beside its own refusals.
_BROKEN = (ValidationError, ValueError, TypeError, KeyError, AttributeError)


def begin_registration(user: User, *, alone: bool) -> dict[str, Any]:
    """Options for `navigator.credentials.create`; `alone`: it shall sign in without a password."""
    from allauth.mfa.webauthn.internal import auth

    return cast("dict[str, Any]", auth.begin_registration(user, alone))


def complete_registration(user: User, answer: str, *, name: str, alone: bool) -> None:
    """Keeps the passkey of a right answer. BadInput for every other answer."""
    from allauth.mfa.webauthn.internal import auth

    try:
        credential = _read(answer)
        auth.parse_registration_response(credential)
        binding = auth.complete_registration(credential)
        is_good = binding.is_user_verified() or not alone
    except _BROKEN:
        is_good = False
    if not is_good:
        message = "The device's answer could not be verified"
        raise BadInput(
            message, remedy="Reload the page and try again.", errors=(FieldError("credential", message),)
        )
    add_passkey(user, name=name, credential=credential)


def begin_authentication(user: User | None) -> dict[str, Any]:
    """Options for `navigator.credentials.get`; without a user, any passkey that signs in alone may answer."""
    from allauth.mfa.webauthn.internal import auth

    return cast("dict[str, Any]", auth.begin_authentication(user))


def complete_authentication(user: User | None, answer: str) -> Authenticator | None:
    """The passkey that gave the right answer to the challenge; None for every other answer."""
    from allauth.mfa.webauthn.internal import auth

    try:
        credential = _read(answer)
        auth.parse_authentication_response(credential)
        owner = user or auth.extract_user_from_response(credential)
        return auth.complete_authentication(owner, credential)
    except _BROKEN:
        return None


def _read(answer: str) -> dict[str, Any]:
    credential = json.loads(answer[:_LONGEST_ANSWER])
    if not isinstance(credential, dict):
        raise TypeError("expected an object")
    return credential
