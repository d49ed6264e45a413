"""Carries a planned batch into the tables with a handful of set-based statements."""

from collections.abc import Iterable, Iterator, Mapping

from stack.accounts.principal import Principal
from stack.core.clock import now_us
from stack.stix.ids import parse_id
from stack.store.access import ensure_audience
from stack.store.database import Database
from stack.store.indexing import Described, IndexChange, KeyRow, compare_index
from stack.store.models import EdgeKind
from stack.store.planning import NewVersion, ObjectState, Plan
from stack.store.records import ChangeKind, EdgeDraft, Statement

_OBJECT = (
    "id",
    "uuid",
    "type",
    "head",
    "name",
    "created",
    "modified",
    "revoked",
    "confidence",
    "score",
    "audience_id",
)
_VERSION = (
    "id",
    "object_id",
    "source_id",
    "sha256",
    "modified",
    "audience_id",
    "first_received",
    "last_received",
    "times_received",
)
_KEY = ("value", "kind", "object_id", "role")
_EDGE = ("from_id", "kind_id", "to_id", "via_id")
_SHOW_HEAD = (
    "UPDATE store_object SET head=%s, name=%s, created=%s, modified=%s, revoked=%s, confidence=%s, "
    "audience_id=%s WHERE id=%s"
)

EdgeRow = tuple[int, int, int, int]


class Writer:
    """Writes one batch inside the store's write transaction; knows the row id of every STIX id in it."""

    def __init__(self, database: Database, principal: Principal, row_ids: dict[str, int]) -> None:
        self._database = database
        self._principal = principal
        self._row_ids = row_ids
        self._kinds = dict(EdgeKind.objects.using(database.alias).values_list("name", "id"))
        self._audiences: dict[tuple[str, ...], int] = {}

    def add_objects(self, states: Iterable[ObjectState], absent: Mapping[str, int]) -> None:
        """Rows for new objects with their heads, and for ids that are only referred to."""
        rows = [
            (state.id, st.uuid, st.type, *self._head_columns(state, st)[:6], None, self.find_audience(st))
            for state in states
            if not state.is_stored and (st := state.head_statement) is not None
        ]
        for stix_id, row_id in absent.items():
            identity = parse_id(stix_id)
            rows.append((row_id, identity.uuid, identity.type, None, "", None, 0, False, None, None, None))
        self._database.insert("store_object", _OBJECT, rows)

    def show_heads(self, states: Iterable[ObjectState]) -> None:
        """Rows that were there get the columns of their new head."""
        self._database.change(
            _SHOW_HEAD,
            [
                (*self._head_columns(state, st), self.find_audience(st), state.id)
                for state in states
                if state.is_stored and (st := state.head_statement) is not None
            ],
        )

    def add_versions(self, added: Iterable[NewVersion], source_id: int) -> None:
        now = now_us()
        versions, texts = [], []
        for version in added:
            st = version.statement
            versions.append(
                (
                    version.id,
                    version.object_id,
                    source_id,
                    st.sha256,
                    st.modified,
                    self.find_audience(st),
                    now,
                    now,
                    1,
                )
            )
            texts.append((version.id, st.text.decode("utf-8")))
        self._database.insert("store_version", _VERSION, versions)
        self._database.insert("store_text", ("id", "body"), texts)

    def record_receipts(self, version_ids: Iterable[int]) -> None:
        """Statements that came again: when, and how often."""
        record_receipts(self._database, version_ids)

    def replace_index(self, changes: Iterable[IndexChange]) -> None:
        """What is stated no more goes, what is stated now comes; what stays is not touched."""
        gone_keys: list[KeyRow] = []
        new_keys: list[KeyRow] = []
        gone_edges: list[EdgeRow] = []
        new_edges: list[EdgeRow] = []
        insert = self._database.insert
        for change in changes:
            after = self._edge_rows(change.object_id, change.head_after)
            if change.head_before is None:
                new_keys += change.keys_after
                new_edges += after
                continue
            # Rows that another release of Stack derived may be there already.
            insert = self._database.insert_missing
            gone_keys += change.keys_before - change.keys_after
            new_keys += change.keys_after - change.keys_before
            before = self._edge_rows(change.object_id, change.head_before)
            gone_edges += set(before).difference(after)
            new_edges += set(after).difference(before)
        self._database.change(
            "DELETE FROM store_key WHERE value=%s AND kind=%s AND object_id=%s AND role=%s", gone_keys
        )
        self._database.change(
            "DELETE FROM store_edge WHERE from_id=%s AND kind_id=%s AND to_id=%s AND via_id=%s", gone_edges
        )
        insert("store_key", _KEY, new_keys)
        insert("store_edge", _EDGE, new_edges)

    def log_changes(self, changes: Iterable[tuple[int, ChangeKind]]) -> int:
        """Appends to the change log and returns its end."""
        now = now_us()
        first = self._database.last_id("store_change", "sequence") + 1
        rows = [(first + i, object_id, int(kind), now) for i, (object_id, kind) in enumerate(changes)]
        self._database.insert("store_change", ("sequence", "object_id", "kind", "at"), rows)
        return first + len(rows) - 1

    def _head_columns(self, state: ObjectState, st: Statement) -> tuple[object, ...]:
        head_id = state.head.id if state.head is not None else None
        return (head_id, st.name, st.created, st.modified or 0, st.revoked, st.confidence)

    def find_audience(self, st: Statement) -> int:
        """The audience of a statement, made when it is new."""
        known = self._audiences.get(st.markings)
        if known is None:
            known = self._audiences[st.markings] = ensure_audience(
                self._principal, st.markings, database=self._database
            )
        return known

    def _edge_rows(self, object_id: int, st: Statement | None) -> list[EdgeRow]:
        if st is None:
            return []
        row_ids, kinds = self._row_ids, self._kinds
        return [
            (
                row_ids[edge.from_id] if edge.from_id else object_id,
                kinds.get(edge.kind) or self._add_kind(edge.kind),
                row_ids[edge.to_id],
                object_id,
            )
            for edge in st.edges
        ]

    def _add_kind(self, name: str) -> int:
        row, _ = EdgeKind.objects.using(self._database.alias).get_or_create(name=name)
        self._kinds[name] = row.pk
        return row.pk


