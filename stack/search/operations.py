"""Writes of search: saved look-ups, and building the index again."""

import secrets
import time

from stack.accounts.principal import Permission, Principal
from stack.core.clock import now_us
from stack.core.errors import BadInput, NotFound, Unavailable
from stack.search.choice import choose_backend
from stack.search.copying import copy_changes
from stack.search.models import SavedLookup

LONGEST_LOOKUP = 4_000_000
_WAIT_S = 0.1


def rebuild(*, timeout: float = 10.0) -> int:
    """Builds the index anew beside the one in use, then switches; gives back how many documents it has.

    Until then searches are answered by the old one. Raises Unavailable when another process is the writer for
    longer than `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    backend = choose_backend()
    while True:
        with backend.open_rebuild() as writer:
            if writer:
                copy_changes(writer, is_unseen=True)
        if writer:
            return backend.count_documents()
        if time.monotonic() > deadline:
            raise Unavailable("Another process is writing the search index", remedy="Try again in a moment.")
        time.sleep(_WAIT_S)


def save_lookup(principal: Principal, text: str) -> str:
    """Keeps pasted lines for the principal's organisation and gives back the id for `/lookup/<id>`."""
    principal.require(Permission.READ)
    if len(text) > LONGEST_LOOKUP:
        raise BadInput(
            f"The look-up has {len(text):,} characters; at most {LONGEST_LOOKUP:,} are kept",
            remedy="Look up fewer values at a time.",
        )
    row = SavedLookup.objects.create(
        id=secrets.token_urlsafe(12),
        text=text,
        created_at=now_us(),
        organisation_id=principal.organisation_id,
        user_id=principal.user_id,
    )
    return row.id


def load_lookup(principal: Principal, lookup_id: str) -> str:
    """The lines of a saved look-up; NotFound when it is not of the principal's organisation."""
    principal.require(Permission.READ)
    row = SavedLookup.objects.filter(pk=lookup_id, organisation_id=principal.organisation_id).first()
    if row is None:
        raise NotFound("There is no such look-up", remedy="Paste the values again.")
    return row.text
