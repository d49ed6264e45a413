"""Statements that the store has already, letter by letter: what makes a repeated feed cheap."""

from collections.abc import Sequence

from stack.accounts.principal import Principal
from stack.store.access import AudienceRecord, read_audiences, visible_audiences
from stack.store.database import Database
from stack.store.drafting import read_rulings
from stack.store.planning import Identity
from stack.store.probing import identity_of
from stack.store.records import Handling


class NotKnown(Exception):
    """Some of what was taken to be known is not, or not any more; `indices` say which of it."""

    def __init__(self, indices: Sequence[int]) -> None:
        super().__init__(f"{len(indices)} statements are not known")
        self.indices = indices


def find_known(
    principal: Principal,
    database: Database,
    *,
    identities: Sequence[tuple[str, bytes]],
    source_id: int,
    handling: Handling,
) -> list[list[int]]:
    """For each (STIX id, SHA-256) the versions by which this source states it, to be handled the same and
    seen by the principal: the whole one and its renditions; none for what is not known."""
    wanted = [(identity_of(stix_id), sha256) for stix_id, sha256 in identities]
    stored = database.read_members(
        "SELECT o.uuid, o.type, v.sha256, v.id, v.audience_id, v.redacted FROM store_object o "
        "JOIN store_version v ON v.object_id = o.id WHERE o.uuid {members} AND v.source_id = %s",
        list({identity[0] for identity, _ in wanted}),
        [source_id],
    )
    rulings = read_rulings(database, principal.organisation_id, [identity for identity, _ in wanted])
    visible = visible_audiences(principal, database=database)
    handled_so = _Handled(read_audiences(database), handling, rulings)
    versions: dict[tuple[Identity, bytes], int] = {}
    renditions: dict[tuple[Identity, bytes], list[int]] = {}
    for uuid, kind, sha256, version_id, audience_id, redacted in stored:
        said = ((bytes(uuid), kind), bytes(sha256))
        if audience_id in visible and handled_so.holds(said[0], audience_id):
            if redacted:
                renditions.setdefault(said, []).append(version_id)
            else:
                versions[said] = version_id
    return [[versions[each], *renditions.get(each, ())] if each in versions else [] for each in wanted]


def find_replicated(
    principal: Principal, database: Database, *, identities: Sequence[tuple[str, bytes]]
) -> list[bool]:
    """For each (STIX id, SHA-256) whether the principal sees that text here already, whoever states it."""
    wanted = [(identity_of(stix_id), sha256) for stix_id, sha256 in identities]
    stored = database.read_members(
        "SELECT o.uuid, o.type, v.sha256, v.audience_id FROM store_object o "
        "JOIN store_version v ON v.object_id = o.id WHERE v.redacted = 0 AND o.uuid {members}",
        list({identity[0] for identity, _ in wanted}),
    )
    visible = visible_audiences(principal, database=database)
    found = {
        ((bytes(uuid), kind), bytes(sha256))
        for uuid, kind, sha256, audience_id in stored
        if audience_id in visible
    }
    return [each in found for each in wanted]


class _Handled:
    """Whether a version's audience is that of the handling which its object has now."""

    def __init__(
        self, audiences: dict[int, AudienceRecord], handling: Handling, rulings: dict[Identity, Handling]
    ) -> None:
        self._audiences = audiences
        self._rulings = rulings
        self._plain = {each.id for each in audiences.values() if each.handling == handling}

    def holds(self, identity: Identity, audience_id: int) -> bool:
        if identity in self._rulings:
            return self._audiences[audience_id].handling == self._rulings[identity]
        return audience_id in self._plain
