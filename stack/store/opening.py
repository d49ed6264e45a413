"""Opening an object that is restricted leaves a trace in the audit log."""

from django.db import transaction

from stack.accounts.principal import Principal
from stack.accounts.queries import list_restricted_markings
from stack.audit.operations import record_restricted_read
from stack.stix.markings import TlpLevel
from stack.store.database import write_database
from stack.store.queries import get_access
from stack.store.records import ObjectRow


def record_opening(principal: Principal, row: ObjectRow) -> None:
    """Records `object.read` of an object with TLP:RED or a restricted marking; of others nothing.

    Called by the faces when they show the object itself, not when it stands in a list.
    """
    if row.tlp == TlpLevel.RED.label or (row.statements and _is_restricted(principal, row)):
        with transaction.atomic(using=write_database().alias):
            record_restricted_read(principal, "object", row.stix_id)


def _is_restricted(principal: Principal, row: ObjectRow) -> bool:
    restricted = {each.marking_id for each in list_restricted_markings(principal)}
    if not restricted:
        return False
    access = get_access(principal, row.stix_id)
    return access is not None and any(each.id in restricted for each in access.markings)
