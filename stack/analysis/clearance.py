"""Who may see an analysis: members of its organisation who are cleared for all that it could see."""

import hashlib
from dataclasses import replace

import orjson

from stack.accounts.principal import Principal
from stack.analysis.models import Clearance


def ensure_clearance(principal: Principal) -> Clearance:
    """What the principal is cleared for, as a row."""
    parts = {
        "tlp_ceiling": principal.tlp_ceiling,
        "group_ids": sorted(principal.group_ids),
        "hidden_markings": sorted(principal.hidden_markings),
    }
    digest = hashlib.sha256(orjson.dumps(parts)).hexdigest()
    row, _ = Clearance.objects.get_or_create(
        organisation_id=principal.organisation_id, digest=digest, defaults=parts
    )
    return row


def list_clearances(principal: Principal) -> list[int]:
    """Ids of those of its organisation's clearances that the principal has as well."""
    return [
        row.pk
        for row in Clearance.objects.filter(
            organisation_id=principal.organisation_id, tlp_ceiling__lte=principal.tlp_ceiling
        )
        if principal.group_ids.issuperset(row.group_ids)
        and principal.hidden_markings.issubset(row.hidden_markings)
    ]


def restrict(principal: Principal, clearance: Clearance) -> Principal:
    """The principal of a job with no more than what whoever started it could see, as with a key of theirs."""
    return replace(
        principal,
        tlp_ceiling=min(principal.tlp_ceiling, clearance.tlp_ceiling),
        group_ids=principal.group_ids & frozenset(clearance.group_ids),
        hidden_markings=principal.hidden_markings | frozenset(clearance.hidden_markings),
    )
