"""Restricting a marking: from then on only members who were granted it see what carries it."""

from stack.accounts.models import Membership, RestrictedMarking
from stack.accounts.names import bad_field, read_name
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries.markings import RestrictedMarkingRow
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.errors import Conflict, NotFound
from stack.stix.ids import format_id, is_id, parse_id
from stack.stix.markings import tlp_level_of


def restrict_marking(principal: Principal, *, marking_id: str, name: str) -> RestrictedMarkingRow:
    """Hides at once what carries this marking definition, except from the membership that restricts it.

    Needs ADMINISTER. BadInput for what is no id of a marking definition, or for a TLP marking, which
    ceilings decide; Conflict where it is restricted already.
    """
    principal.require(Permission.ADMINISTER)
    marking_id = _read_id(marking_id)
    if tlp_level_of([marking_id]) is not None:
        raise bad_field("marking_id", "expected another marking than a TLP level: the TLP ceiling decides it")
    text = read_name(name)
    with writing():
        row, made = RestrictedMarking.objects.get_or_create(marking_id=marking_id, defaults={"name": text})
        if not made:
            raise Conflict(
                f"The marking {marking_id} is restricted already", remedy="Change who was granted it."
            )
        own = Membership.objects.filter(
            user_id=principal.user_id or 0, organisation_id=principal.organisation_id
        ).first()
        if own is not None:
            own.granted_markings.add(row)
        _record("marking.restrict", principal, row)
        return RestrictedMarkingRow(row.pk, marking_id, text, own is not None)


def _read_id(text: str) -> str:
    text = text.strip()
    found = parse_id(text) if is_id(text) else None
    if found is None or found.type != "marking-definition":
        raise bad_field("marking_id", "expected the STIX id of a marking definition, marking-definition--…")
    return format_id(found.type, found.uuid)


def unrestrict_marking(principal: Principal, marking_row_id: int) -> None:
    """The marking hides nothing any more, and who had been granted it is forgotten. Needs ADMINISTER."""
    principal.require(Permission.ADMINISTER)
    with writing():
        row = RestrictedMarking.objects.select_for_update().filter(pk=marking_row_id).first()
        if row is None:
            raise NotFound(
                f"There is no restricted marking {marking_row_id}",
                remedy="List the restricted markings to see their ids.",
            )
        _record("marking.unrestrict", principal, row)
        row.delete()


def _record(name: str, principal: Principal, row: RestrictedMarking) -> None:
    shown = {"marking_id": row.marking_id, "name": row.name}
    is_new = name == "marking.restrict"
    record_act(
        Act(
            name=name,
            actor=principal,
            object_kind="marking",
            object_id=row.marking_id,
            before={} if is_new else shown,
            after=shown if is_new else {},
            is_security=True,
        )
    )
