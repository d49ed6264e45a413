"""`/organisation/members/<id>`: what one member is and may see; change it, disable, remove, let in once."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST

from stack.accounts.operations import (
    change_member,
    create_key,
    create_member_link,
    remove_member,
    reset_second_factors,
    set_active,
)
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import MemberRow, get_member, list_restricted_markings
from stack.core.errors import BadInput, Conflict
from stack.web.access import needs
from stack.web.answers import render_page
from stack.web.forms import Choice, Entry, Form, offer_levels, read_level, read_role
from stack.web.keys_shown import ask_for_key, read_key
from stack.web.members_shown import describe_member
from stack.web.roles_shown import name_level, offer_roles


@needs(Permission.MANAGE_MEMBERS, confirm=True)
@require_http_methods(["GET", "HEAD", "POST"])
def show_member(request: HttpRequest, principal: Principal, member_id: int) -> HttpResponse:
    """A page of its own, and the inside of the dialog that the list opens."""
    member = get_member(principal, member_id)
    if request.method != "POST":
        return _render(request, principal, member, _ask(principal, member))
    try:
        change_member(
            principal,
            member_id,
            role=read_role(request.POST),
            tlp_ceiling=int(read_level(request.POST)),
            granted_markings=request.POST.getlist("granted_markings"),
        )
    except (BadInput, Conflict) as error:
        form = _ask(principal, member).refill(request.POST, error)
        return _render(request, principal, member, form, status=error.status)
    return _return(request, principal, member, f"{member.username} is changed, at once.")


@needs(Permission.MANAGE_MEMBERS, confirm=True)
@require_POST
def disable_member(request: HttpRequest, principal: Principal, member_id: int) -> HttpResponse:
    member = get_member(principal, member_id)
    set_active(principal, member.user_id, active=False)
    return _return(
        request, principal, member, f"{member.username} is disabled: sessions and keys have ended."
    )


@needs(Permission.MANAGE_MEMBERS, confirm=True)
@require_POST
def enable_member(request: HttpRequest, principal: Principal, member_id: int) -> HttpResponse:
    member = get_member(principal, member_id)
    set_active(principal, member.user_id, active=True)
    return _return(request, principal, member, f"{member.username} may sign in again.")


@needs(Permission.MANAGE_MEMBERS, confirm=True)
@require_POST
def take_out(request: HttpRequest, principal: Principal, member_id: int) -> HttpResponse:
    member = get_member(principal, member_id)
    remove_member(principal, member_id)
    return _return(request, principal, member, f"{member.username} is no member any more.")


@needs(Permission.MANAGE_MEMBERS, confirm=True)
@require_POST
def reset_second_factor(request: HttpRequest, principal: Principal, member_id: int) -> HttpResponse:
    member = reset_second_factors(principal, member_id)
    said = f"{member.username} has no second factor any more, and is signed out everywhere."
    return _return(request, principal, member, said)


@needs(Permission.MANAGE_MEMBERS, confirm=True)
@require_POST
def make_link(request: HttpRequest, principal: Principal, member_id: int) -> HttpResponse:
    """Shows a link that signs the member in once, in the answer itself."""
    member = get_member(principal, member_id)
    made = create_member_link(principal, member_id)
    link = request.build_absolute_uri(f"/sign-in/{made.token}")
    extra = {"link": link, "link_expires": made.expires_at}
    return _render(request, principal, member, _ask(principal, member), extra=extra)


@needs(Permission.MANAGE_MEMBERS, confirm=True)
@require_POST
def make_key(request: HttpRequest, principal: Principal, member_id: int) -> HttpResponse:
    """A key for a program, which cannot sign in to make its own; shown in the answer itself."""
    member = get_member(principal, member_id)
    form = _ask(principal, member)
    try:
        key = create_key(principal, member_id=member_id, **read_key(request.POST))
    except BadInput as error:
        refused = {"key_form": _ask_for_key(principal, member).refill(request.POST, error)}
        return _render(request, principal, member, form, status=error.status, extra=refused)
    return _render(request, principal, member, form, extra={"new_key": key.key})


def _ask_for_key(principal: Principal, member: MemberRow) -> Form:
    return ask_for_key(
        principal.permissions & member.role.permissions, min(principal.tlp_ceiling, member.tlp_ceiling)
    )


def _ask(principal: Principal, member: MemberRow) -> Form:
    markings = tuple(
        Choice(each.marking_id, each.name, is_chosen=each.marking_id in member.granted_markings)
        for each in list_restricted_markings(principal)
    )
    level = name_level(member.tlp_ceiling)
    entries = (
        Entry("role", "Role", kind="select", choices=offer_roles(principal, member.role)),
        Entry("tlp_ceiling", "Sees up to", kind="select", choices=offer_levels(principal.tlp_ceiling, level)),
        Entry("granted_markings", "Sees what is marked as", kind="checks", choices=markings),
    )
    return Form("member", entries if markings else entries[:2])


def _return(request: HttpRequest, principal: Principal, member: MemberRow, said: str) -> HttpResponse:
    messages.success(request, said, extra_tags="good")
    return HttpResponseRedirect(_find_page(principal, member))


def _find_page(principal: Principal, member: MemberRow) -> str:
    """The page that lists the member: the own organisation's, or one of all."""
    is_own = member.organisation_id == principal.organisation_id
    return "/organisation" if is_own else f"/admin/organisations/{member.organisation_id}"


def _render(
    request: HttpRequest,
    principal: Principal,
    member: MemberRow,
    form: Form,
    *,
    status: int = 200,
    extra: dict[str, Any] | None = None,
) -> HttpResponse:
    context = {
        **describe_member(member, principal),
        "key_form": _ask_for_key(principal, member) if member.role.is_machine else None,
        **(extra or {}),
        "form": form,
        "back": _find_page(principal, member),
    }
    response = render_page(request, "pages/member.html", "pages/member_body.html", context)
    response.status_code = status
    response["Cache-Control"] = "no-store"
    return response
