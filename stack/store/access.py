"""The one access rule: a face is visible when its audience is among those that the principal may see.

Which those are is decided here, from the audience's markings, owner and handling and the principal's
clearances, and nowhere else. SQL and the search index only ask whether an audience is in the set.
"""

import hashlib
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
import orjson

from stack.accounts.principal import Principal
from stack.core.clock import now_us
from stack.stix.markings import TLP_DEFINITIONS, TlpLevel, tlp_level_of
from stack.store.database import Database, read_database
from stack.store.dialects.choice import Lock
from stack.store.models import Audience
from stack.store.records import OWN_ALONE, Handling

_MOST_SETS = 1_000

Clearance = tuple[int, int, frozenset[int], frozenset[str]]


@dataclass(frozen=True, slots=True)
class AudienceRecord:
    """An audience as it was stored; rows never change."""

    id: int
    stamp: int
    digest: str
    markings: tuple[str, ...]
    tlp: int | None
    owner_id: int | None
    handling: Handling

    def is_open_to(self, principal: Principal, now: int) -> bool:
        if self.tlp is not None and self.tlp > principal.tlp_ceiling:
            return False
        if not principal.hidden_markings.isdisjoint(self.markings):
            return False
        if self.owner_id is None or self.owner_id == principal.organisation_id:
            return True
        shared = self.handling
        if shared.embargo_until is not None and shared.embargo_until > now:
            return False
        return (
            shared.everyone
            or principal.organisation_id in shared.organisation_ids
            or not principal.group_ids.isdisjoint(shared.group_ids)
        )

    def is_wider_than(self, other: "AudienceRecord") -> bool:
        """Whether somebody may see this audience who may not see the other one of the same owner."""
        mine, its = self.handling, other.handling
        return (
            (-1 if self.tlp is None else self.tlp) < (-1 if other.tlp is None else other.tlp)
            or not set(other.markings) <= {*self.markings, *TLP_DEFINITIONS}
            or (mine.embargo_until or 0) < (its.embargo_until or 0)
            or (
                not its.everyone
                and (
                    mine.everyone
                    or not set(mine.organisation_ids) <= set(its.organisation_ids)
                    or not set(mine.group_ids) <= set(its.group_ids)
                )
            )
        )


@dataclass(slots=True)
class _Known:
    """The audiences of one database as this process has read them, and the sets worked out of them."""

    records: dict[int, AudienceRecord] = field(default_factory=dict)
    by_digest: dict[str, AudienceRecord] = field(default_factory=dict)
    last: tuple[int, int] = (0, 0)
    # Of each clearance: the set, and until when it holds (the next embargo that ends).
    visible: dict[Clearance, tuple[frozenset[int], int | None]] = field(default_factory=dict)
    digests: dict[frozenset[int], str] = field(default_factory=dict)


_known: dict[str, _Known] = {}
_lock = threading.Lock()


def visible_audiences(principal: Principal, *, database: Database | None = None) -> frozenset[int]:
    """Ids of the audiences whose statements the principal may read, as of now.

    What was worked out before is used again only when the table still ends with the row that it ended with
    then, so that a new audience, another clearance or the end of an embargo counts at once.
    """
    known, _ = _read_known(database or read_database())
    return _find_visible(known, principal)


def open_access(principal: Principal, database: Database) -> tuple[frozenset[int], bool]:
    """The same, and whether any id has several faces at all: mostly none has, and queries are simpler."""
    known, is_split = _read_known(database)
    return _find_visible(known, principal), is_split


def digest_audiences(principal: Principal, database: Database) -> str:
    """Names the set of audiences that the principal may read: another set has another name, also in another
    database or in one that was put back."""
    known, _ = _read_known(database)
    ids = _find_visible(known, principal)
    found = known.digests.get(ids)
    if found is None:
        records = [known.records[each] for each in sorted(ids)]
        parts = "\n".join(f"{record.id} {record.stamp} {record.digest}" for record in records)
        found = hashlib.sha256(parts.encode()).hexdigest()
        if len(known.digests) >= _MOST_SETS:
            known.digests.clear()
        known.digests[ids] = found
    return found


def _find_visible(known: _Known, principal: Principal) -> frozenset[int]:
    clearance = (
        principal.organisation_id,
        principal.tlp_ceiling,
        principal.group_ids,
        principal.hidden_markings,
    )
    now = now_us()
    found = known.visible.get(clearance)
    if found is None or (found[1] is not None and found[1] <= now):
        found = _work_out(known.records.values(), principal, now)
        if len(known.visible) >= _MOST_SETS:
            known.visible.clear()
        known.visible[clearance] = found
    return found[0]


