"""Writes to the store. Each is one transaction, nested in the caller's where there is one."""

from collections.abc import Iterator, Mapping, Sequence

from stack.accounts.principal import Permission, Principal
from stack.core.clock import now_us
from stack.core.collection import uncollected
from stack.core.errors import NotFound
from stack.core.tracing import span
from stack.store.access import read_audiences, visible_audiences
from stack.store.database import Database, write_database
from stack.store.describing import describe_versions
from stack.store.drafting import Drafting, read_rulings
from stack.store.faces import add_reordered
from stack.store.models import Source
from stack.store.moving import raise_versions
from stack.store.planning import BatchContext, FaceState, Identity, Plan, plan_batch
from stack.store.probing import claim_batch, find_anchors, probe_batch, uuid_of
from stack.store.reading import read_texts
from stack.store.recognition import NotKnown, find_known, find_replicated
from stack.store.records import OWN_ALONE, BatchResult, Handling, SourceRow, Statement
from stack.store.writing import Writer, apply_plan, log_changes, record_receipts, stated_ids


def ensure_source(
    principal: Principal, *, name: str, kind: str = "upload", reliability: int = 5
) -> SourceRow:
    """The organisation's source of that name, made when it is new.

    `reliability` is 0 (A, best) to 5 (F, cannot be judged, which is true of what somebody just uploads).
    """
    principal.require(Permission.INGEST)
    found = write_database().read(
        "SELECT id, kind, reliability FROM store_source WHERE organisation_id = %s AND name = %s",
        [principal.organisation_id, name],
    )
    if found:
        row_id, kind, reliability = found[0]
        return SourceRow(row_id, name, kind, reliability, 0, 0, None, None)
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
    the same, and that the principal may see; the receipt is recorded."""
    principal.require(Permission.INGEST)
    database = write_database()
    with database.write(beside_others=True):
        find_source(principal, source_id)
        database.claim(uuid_of(stix_id) for stix_id, _ in identities)
        known = find_known(principal, database, identities=identities, source_id=source_id, handling=handling)
        record_receipts(database, {version_id for versions in known for version_id in versions})
    return [bool(versions) for versions in known]


def write_statements(
    principal: Principal,
    *,
    statements: Sequence[Statement],
    source_id: int,
    known: Sequence[tuple[str, bytes]] = (),
    handling: Handling = OWN_ALONE,
    is_replica: bool = False,
) -> BatchResult:
    """Takes in a batch of valid statements by one source and says what became of each, in order.

    New objects, newer and older versions and conflicts are all kept; nothing that another source said is
    changed. Statements that this source made before only count as received again. Outcomes are those that
    the principal may know: what another organisation keeps to itself has no part in them.

    `known` are (STIX id, SHA-256) of what the source is taken to have stated before, letter by letter: their
    receipt is recorded, and nothing of them needs to be validated or written. Where that is not so of all, or
    not any more, nothing is written and `NotKnown` says of which.

    `is_replica`: the source passes on what others said (docs/decisions/0013). A text that the principal sees
    here already, whoever states it, is known and becomes no statement of this source.
    """
    principal.require(Permission.INGEST)
    database = write_database()
    with uncollected(), span("store write", statements=len(statements)), database.write(beside_others=True):
        reliability = find_source(principal, source_id)
        referred = claim_batch(database, statements, (uuid_of(stix_id) for stix_id, _ in known))
        again = _recognise(
            principal, database, known, source_id=None if is_replica else source_id, handling=handling
        )
        rulings = read_rulings(database, principal.organisation_id, [(st.uuid, st.type) for st in statements])
        drafts = Drafting(database, principal.organisation_id, handling, rulings).draft_all(statements)
        visible = visible_audiences(principal, database=database)
        probe = probe_batch(database, drafts, referred, visible)
        plan = plan_batch(
            drafts,
            probe.states,
            BatchContext(
                source_id=source_id,
                reliability=reliability,
                version_ids=_take_lazily(database, "store_version", len(drafts)),
                read_text=lambda version_id: read_texts(database, [version_id])[version_id],
                audiences=read_audiences(database),
                visible=visible,
                is_replica=is_replica,
            ),
        )
        plan.received_again += again
        stored = _describe_stored(database, plan)
        anchors = probe.anchors
        anchors |= find_anchors(database, stated_ids(stored.values()) - anchors.keys())
        writer = Writer(database, anchors)
        changes = apply_plan(writer, plan, source_id=source_id, absent=probe.absent, stored=stored)
        changes += raise_versions(database, plan.raised)
        last = log_changes(database, add_reordered(database, changes, _list_split(probe.states, plan)))
    return BatchResult(plan.outcomes, last)


def _recognise(
    principal: Principal,
    database: Database,
    known: Sequence[tuple[str, bytes]],
    *,
    source_id: int | None,
    handling: Handling,
) -> list[int]:
    """The versions whose receipt counts, of what is known: without a source, by whomever, none. Raises
    `NotKnown`."""
    if not known:
        return []
    if source_id is None:
        seen = find_replicated(principal, database, identities=known)
        if missing := [index for index, is_known in enumerate(seen) if not is_known]:
            raise NotKnown(missing)
        return []
    found = find_known(principal, database, identities=known, source_id=source_id, handling=handling)
    if missing := [index for index, versions in enumerate(found) if not versions]:
        raise NotKnown(missing)
    return [version_id for versions in found for version_id in versions]


def _take_lazily(database: Database, table: str, most: int) -> Iterator[int]:
    """Row ids, which are taken when the first is needed: mostly all are, or none."""
    yield from database.take_ids(table, most)


def _list_split(states: Mapping[Identity, Sequence[FaceState]], plan: Plan) -> set[Identity]:
    """Those ids of the batch that have, or may have, more than one face."""
    return {
        state.identity
        for siblings in states.values()
        for state in siblings
        if state.id in plan.touched and (state.elsewhere or len(siblings) > 1 or state.is_beside_others)
    } | set(plan.raised)


def find_source(principal: Principal, source_id: int) -> int:
    """The reliability of the organisation's source of that id; NotFound where it has none."""
    found = write_database().read(
        "SELECT reliability FROM store_source WHERE id = %s AND organisation_id = %s",
        [source_id, principal.organisation_id],
    )
    if not found:
        raise NotFound(f"There is no source {source_id}", remedy="List the sources to find its number.")
    return int(found[0][0])


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
