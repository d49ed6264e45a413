"""Appends an act to the log, in the transaction of the act: either both happened or neither."""

import logging
from collections.abc import Mapping
from typing import Any

from django.db import connections, router, transaction

from stack.accounts.models import User
from stack.audit.chain import COLUMNS, GENESIS, clean_text, hash_entry, write_values
from stack.audit.models import AuditEntry
from stack.core.acts import Act, Origin
from stack.core.clock import now_us

_security = logging.getLogger("stack.security")
# Any constant: it names the lock under which the end of the chain is read and written.
_CHAIN_LOCK = 0x57AC5


def database_alias() -> str:
    """Where the log is: beside the accounts, whose acts share its transactions."""
    return router.db_for_write(User)


def append_entry(act: Act, origin: Origin) -> None:
    """The recorder of `core.acts`. From here to the end of the transaction no other act is recorded."""
    alias = database_alias()
    with transaction.atomic(using=alias, savepoint=False):
        _lock_chain(alias)
        entry = _build_entry(alias, act, origin)
        entry.save(using=alias, force_insert=True)
    if act.is_security:
        transaction.on_commit(lambda: _raise_event(entry), using=alias)


def _lock_chain(alias: str) -> None:
    """SQLite's transactions begin as writers, so whoever is inside one is alone already."""
    connection = connections[alias]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])


def _build_entry(alias: str, act: Act, origin: Origin) -> AuditEntry:
    entries = AuditEntry.objects.using(alias)
    last = entries.order_by("-sequence").values_list("sequence", "hash").first()
    sequence, previous = last or (0, GENESIS)
    actor = act.actor
    organisation_id = act.organisation_id
    if organisation_id is None and actor is not None:
        organisation_id = actor.organisation_id
    # Both columns, in the order of the index: by the number alone, PostgreSQL sorts all acts of nobody.
    of_organisation = entries.filter(organisation_id=organisation_id).order_by("-organisation_id", "-number")
    entry = AuditEntry(
        sequence=sequence + 1,
        number=(of_organisation.values_list("number", flat=True).first() or 0) + 1,
        at=now_us(),
        name=clean_text(act.name, 60),
        result=act.result.value,
        actor_name=clean_text(actor.name, 150) if actor else "",
        user_id=actor.user_id if actor else None,
        key_id=actor.key_id if actor else None,
        organisation_id=organisation_id,
        face=clean_text(origin.face, 20),
        address=clean_text(origin.address, 45),
        request_id=clean_text(origin.request_id, 64),
        object_kind=clean_text(act.object_kind, 60),
        object_id=clean_text(str(act.object_id), 300),
        before=write_values(_hash_secrets(act.before, act.secrets)),
        after=write_values(_hash_secrets(act.after, act.secrets)),
        is_security=act.is_security,
        previous=previous,
    )
    entry.hash = hash_entry([getattr(entry, name) for name in COLUMNS], previous)
    return entry


def _hash_secrets(values: Mapping[str, Any], secrets: frozenset[str]) -> Mapping[str, Any]:
    """Whether a secret changed, or is the same as elsewhere, can be seen; what it is cannot."""
    if not secrets & values.keys():
        return values
    from stack.vault.operations import keyed_hash

    return {
        name: f"hmac:{keyed_hash(str(value), purpose='audit')}" if name in secrets and value else value
        for name, value in values.items()
    }


def _raise_event(entry: AuditEntry) -> None:
    """A security event goes to the log of the process too, where an operator's alerts read it.

    On the command line that log is the terminal of whoever just did it.
    """
    import structlog

    level = logging.INFO if entry.face == "cli" else logging.WARNING

    values = {
        "event": entry.name,
        "sequence": entry.sequence,
        "result": entry.result,
        "actor": entry.actor_name,
        "user_id": entry.user_id,
        "key_id": entry.key_id,
        "organisation_id": entry.organisation_id,
        "face": entry.face,
        "address": entry.address,
        "request_id": entry.request_id,
        "object": f"{entry.object_kind} {entry.object_id}".strip(),
    }
    _security.log(level, structlog.processors.JSONRenderer()(None, "warning", values))