def read_audiences(database: Database) -> dict[int, AudienceRecord]:
    """Every audience by its id. For the store alone: it says nothing of who asks."""
    return _read_known(database)[0].records


def _work_out(
    records: Iterable[AudienceRecord], principal: Principal, now: int
) -> tuple[frozenset[int], int | None]:
    visible, ends = [], []
    for record in records:
        if record.is_open_to(principal, now):
            visible.append(record.id)
        elif record.handling.embargo_until is not None and record.handling.embargo_until > now:
            ends.append(record.handling.embargo_until)
    return frozenset(visible), min(ends, default=None)


def _read_known(database: Database) -> tuple[_Known, bool]:
    rows = database.read(
        "SELECT id, stamp, EXISTS (SELECT 1 FROM store_rival) FROM store_audience ORDER BY id DESC LIMIT 1"
    )
    last, is_split = ((rows[0][0], rows[0][1]), bool(rows[0][2])) if rows else ((0, 0), False)
    known = _known.get(database.alias)
    if known is not None and known.last == last:
        return known, is_split
    with _lock:
        records = _read_records(database)
        end = max(records.values(), key=lambda record: record.id, default=None)
        known = _known[database.alias] = _Known(
            records,
            {record.digest: record for record in records.values()},
            (0, 0) if end is None else (end.id, end.stamp),
        )
    return known, is_split


def _read_records(database: Database) -> dict[int, AudienceRecord]:
    rows = database.read(
        "SELECT id, stamp, digest, markings, tlp, owner_id, handling FROM store_audience ORDER BY id"
    )
    return {
        row_id: AudienceRecord(
            id=row_id,
            stamp=stamp,
            digest=digest,
            markings=msgspec.convert(_decode(markings), tuple[str, ...]),
            tlp=tlp,
            owner_id=owner_id,
            handling=read_handling(handling),
        )
        for row_id, stamp, digest, markings, tlp, owner_id, handling in rows
    }


def read_handling(value: object) -> Handling:
    """A handling from the column that keeps it."""
    return msgspec.convert(_decode(value), Handling)


def _decode(value: object) -> object:
    """A JSON column, which only PostgreSQL's driver decodes by itself."""
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def name_tlp(level: int | None) -> str:
    """The level's name as badges, facets and the API show it; empty when there is none."""
    return "" if level is None else TlpLevel(level).label


def ensure_audience(
    owner_id: int, markings: Iterable[str], handling: Handling = OWN_ALONE, *, database: Database
) -> AudienceRecord:
    """The audience of an organisation's statements with these markings, handled so; made when it is new."""
    joined = tuple(sorted({*markings, *handling.markings}))
    digest = _digest_audience(joined, owner_id, handling)
    known = _read_known(database)[0].by_digest.get(digest)
    if known is not None:
        return known
    database.hold(Lock.NAMES)
    level = tlp_level_of(joined)
    row, _ = Audience.objects.using(database.alias).get_or_create(
        digest=digest,
        defaults={
            "markings": list(joined),
            "tlp": None if level is None else int(level),
            "owner_id": owner_id,
            "handling": msgspec.to_builtins(handling),
            "stamp": secrets.randbits(62),
        },
    )
    return read_audiences(database)[row.pk]


def combine_handlings(first: Handling, second: Handling) -> Handling:
    """What both allow: the markings of both, seen by those alone whom both let see it."""
    wide = [each for each in (first, second) if not each.everyone]
    ends = [each.embargo_until for each in (first, second) if each.embargo_until is not None]
    return Handling(
        markings=tuple(sorted({*first.markings, *second.markings})),
        everyone=not wide,
        organisation_ids=_common([each.organisation_ids for each in wide]),
        group_ids=_common([each.group_ids for each in wide]),
        embargo_until=max(ends, default=None),
    )


def _common(sets: list[tuple[int, ...]]) -> tuple[int, ...]:
    if not sets:
        return ()
    return tuple(sorted(set(sets[0]).intersection(*sets[1:])))


def _digest_audience(markings: tuple[str, ...], owner_id: int, handling: Handling) -> str:
    parts = [str(owner_id), *markings]
    if handling != OWN_ALONE:
        parts.append(orjson.dumps(msgspec.to_builtins(handling), option=orjson.OPT_SORT_KEYS).decode())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
