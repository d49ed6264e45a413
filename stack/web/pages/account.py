"""`/account`: who one is here."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from stack.accounts.models import User
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import list_own_memberships
from stack.accounts.sign_in import mfa
from stack.accounts.sign_in.sessions import list_sessions
from stack.stix.markings import TlpLevel
from stack.web.access import needs


@needs(Permission.READ, before_enrolment=True)
def show_account(request: HttpRequest, principal: Principal) -> HttpResponse:
    user = cast("User", request.user)
    context = {
        "principal": principal,
        "ceiling": TlpLevel(principal.tlp_ceiling).label,
        "memberships": list_own_memberships(user),
        "factors": mfa.list_factors(user),
        "owes_factor": mfa.needs_second_factor(principal),
        "sessions": list_sessions(user, current_key=request.session.session_key),
        "signed_in_at": int(user.last_login.timestamp() * 1_000_000) if user.last_login else None,
    }
    response = render(request, "pages/account.html", context)
    response["Cache-Control"] = "no-store"
    return response
