"""Markings that there are, and who may see an object."""

from stack.accounts.models import Organisation, SharingGroup
from stack.accounts.principal import Principal
from stack.stix.ids import format_id
from stack.stix.markings import TLP_20_IDS, TLP_DEFINITIONS, tlp_level_of
from stack.store.access import name_tlp, read_audiences
from stack.store.queries.objects import find_objects
from stack.store.queries.rows import find_visible, open_view
from stack.store.records import AccessRow, MarkingRow

_MOST = 500


def list_markings(principal: Principal) -> list[MarkingRow]:
    """The levels of TLP 2.0, then the other marking definitions that the principal may see, by name;
    restricted ones where they were granted."""
    view = open_view(principal)
    rows = view.read(
        "SELECT o.uuid, o.name FROM store_object o WHERE o.type = 'marking-definition' "
        f"AND {view.sees('o')} ORDER BY o.name, o.uuid LIMIT %s",
        [_MOST],
    )
    others = [
        MarkingRow(format_id("marking-definition", bytes(uuid)), name, "statement", "") for uuid, name in rows
    ]
    levels = [_describe_tlp(marking_id) for marking_id in TLP_20_IDS.values()]
    left_out = TLP_DEFINITIONS.keys() | principal.hidden_markings
    return levels + [row for row in others if row.id not in left_out]


def get_access(principal: Principal, stix_id: str) -> AccessRow | None:
    """Who may see what the principal sees of an object; None where that is nothing.

    With whom else it is shared is told to its owner alone.
    """
    view = open_view(principal)
    shown = find_visible(view, stix_id)
    if shown is None:
        return None
    audience = read_audiences(view.database)[shown.audience_id]
    handling = audience.handling
    is_own = audience.owner_id == principal.organisation_id
    owner = Organisation.objects.filter(pk=audience.owner_id or 0).values_list("name", flat=True).first()
    organisations = Organisation.objects.filter(pk__in=handling.organisation_ids if is_own else ())
    groups = SharingGroup.objects.filter(pk__in=handling.group_ids if is_own else ())
    return AccessRow(
        owner=owner or "",
        is_own=is_own,
        markings=_describe_markings(principal, audience.markings),
        everyone=handling.everyone or audience.owner_id is None,
        organisations=list(organisations.order_by("name").values_list("name", flat=True)),
        groups=list(groups.order_by("name").values_list("name", flat=True)),
        embargo_until=handling.embargo_until if is_own else None,
        handling=handling if is_own else None,
    )


def _describe_markings(principal: Principal, marking_ids: tuple[str, ...]) -> list[MarkingRow]:
    known = find_objects(principal, [each for each in marking_ids if each not in TLP_DEFINITIONS])
    return [
        _describe_tlp(each)
        if each in TLP_DEFINITIONS
        else MarkingRow(each, known[each].name if each in known else "", "statement", "")
        for each in marking_ids
    ]


def _describe_tlp(marking_id: str) -> MarkingRow:
    level = tlp_level_of((marking_id,))
    return MarkingRow(marking_id, str(TLP_DEFINITIONS[marking_id]["name"]), "tlp", name_tlp(level))
