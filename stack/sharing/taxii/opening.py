"""The collection that a request is about, as far as the principal may know of it."""

from stack.accounts.principal import Principal
from stack.core.errors import NotAllowed
from stack.sharing.collections.queries import find_collection
from stack.sharing.collections.records import CollectionRow
from stack.sharing.taxii.boundary import NOTHING_HERE, READING, WRITING


def open_collection(principal: Principal, root: str, name: str) -> CollectionRow:
    """By its id or alias, within its API root. `NotFound` also for who may neither read nor write."""
    found = find_collection(principal, name, root=root)
    if found is None:
        raise NOTHING_HERE
    return found


def open_for_reading(principal: Principal, root: str, name: str) -> CollectionRow:
    """`NotAllowed` for who may write there alone."""
    row = open_collection(principal, root, name)
    expect_readable(principal, row)
    return row


def expect_readable(principal: Principal, row: CollectionRow) -> None:
    if not row.can_read:
        raise NotAllowed(f"{principal.name} may write to the collection “{row.title}”, but not read it")


def open_for_writing(principal: Principal, root: str, name: str) -> CollectionRow:
    """`NotAllowed` for who may read there alone."""
    row = open_collection(principal, root, name)
    if not row.can_write:
        raise NotAllowed(
            f"{principal.name} may read the collection “{row.title}”, but not write to it",
            remedy="Ask its organisation to be one of its writers.",
        )
    return row


def can_read(principal: Principal, row: CollectionRow) -> bool:
    """Whether a request to read would be answered: what the key may do counts too."""
    return row.can_read and principal.permissions >= READING


def can_write(principal: Principal, row: CollectionRow) -> bool:
    return row.can_write and principal.permissions >= WRITING
