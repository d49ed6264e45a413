"""Organisations: made by platform administrators, run by their own."""

from stack.accounts.models import Organisation
from stack.accounts.names import read_name
from stack.accounts.operations.acts import record_change
from stack.accounts.operations.named import save_named
from stack.accounts.principal import Permission, Principal, Role
from stack.accounts.queries.members import choose_organisation
from stack.accounts.queries.organisations import OrganisationRow, describe_organisation
from stack.accounts.transactions import writing
from stack.core.clock import now_us


def create_organisation(principal: Principal, *, name: str) -> OrganisationRow:
    """A new organisation without members. Needs ADMINISTER; Conflict for a name that is taken."""
    principal.require(Permission.ADMINISTER)
    text = read_name(name)
    with writing():
        row = Organisation(name=text, created_at=now_us())
        save_named(row)
        record_change("organisation.create", principal, row, after={"name": text})
        return describe_organisation(principal, row, 0)


def rename_organisation(principal: Principal, organisation_id: int, *, name: str) -> OrganisationRow:
    """Needs MANAGE_MEMBERS for the own one, ADMINISTER for any; Conflict for a name that is taken."""
    wanted = choose_organisation(principal, organisation_id)
    text = read_name(name)
    with writing():
        row = Organisation.objects.select_for_update().get(pk=wanted)
        before, row.name = row.name, text
        save_named(row)
        record_change("organisation.change", principal, row, before={"name": before}, after={"name": text})
        return _describe(principal, row)


def set_mfa_requirement(principal: Principal, organisation_id: int, *, role: Role | None) -> OrganisationRow:
    """From which role on members need a second factor; None: no role. Permissions as for renaming."""
    wanted = choose_organisation(principal, organisation_id)
    with writing():
        row = Organisation.objects.select_for_update().get(pk=wanted)
        before, row.require_mfa_from = row.require_mfa_from, "" if role is None else role.value
        row.save(update_fields=["require_mfa_from"])
        record_change(
            "organisation.change",
            principal,
            row,
            before={"require_mfa_from": before},
            after={"require_mfa_from": row.require_mfa_from},
        )
        return _describe(principal, row)


def _describe(principal: Principal, row: Organisation) -> OrganisationRow:
    return describe_organisation(principal, row, row.memberships.count())
