"""Writes to the store. Each is one transaction, nested in the caller's where there is one."""

from collections.abc import Mapping, Sequence

from stack.accounts.principal import Permission, Principal
from stack.core.clock import now_us
from stack.core.errors import NotFound
from stack.store.access import AudienceRecord, read_audiences, visible_audiences
from stack.store.database import Database, write_database
from stack.store.describing import describe_versions
from stack.store.drafting import Drafting, read_rulings
from stack.store.faces import add_reordered
from stack.store.models import Source
from stack.store.moving import raise_versions
from stack.store.planning import BatchContext, FaceState, Identity, Plan, plan_batch
from stack.store.probing import find_anchors, identity_of, probe_batch
from stack.store.reading import read_texts
from stack.store.records import OWN_ALONE, BatchResult, Handling, SourceRow, Statement
from stack.store.writing import Writer, apply_plan, log_changes, record_receipts, stated_ids


def ensure_source(
    principal: Principal, *, name: str, kind: str = "upload", reliability: int = 5
) -> SourceRow:
    """The organisation's source of that name, made when it is new.

    `reliability` is 0 (A, best) to 5 (F, cannot be judged, which is true of what somebody just uploads).
    """
    principal.require(Permission.INGEST)
    row, _ = Source.objects.get_or_create(
        organisation_id=principal.organisation_id,
        name=name,
        defaults={"kind": kind, "reliability": reliability, "created_at": now_us()},
    )
    return SourceRow(row.pk, row.name, row.kind, row.reliability, 0, 0, None, None)


def touch_known(
    principal: Principal,
    *,
    identities: Sequence[tuple[str, bytes]],
    source_id: int,
    handling: Handling = OWN_ALONE,
) -> list[bool]:
    """True for each (STIX id, SHA-256) that this source has stated before, letter by letter and to be handled
    the same, and that the principal may see; the receipt is recorded. This is what makes a repeated feed
    cheap: what is known needs no validation."""
    principal.require(Permission.INGEST)
    database = write_database()
    find_source(principal, source_id)
    wanted = [(identity_of(stix_id), sha256) for stix_id, sha256 in identities]
    with database.write():
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
        found = [versions.get(each) for each in wanted]
        received = [row_id for row_id in found if row_id is not None]
        if renditions:
            received += [row_id for each in wanted if each in versions for row_id in renditions.get(each, ())]
        record_receipts(database, received)
    return [row_id is not None for row_id in found]


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


def write_statements(
    principal: Principal,
    *,
    statements: Sequence[Statement],
    source_id: int,
    handling: Handling = OWN_ALONE,
) -> BatchResult:
    """Takes in a batch of valid statements by one source and says what became of each, in order.

    New objects, newer and older versions and conflicts are all kept; nothing that another source said is
    changed. Statements that this source made before only count as received again. Outcomes are those that
    the principal may know: what another organisation keeps to itself has no part in them.
    """
    principal.require(Permission.INGEST)
    source = find_source(principal, source_id)
    database = write_database()
    with database.write():
        rulings = read_rulings(database, principal.organisation_id, [(st.uuid, st.type) for st in statements])
        drafts = Drafting(database, principal.organisation_id, handling, rulings).draft_all(statements)
        visible = visible_audiences(principal, database=database)
        probe = probe_batch(database, drafts, visible)
        plan = plan_batch(
            drafts,
            probe.states,
            BatchContext(
                source_id=source_id,
                reliability=source.reliability,
                next_version_id=database.last_id("store_version") + 1,
                read_text=lambda version_id: read_texts(database, [version_id])[version_id],
                audiences=read_audiences(database),
                visible=visible,
            ),
        )
        stored = _describe_stored(database, plan)
        anchors = probe.anchors
        anchors |= find_anchors(database, stated_ids(stored.values()) - anchors.keys())
        writer = Writer(database, anchors)
        changes = apply_plan(writer, plan, source_id=source_id, absent=probe.absent, stored=stored)
        changes += raise_versions(database, plan.raised)
        last = log_changes(database, add_reordered(database, changes, _list_split(probe.states, plan)))
    return BatchResult(plan.outcomes, last)


def _list_split(states: Mapping[Identity, Sequence[FaceState]], plan: Plan) -> set[Identity]:
    """Those ids of the batch that have, or may have, more than one face."""
    return {
        state.identity
        for siblings in states.values()
        for state in siblings
        if state.id in plan.touched and (state.elsewhere or len(siblings) > 1 or state.is_beside_others)
    } | set(plan.raised)


def find_source(principal: Principal, source_id: int) -> Source:
    """The organisation's source of that id; NotFound where it has none."""
    source = Source.objects.filter(pk=source_id, organisation_id=principal.organisation_id).first()
    if source is None:
        raise NotFound(f"There is no source {source_id}", remedy="List the sources to find its number.")
    return source


def _describe_stored(database: Database, plan: Plan) -> dict[int, Statement]:
    """The versions before the batch, by id, of those faces to which it adds another text."""
    added = {version.id: version.statement.sha256 for version in plan.added}
    versions: list[int] = []
    for state in plan.touched.values():
        before = [version for version in state.versions if version.id not in added]
        known = {version.sha256 for version in before}
        if any(added.get(version.id, version.sha256) not in known for version in state.versions):
            versions += [version.id for version in before]
    return describe_versions(database, versions)