def record_receipts(database: Database, version_ids: Iterable[int]) -> None:
    ids = sorted(version_ids)
    database.change_members(
        "UPDATE store_version SET times_received = times_received + 1, last_received = "
        f"{now_us()} WHERE id {{members}}",
        ids,
    )


def apply_plan(
    writer: Writer,
    plan: Plan,
    *,
    source_id: int,
    absent: Mapping[str, int],
    stored: Mapping[int, Described],
) -> int:
    """Writes everything that `plan` says and returns the end of the change log."""
    states = list(plan.touched.values())
    writer.add_objects(states, absent)
    writer.show_heads(states)
    writer.add_versions(plan.added, source_id)
    writer.record_receipts(plan.received_again)
    writer.replace_index(_compare_indexes(writer, plan, stored))
    return writer.log_changes((state.id, _kind_of_change(state)) for state in states)


def _compare_indexes(writer: Writer, plan: Plan, stored: Mapping[int, Described]) -> Iterator[IndexChange]:
    added: dict[int, list[Described]] = {}
    for version in plan.added:
        described = Described(version.statement, writer.find_audience(version.statement))
        added.setdefault(version.object_id, []).append(described)
    for state in plan.touched.values():
        head = state.head_statement
        before = [stored[version.id] for version in state.versions if version.id in stored]
        if state.old_head_id is not None and state.old_head_id not in stored:
            continue  # only the same texts by other sources came in
        head_after = stored[state.old_head_id] if head is None and state.old_head_id is not None else None
        staying = [*before, *added[state.id]]
        if head is not None:
            head_after = next(each for each in staying if each.statement is head)
        yield compare_index(state, stored=stored, staying=staying, head_after=head_after)


def _kind_of_change(state: ObjectState) -> ChangeKind:
    if state.old_head_id is None:
        return ChangeKind.ADD
    if state.head_statement is not None and state.head_statement.revoked:
        return ChangeKind.REVOKE
    return ChangeKind.UPDATE


def stated_ids(statements: Iterable[Statement]) -> set[str]:
    """Every STIX id that the statements refer to."""
    return {name for st in statements for edge in st.edges for name in _ends(edge)}


def _ends(edge: EdgeDraft) -> tuple[str, ...]:
    return (edge.from_id, edge.to_id) if edge.from_id else (edge.to_id,)
