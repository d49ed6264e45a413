"""Rows that people know by a name of its own: organisations and sharing groups."""

from django.db import IntegrityError

from stack.accounts.models import Organisation, SharingGroup
from stack.accounts.names import fold_name
from stack.accounts.transactions import writing
from stack.core.errors import Conflict


def save_named(row: Organisation | SharingGroup) -> None:
    """Saves a row whose name is new or changed. Conflict for a name that is taken, or that looks like one.

    Two names that look alike are one; the database's own rule knows only equal ones.
    """
    folded = fold_name(row.name)
    for pk, other in type(row).objects.values_list("id", "name"):
        if pk != row.pk and fold_name(other) == folded:
            raise _taken(row)
    try:
        with writing():
            row.save()
    except IntegrityError:
        raise _taken(row) from None


def _taken(row: Organisation | SharingGroup) -> Conflict:
    kind = "an organisation" if isinstance(row, Organisation) else "a sharing group"
    return Conflict(f"There is {kind} “{row.name}” already", remedy="Choose another name.")
