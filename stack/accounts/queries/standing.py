"""An organisation itself as a principal: for what Stack keeps up on its behalf."""

from stack.accounts.models import SharingGroup
from stack.accounts.principal import Permission, Principal
from stack.stix.markings import TlpLevel


def principal_of_organisation(organisation_id: int, *, name: str) -> Principal:
    """Sees all that any member of the organisation could be cleared for, and may do nothing but read.

    What it finds is shown to nobody as such: each reader is asked for their own clearance again.
    """
    groups = SharingGroup.objects.filter(organisations=organisation_id).values_list("pk", flat=True)
    return Principal(
        name=name,
        organisation_id=organisation_id,
        user_id=None,
        permissions=frozenset({Permission.READ}),
        tlp_ceiling=int(TlpLevel.RED),
        group_ids=frozenset(groups),
    )
