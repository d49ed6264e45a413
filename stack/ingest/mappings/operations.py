"""Keeps what somebody said once of a source's CSV files, and uses it the next time."""

from typing import Any

import msgspec

from stack.accounts.principal import Permission, Principal
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import BadInput, FieldError, NotFound
from stack.ingest.base import CsvMapping
from stack.ingest.mappings.models import Mapping
from stack.ingest.mappings.queries import MappingRow, get_mapping
from stack.jobs.leases import in_transaction

_LONGEST = 200


def save_mapping(principal: Principal, *, source: str, mapping: CsvMapping) -> MappingRow:
    """Keeps the mapping for the source in the place of another; needs INGEST."""
    principal.require(Permission.INGEST)
    name = source.strip()
    if not name or len(name) > _LONGEST:
        message = f"expected the name of a source, with up to {_LONGEST} characters"
        raise BadInput(f"source: {message}", errors=(FieldError("source", message),))
    before = get_mapping(principal, name)
    if before is not None and before.mapping == mapping:
        return before
    row = MappingRow(name, mapping, principal.name, now_us())
    with in_transaction():
        Mapping.objects.update_or_create(
            organisation_id=principal.organisation_id,
            source=name,
            defaults={
                "mapping": msgspec.to_builtins(mapping),
                "changed_by": row.changed_by[:_LONGEST],
                "changed_at": row.changed_at,
            },
        )
        record_act(
            Act(
                "mapping.save",
                principal,
                object_kind="source",
                object_id=name,
                before=_describe(before),
                after=_describe(row),
            )
        )
    return row


def forget_mapping(principal: Principal, *, source: str) -> None:
    """Its files are laid out by guessing again; NotFound where nothing is kept. Needs INGEST."""
    before = get_mapping(principal, source)
    if before is None:
        raise NotFound(f"No mapping is kept for the source “{source[:_LONGEST]}”")
    with in_transaction():
        Mapping.objects.filter(organisation_id=principal.organisation_id, source=source).delete()
        record_act(
            Act(
                "mapping.forget",
                principal,
                object_kind="source",
                object_id=source,
                before=_describe(before),
            )
        )


def settle_mapping(principal: Principal, *, source: str, mapping: CsvMapping | None) -> CsvMapping | None:
    """The mapping that a file of the source is read by: the one given, which is kept from now on, or the kept
    one."""
    if mapping is not None:
        return save_mapping(principal, source=source, mapping=mapping).mapping
    kept = get_mapping(principal, source)
    return None if kept is None else kept.mapping


def _describe(row: MappingRow | None) -> dict[str, Any]:
    """What was said of columns, without what was left to guessing."""
    if row is None:
        return {}
    said = msgspec.to_builtins(row.mapping)
    return {name: value for name, value in said.items() if value not in (None, "")}
