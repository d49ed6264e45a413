"""An organisation itself as a principal: for what Stack keeps up on its behalf."""

from django.db import connections, router

from stack.accounts.frequent import read_frequent
from stack.accounts.models import SharingGroup
from stack.accounts.principal import Permission, Principal
from stack.stix.markings import TlpLevel

_GROUPS = "SELECT sharinggroup_id FROM accounts_sharinggroup_organisations WHERE organisation_id = %s"


def principal_of_organisation(organisation_id: int, *, name: str) -> Principal:
    """Sees all that any member of the organisation could be cleared for, and may do nothing but read.

    What it finds is shown to nobody as such: each reader is asked for their own clearance again.
    """
    groups = read_frequent(connections[router.db_for_read(SharingGroup)], _GROUPS, [organisation_id])
    return Principal(
        name=name,
        organisation_id=organisation_id,
        user_id=None,
        permissions=frozenset({Permission.READ}),
        tlp_ceiling=int(TlpLevel.RED),
        group_ids=frozenset(group for (group,) in groups),
    )
