"""The one access rule: an object is visible when its audience is among those that the principal may see."""

import hashlib

from stack.accounts.principal import Principal
from stack.stix.markings import TlpLevel, tlp_level_of
from stack.store.database import Database, read_database
from stack.store.models import Audience

TLP_NAMES = {
    TlpLevel.CLEAR: "clear",
    TlpLevel.GREEN: "green",
    TlpLevel.AMBER: "amber",
    TlpLevel.AMBER_STRICT: "amber+strict",
    TlpLevel.RED: "red",
}


def visible_audiences(principal: Principal, *, database: Database | None = None) -> frozenset[int]:
    """Ids of the audiences whose objects the principal may read. Read anew each time: a raised marking or a
    lowered clearance holds at once."""
    rows = (database or read_database()).read(
        "SELECT id FROM store_audience "
        "WHERE (owner_id IS NULL OR owner_id = %s) AND (tlp IS NULL OR tlp <= %s)",
        [principal.organisation_id, principal.tlp_ceiling],
    )
    return frozenset(row[0] for row in rows)


def compile_predicate(column: str, audiences: frozenset[int]) -> str:
    """The rule as SQL on an audience column; without any audience it matches nothing."""
    return f"{column} IN ({','.join(map(str, sorted(audiences))) or 'NULL'})"


def name_tlp(level: int | None) -> str:
    """The level's name as badges, facets and the API show it; empty when there is none."""
    return "" if level is None else TLP_NAMES[TlpLevel(level)]


def ensure_audience(principal: Principal, markings: tuple[str, ...], *, database: Database) -> int:
    """The id of the audience with these markings, owned by the principal's organisation."""
    digest = _digest_audience(markings, principal.organisation_id)
    level = tlp_level_of(markings)
    row, _ = Audience.objects.using(database.alias).get_or_create(
        digest=digest,
        defaults={
            "markings": list(markings),
            "tlp": None if level is None else int(level),
            "owner_id": principal.organisation_id,
        },
    )
    return row.pk


def _digest_audience(markings: tuple[str, ...], owner_id: int) -> str:
    return hashlib.sha256("\n".join([str(owner_id), *markings]).encode()).hexdigest()
