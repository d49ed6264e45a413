"""How people write who reads and writes a collection: `everyone`, `org:NAME`, `group:NAME`."""

from collections.abc import Sequence

from stack.accounts.principal import Principal
from stack.accounts.queries import list_groups, list_organisations
from stack.core.errors import BadInput, FieldError
from stack.ingest.handling import EVERYONE, GROUP, ORGANISATION, HandlingDraft, read_handling
from stack.sharing.collections.records import Sharing


def read_shares(principal: Principal, words: Sequence[str], *, field: str) -> Sharing:
    """Without words: one's own organisation alone. BadInput, under the name of the field, for what is not
    there or may not be named."""
    try:
        found = read_handling(principal, HandlingDraft(share_with=tuple(words)))
    except BadInput as fault:
        errors = tuple(FieldError(field, each.message) for each in fault.errors)
        raise BadInput("; ".join(f"{each.field}: {each.message}" for each in errors), errors=errors) from None
    return Sharing(
        everyone=found.everyone, organisation_ids=found.organisation_ids, group_ids=found.group_ids
    )


def write_shares(principal: Principal, sharing: Sharing) -> list[str]:
    """The words by which `read_shares` reads the same; what one may not name is shown by its number."""
    organisations = {row.id: row.name for row in list_organisations(principal)}
    groups = {row.id: row.name for row in list_groups(principal)}
    return [
        *([EVERYONE] if sharing.everyone else []),
        *(f"{ORGANISATION}{organisations.get(each, each)}" for each in sharing.organisation_ids),
        *(f"{GROUP}{groups.get(each, each)}" for each in sharing.group_ids),
    ]
