"""`/organisation` and `/admin/organisations/<id>`: members, invitations, sharing groups, second factor, name.

Each view exists twice: for the own organisation, and for any of them by who may administer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from stack.accounts.models import User
from stack.accounts.operations import (
    create_member,
    invite,
    rename_organisation,
    revoke_invitation,
    set_mfa_requirement,
    switch_organisation,
)
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import OrganisationRow, list_invitations, list_members, list_organisations
from stack.accounts.roles import Role
from stack.core.errors import BadInput, Conflict, NotFound, StackError
from stack.web.access import needs
from stack.web.answers import answer_csv, answer_json
from stack.web.forms import Form, read_days, read_level, read_role
from stack.web.members_shown import (
    ask_for_invitation,
    ask_for_name,
    ask_for_program,
    ask_for_second_factor,
    describe_organisation,
    write_invitations,
    write_members,
)
from stack.web.tab_rows import ADMINISTRATION, ORGANISATION, describe_tabs

_DAYS = 7


@dataclass(frozen=True, slots=True)
class Desk:
    """The page about one organisation; `is_any` where it was reached as one of all."""

    request: HttpRequest
    principal: Principal
    organisation: OrganisationRow
    is_any: bool

    @property
    def url(self) -> str:
        return f"/admin/organisations/{self.organisation.id}" if self.is_any else "/organisation"

    def show(
        self, *, made: Mapping[str, Any] | None = None, filled: Form | None = None, status: int = 200
    ) -> HttpResponse:
        """The page; `made` is what was just made and is shown once, `filled` a form that was refused."""
        tabs, current = (
            (ADMINISTRATION, "/admin/organisations") if self.is_any else (ORGANISATION, "/organisation")
        )
        context = {
            **describe_organisation(self.principal, self.organisation, filled=filled),
            **(made or {}),
            "is_any": self.is_any,
            "base": self.url,
            "tabs": describe_tabs(tabs, current),
        }
        response = render(self.request, "pages/organisation.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response

    def refuse(self, form: Form, error: StackError) -> HttpResponse:
        """The page with the form as it was sent, and why it was refused."""
        return self.show(filled=form.refill(self.request.POST, error), status=error.status)

    def return_with(self, said: str) -> HttpResponse:
        messages.success(self.request, said, extra_tags="good")
        return HttpResponseRedirect(self.url)


def _show(request: HttpRequest, principal: Principal, organisation_id: int | None = None) -> HttpResponse:
    return _open_desk(request, principal, organisation_id).show()


@require_POST
def _invite(request: HttpRequest, principal: Principal, organisation_id: int | None = None) -> HttpResponse:
    """Shows the link in the answer itself: only its digest is kept."""
    desk = _open_desk(request, principal, organisation_id)
    try:
        made = invite(
            principal,
            role=read_role(request.POST),
            tlp_ceiling=int(read_level(request.POST)),
            email=request.POST.get("email", "").strip(),
            days=read_days(request.POST, "days") or _DAYS,
            organisation_id=desk.organisation.id,
        )
    except BadInput as error:
        return desk.refuse(ask_for_invitation(principal), error)
    link = request.build_absolute_uri(f"/join/{made.token}")
    return desk.show(made={"link": link, "link_expires": made.expires_at})


@require_POST
def _end_invitation(
    request: HttpRequest, principal: Principal, invitation_id: int, organisation_id: int | None = None
) -> HttpResponse:
    revoke_invitation(principal, invitation_id)
    desk = _open_desk(request, principal, organisation_id)
    return desk.return_with("The invitation lets nobody in any more.")


@require_POST
def _add_program(
    request: HttpRequest, principal: Principal, organisation_id: int | None = None
) -> HttpResponse:
    desk = _open_desk(request, principal, organisation_id)
    try:
        made = create_member(
            principal,
            username=request.POST.get("username", ""),
            role=Role.PARTNER,
            tlp_ceiling=int(read_level(request.POST)),
            organisation_id=desk.organisation.id,
        )
    except (BadInput, Conflict) as error:
        return desk.refuse(ask_for_program(principal), error)
    return desk.return_with(f"{made.username} is a member.")


@require_POST
def _rename(request: HttpRequest, principal: Principal, organisation_id: int | None = None) -> HttpResponse:
    desk = _open_desk(request, principal, organisation_id)
    try:
        rename_organisation(principal, desk.organisation.id, name=request.POST.get("name", ""))
    except (BadInput, Conflict) as error:
        return desk.refuse(ask_for_name("name"), error)
    return desk.return_with("The organisation has its new name.")


@require_POST
def _demand_second_factor(
    request: HttpRequest, principal: Principal, organisation_id: int | None = None
) -> HttpResponse:
    desk = _open_desk(request, principal, organisation_id)
    try:
        role = read_role(request.POST) if request.POST.get("role") else None
        set_mfa_requirement(principal, desk.organisation.id, role=role)
    except BadInput as error:
        return desk.refuse(ask_for_second_factor(desk.organisation), error)
    return desk.return_with("Who needs a second factor is changed, at once.")


def _export_members(
    request: HttpRequest, principal: Principal, form: str, organisation_id: int | None = None
) -> HttpResponseBase:
    sheet = write_members(list_members(principal, organisation_id=organisation_id))
    return answer_json(sheet) if form == "json" else answer_csv(sheet, "stack-members.csv")


def _export_invitations(
    request: HttpRequest, principal: Principal, form: str, organisation_id: int | None = None
) -> HttpResponseBase:
    sheet = write_invitations(list_invitations(principal, organisation_id=organisation_id))
    return answer_json(sheet) if form == "json" else answer_csv(sheet, "stack-invitations.csv")


@needs(Permission.READ)
@require_POST
def act_for(request: HttpRequest, principal: Principal) -> HttpResponse:
    """From now on the user acts for another organisation that they belong to."""
    chosen = request.POST.get("organisation", "")
    if not (chosen.isascii() and chosen.isdecimal() and len(chosen) < 19):
        raise BadInput("organisation: expected the id of one of your organisations")
    if isinstance(request.user, User):
        switch_organisation(request.user, int(chosen))
    return HttpResponseRedirect("/")


def _open_desk(request: HttpRequest, principal: Principal, organisation_id: int | None) -> Desk:
    wanted = principal.organisation_id if organisation_id is None else organisation_id
    for organisation in list_organisations(principal):
        if organisation.id == wanted:
            return Desk(request, principal, organisation, is_any=organisation_id is not None)
    raise NotFound(f"There is no organisation {wanted}")


_own, _any = needs(Permission.MANAGE_MEMBERS, confirm=True), needs(Permission.ADMINISTER, confirm=True)
show_own, show_any = _own(_show), _any(_show)
invite_to_own, invite_to_any = _own(_invite), _any(_invite)
end_invitation_of_own, end_invitation_of_any = _own(_end_invitation), _any(_end_invitation)
add_program_to_own, add_program_to_any = _own(_add_program), _any(_add_program)
rename_own, rename_any = _own(_rename), _any(_rename)
demand_of_own, demand_of_any = _own(_demand_second_factor), _any(_demand_second_factor)
export_own_members, export_any_members = _own(_export_members), _any(_export_members)
export_own_invitations, export_any_invitations = _own(_export_invitations), _any(_export_invitations)
