"""Organisations: made by platform administrators, run by their own."""

from django.db import IntegrityError

from stack.accounts.models import Organisation
from stack.accounts.names import fold_name, read_name
from stack.accounts.principal import Permission, Principal, Role
from stack.accounts.queries.members import choose_organisation
from stack.accounts.queries.organisations import OrganisationRow, describe_organisation
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import Conflict


def create_organisation(principal: Principal, *, name: str) -> OrganisationRow:
    """A new organisation without members. Needs ADMINISTER; Conflict for a name that is taken."""
    principal.require(Permission.ADMINISTER)
    text = read_name(name)
    with writing():
        _refuse_taken(text)
        row = Organisation(name=text, created_at=now_us())
        _save(row)
        record_act(_act("organisation.create", principal, row, after={"name": text}))
        return describe_organisation(principal, row, 0)


def rename_organisation(principal: Principal, organisation_id: int, *, name: str) -> OrganisationRow:
    """Needs MANAGE_MEMBERS for the own one, ADMINISTER for any; Conflict for a name that is taken."""
    wanted = choose_organisation(principal, organisation_id)
    text = read_name(name)
    with writing():
        row = Organisation.objects.select_for_update().get(pk=wanted)
        _refuse_taken(text, but=row.pk)
        before, row.name = row.name, text
        _save(row)
        record_act(_act("organisation.change", principal, row, before={"name": before}, after={"name": text}))
        return _describe(principal, row)


def set_mfa_requirement(principal: Principal, organisation_id: int, *, role: Role | None) -> OrganisationRow:
    """From which role on members need a second factor; None: no role. Permissions as for renaming."""
    wanted = choose_organisation(principal, organisation_id)
    with writing():
        row = Organisation.objects.select_for_update().get(pk=wanted)
        before, row.require_mfa_from = row.require_mfa_from, "" if role is None else role.value
        row.save(update_fields=["require_mfa_from"])
        record_act(
            _act(
                "organisation.change",
                principal,
                row,
                before={"require_mfa_from": before},
                after={"require_mfa_from": row.require_mfa_from},
            )
        )
        return _describe(principal, row)


def _describe(principal: Principal, row: Organisation) -> OrganisationRow:
    return describe_organisation(principal, row, row.memberships.count())


def _refuse_taken(name: str, *, but: int | None = None) -> None:
    """Two names that look alike are one; the database's own rule knows only equal ones."""
    folded = fold_name(name)
    for pk, other in Organisation.objects.values_list("id", "name"):
        if pk != but and fold_name(other) == folded:
            raise _taken(name)


def _save(row: Organisation) -> None:
    try:
        with writing():
            row.save()
    except IntegrityError:
        raise _taken(row.name) from None


def _taken(name: str) -> Conflict:
    return Conflict(f"There is an organisation “{name}” already", remedy="Choose another name.")


def _act(
    name: str,
    principal: Principal,
    row: Organisation,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> Act:
    return Act(
        name=name,
        actor=principal,
        object_kind="organisation",
        object_id=str(row.pk),
        before=before or {},
        after=after or {},
        organisation_id=row.pk,
    )
