"""Writes to the store. Each is one transaction, nested in the caller's where there is one."""

from collections.abc import Sequence

from stack.accounts.principal import Permission, Principal
from stack.core.clock import now_us
from stack.core.errors import NotFound
from stack.store.database import Database, write_database
from stack.store.describing import describe_versions
from stack.store.indexing import Described
from stack.store.models import Source
from stack.store.planning import BatchContext, KnownVersion, Plan, plan_batch
from stack.store.probing import find_rows, probe_batch, uuid_of
from stack.store.reading import read_texts
from stack.store.records import BatchResult, SourceRow, Statement
from stack.store.writing import Writer, apply_plan, record_receipts, stated_ids


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
    principal: Principal, *, identities: Sequence[tuple[str, bytes]], source_id: int
) -> list[bool]:
    """True for each (STIX id, SHA-256) that this source has stated before, letter by letter; the receipt is
    recorded. This is what makes a repeated feed cheap: what is known needs no validation."""
    principal.require(Permission.INGEST)
    database = write_database()
    find_source(principal, source_id)
    uuids = {uuid_of(stix_id) for stix_id, _ in identities}
    with database.write():
        stored = database.read_members(
            "SELECT o.uuid, o.type, v.sha256, v.id FROM store_object o "
            "JOIN store_version v ON v.object_id = o.id WHERE o.uuid {members} AND v.source_id = %s",
            list(uuids),
            [source_id],
        )
        versions = {(bytes(uuid), kind, bytes(sha256)): row_id for uuid, kind, sha256, row_id in stored}
        found = [versions.get((uuid_of(stix_id), stix_id[:-38], sha256)) for stix_id, sha256 in identities]
        record_receipts(database, [row_id for row_id in found if row_id is not None])
    return [row_id is not None for row_id in found]


def write_statements(principal: Principal, *, statements: Sequence[Statement], source_id: int) -> BatchResult:
    """Takes in a batch of valid statements by one source and says what became of each, in order.

    New objects, newer and older versions and conflicts are all kept; nothing that another source said is
    changed. Statements that this source made before only count as received again.
    """
    principal.require(Permission.INGEST)
    source = find_source(principal, source_id)
    database = write_database()
    with database.write():
        states, row_ids, absent = probe_batch(database, statements)
        plan = plan_batch(
            statements,
            states,
            BatchContext(
                source_id=source_id,
                reliability=source.reliability,
                next_version_id=database.last_id("store_version") + 1,
                read_text=lambda version_id: read_texts(database, [version_id])[version_id],
            ),
        )
        stored = _describe_stored(database, plan)
        row_ids |= find_rows(
            database, stated_ids(each.statement for each in stored.values()) - row_ids.keys()
        )
        last = apply_plan(
            Writer(database, principal, row_ids),
            plan,
            source_id=source_id,
            absent=absent,
            stored=stored,
        )
    return BatchResult(plan.outcomes, last)


def find_source(principal: Principal, source_id: int) -> Source:
    """The organisation's source of that id; NotFound where it has none."""
    source = Source.objects.filter(pk=source_id, organisation_id=principal.organisation_id).first()
    if source is None:
        raise NotFound(f"There is no source {source_id}", remedy="List the sources to find its number.")
    return source


def _describe_stored(database: Database, plan: Plan) -> dict[int, Described]:
    """The versions before the batch, by id, of those objects to which it adds another text."""
    added = {version.id: version.statement.sha256 for version in plan.added}
    versions: list[KnownVersion] = []
    for state in plan.touched.values():
        before = [version for version in state.versions if version.id not in added]
        known = {version.sha256 for version in before}
        if any(added.get(version.id, version.sha256) not in known for version in state.versions):
            versions += before
    return describe_versions(database, versions)
