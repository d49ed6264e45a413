"""The pages under `/admin`, for whoever may administer all of this Stack."""

from django.urls import path, re_path

from stack.web.pages import organisation
from stack.web.pages.admin import groups, markings, organisations

_ONE = "organisations/<int:organisation_id>"
_FORM = r"\.(?P<form>json|csv)$"

urlpatterns = [
    path("organisations", organisations.show_organisations),
    re_path(r"^organisations" + _FORM, organisations.export_organisations),
    path(_ONE, organisation.show_any),
    path(f"{_ONE}/invitations", organisation.invite_to_any),
    path(f"{_ONE}/invitations/<int:invitation_id>/revoke", organisation.end_invitation_of_any),
    path(f"{_ONE}/programs", organisation.add_program_to_any),
    path(f"{_ONE}/name", organisation.rename_any),
    path(f"{_ONE}/second-factor", organisation.demand_of_any),
    path(f"{_ONE}/members.json", organisation.export_any_members, {"form": "json"}),
    path(f"{_ONE}/members.csv", organisation.export_any_members, {"form": "csv"}),
    path(f"{_ONE}/invitations.json", organisation.export_any_invitations, {"form": "json"}),
    path(f"{_ONE}/invitations.csv", organisation.export_any_invitations, {"form": "csv"}),
    path("groups", groups.show_groups),
    re_path(r"^groups" + _FORM, groups.export_groups),
    path("groups/<int:group_id>", groups.show_group),
    path("groups/<int:group_id>/delete", groups.take_apart),
    path("markings", markings.show_markings),
    re_path(r"^markings" + _FORM, markings.export_markings),
    path("markings/<int:row_id>/lift", markings.lift_restriction),
]
