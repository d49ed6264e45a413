"""The CSV mappings that an organisation keeps, by source."""

from dataclasses import dataclass

import msgspec

from stack.accounts.principal import Permission, Principal
from stack.ingest.base import CsvMapping
from stack.ingest.mappings.models import Mapping


@dataclass(frozen=True, slots=True)
class MappingRow:
    """`changed_at` is microseconds, UTC."""

    source: str
    mapping: CsvMapping
    changed_by: str
    changed_at: int


def list_mappings(principal: Principal) -> list[MappingRow]:
    """By the name of the source; needs INGEST."""
    principal.require(Permission.INGEST)
    rows = Mapping.objects.filter(organisation_id=principal.organisation_id).order_by("source")
    return [_read_row(row) for row in rows]


def get_mapping(principal: Principal, source: str) -> MappingRow | None:
    """What is kept for the source; needs INGEST."""
    principal.require(Permission.INGEST)
    row = Mapping.objects.filter(organisation_id=principal.organisation_id, source=source).first()
    return None if row is None else _read_row(row)


def _read_row(row: Mapping) -> MappingRow:
    return MappingRow(row.source, msgspec.convert(row.mapping, CsvMapping), row.changed_by, row.changed_at)
