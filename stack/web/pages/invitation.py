"""`/join/<token>`: an invitation makes a new account, or makes the account that one has a member."""

from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from stack.accounts.models import Organisation, User
from stack.accounts.operations import accept_invitation
from stack.accounts.queries import InvitationRow, find_invitation
from stack.accounts.sign_in import flows
from stack.core.errors import BadInput, Conflict, FieldError, NotAllowed, NotFound
from stack.stix.markings import TlpLevel
from stack.web.access import open_page


@open_page("the link is the proof")
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def show_invitation(request: HttpRequest, token: str) -> HttpResponse:
    invitation = find_invitation(token)
    if invitation is None:
        return render(request, "pages/invitation_ended.html", status=410)
    if request.method != "POST":
        return _render(request, invitation)
    try:
        return _join(request, invitation, token)
    except NotFound:
        return render(request, "pages/invitation_ended.html", status=410)
    except (BadInput, Conflict, NotAllowed) as error:
        faults: dict[str, str] = {}
        for fault in error.errors:
            faults.setdefault(fault.field, fault.message)
        return _render(request, invitation, faults=faults or {"": error.detail}, status=error.status)


def _join(request: HttpRequest, invitation: InvitationRow, token: str) -> HttpResponse:
    if isinstance(request.user, User):
        accept_invitation(token, user=request.user)
        return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
    name, password = request.POST.get("username", ""), request.POST.get("password", "")
    _check_password(name, password, request.POST.get("again", ""), invitation)
    user = accept_invitation(token, username=name, password=password)
    answer = flows.enter_password(request, name=user.get_username(), password=password, go_on="/")
    return answer or HttpResponseRedirect("/sign-in")


def _check_password(name: str, password: str, again: str, invitation: InvitationRow) -> None:
    organisation = Organisation(pk=invitation.organisation_id, name=invitation.organisation)
    faults = []
    try:
        validate_password(password, User(username=name, email=invitation.email, organisation=organisation))
    except ValidationError as error:
        faults = [FieldError("password", message) for message in error.messages]
    if password != again:
        faults.append(FieldError("again", "Expected the same password once more"))
    if faults:
        raise BadInput("The account was not made", errors=tuple(faults))


def _render(
    request: HttpRequest,
    invitation: InvitationRow,
    *,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "invitation": invitation,
        "ceiling": TlpLevel(invitation.tlp_ceiling).label,
        "faults": faults or {},
        "whole_fault": (faults or {}).get(""),
        "name": request.POST.get("username", "")[:200],
    }
    return render(request, "pages/invitation.html", context, status=status)
