"""Carries a planned batch into the tables with a handful of set-based statements."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from stack.core.clock import now_us
from stack.stix.ids import parse_id
from stack.store.columns import COLUMNS
from stack.store.database import Database
from stack.store.dialects.choice import Insert, Lock
from stack.store.indexing import Content, IndexChange, KeyRow, compare_index, start_index
from stack.store.models import EdgeKind
from stack.store.planning import FaceState, NewVersion, Plan
from stack.store.records import ChangeKind, EdgeDraft, Statement

_SHOW_HEAD = (
    "UPDATE store_object SET head=%s, name=%s, created=%s, modified=%s, revoked=%s, confidence=%s, "
    "audience_id=%s WHERE id=%s"
)

EdgeRow = tuple[int, int, int, int]


class Writer:
    """Writes one batch inside the store's write transaction; knows the anchor of every STIX id in it."""

    def __init__(self, database: Database, anchors: Mapping[str, int]) -> None:
        self._database = database
        self._anchors = anchors
        self._kinds = dict(database.read("SELECT name, id FROM store_edgekind"))

    def add_objects(self, states: Iterable[FaceState], absent: Mapping[str, int]) -> None:
        """Rows for new faces with their heads, and for ids that are only referred to."""
        self._database.insert("store_object", COLUMNS["store_object"], self._object_rows(states, absent))

    def _object_rows(
        self, states: Iterable[FaceState], absent: Mapping[str, int]
    ) -> list[tuple[object, ...]]:
        rows = [
            (state.id, st.uuid, st.type, *self._head_columns(state, st)[:6], None, state.audience_id)
            for state in states
            if not state.is_stored and (st := state.head_statement) is not None
        ]
        for stix_id, row_id in absent.items():
            identity = parse_id(stix_id)
            rows.append((row_id, identity.uuid, identity.type, None, "", None, 0, False, None, None, None))
        return rows

    def add_batch(
        self,
        states: Sequence[FaceState],
        absent: Mapping[str, int],
        added: Sequence[NewVersion],
        source_id: int,
    ) -> None:
        """All rows of what is new: versions with their texts, new faces with their keys and edges."""
        self._ensure_kinds(edge.kind for version in added for edge in version.statement.edges)
        self._database.insert_each(self._new_rows(states, absent, added, source_id))

    def _new_rows(
        self,
        states: Sequence[FaceState],
        absent: Mapping[str, int],
        added: Sequence[NewVersion],
        source_id: int,
    ) -> Iterator[Insert]:
        """The largest first: the server is busy with it while the others are made."""
        yield "store_text", COLUMNS["store_text"], [(version.id, version.statement.text) for version in added]
        yield "store_version", COLUMNS["store_version"], _version_rows(added, source_id)
        yield "store_object", COLUMNS["store_object"], self._object_rows(states, absent)
        keys: list[KeyRow] = []
        edges: list[EdgeRow] = []
        for change in _start_indexes(states, added):
            keys += change.keys_after
            edges += self._edge_rows(change.face_id, change.head_after)
        yield "store_key", COLUMNS["store_key"], keys
        yield "store_edge", COLUMNS["store_edge"], edges

    def show_heads(self, states: Iterable[FaceState]) -> None:
        """Rows that were there get the columns of their new head."""
        self._database.change(
            _SHOW_HEAD,
            [
                (*self._head_columns(state, st), state.audience_id, state.id)
                for state in states
                if state.is_stored and (st := state.head_statement) is not None
            ],
        )

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
            after = self._edge_rows(change.face_id, change.head_after)
            if change.head_before is None:
                new_keys += change.keys_after
                new_edges += after
                continue
            # Rows that another release of Stack derived may be there already.
            insert = self._database.insert_missing
            gone_keys += change.keys_before - change.keys_after
            new_keys += change.keys_after - change.keys_before
            before = self._edge_rows(change.face_id, change.head_before)
            gone_edges += set(before).difference(after)
            new_edges += set(after).difference(before)
        self._database.change(
            "DELETE FROM store_key WHERE value=%s AND kind=%s AND object_id=%s AND role=%s", gone_keys
        )
        self._database.change(
            "DELETE FROM store_edge WHERE from_id=%s AND kind_id=%s AND to_id=%s AND via_id=%s", gone_edges
        )
        insert("store_key", COLUMNS["store_key"], new_keys)
        insert("store_edge", COLUMNS["store_edge"], new_edges)

    def _head_columns(self, state: FaceState, st: Statement) -> tuple[object, ...]:
        head_id = state.head.id if state.head is not None else None
        return (head_id, st.name, st.created, st.modified or 0, st.revoked, st.confidence)

    def _edge_rows(self, face_id: int, st: Statement | None) -> list[EdgeRow]:
        """Edges lead from anchor to anchor, and are stated by a face."""
        if st is None:
            return []
        anchors, kinds = self._anchors, self._kinds
        return [
            (
                anchors[edge.from_id or st.stix_id],
                kinds.get(edge.kind) or self._add_kind(edge.kind),
                anchors[edge.to_id],
                face_id,
            )
            for edge in st.edges
        ]

    def _ensure_kinds(self, names: Iterable[str]) -> None:
        for name in sorted(set(names) - self._kinds.keys()):
            self._add_kind(name)

    def _add_kind(self, name: str) -> int:
        self._database.hold(Lock.NAMES)
        row, _ = EdgeKind.objects.using(self._database.alias).get_or_create(name=name)
        self._kinds[name] = row.pk
        return row.pk


def _version_rows(added: Iterable[NewVersion], source_id: int) -> list[tuple[object, ...]]:
    now = now_us()
    return [
        (
            version.id,
            version.face_id,
            source_id,
            version.statement.sha256,
            version.statement.modified,
            version.audience_id,
            now,
            now,
            1,
            version.redacted,
        )
        for version in added
    ]


def log_changes(database: Database, changes: Iterable[tuple[int, ChangeKind]]) -> int:
    """Appends to the change log and returns its end: the last that a writer does.

    Nobody else appends before this transaction has ended, so the sequence has no gaps and follows commit
    order.
    """
    now = now_us()
    database.hold(Lock.CHANGES)
    first = database.last_id("store_change", "sequence") + 1
    rows = [(first + i, face_id, int(kind), now) for i, (face_id, kind) in enumerate(changes)]
    database.insert("store_change", COLUMNS["store_change"], rows)
    return first + len(rows) - 1


def record_receipts(database: Database, version_ids: Iterable[int]) -> None:
    ids = sorted(set(version_ids))
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
    stored: Mapping[int, Statement],
) -> list[tuple[int, ChangeKind]]:
    """Writes everything that `plan` says; returns what is to be told by the change log."""
    states = list(plan.touched.values())
    writer.show_heads(states)
    writer.replace_index(_compare_indexes(plan, stored))
    writer.add_batch(states, absent, plan.added, source_id)
    writer.record_receipts(plan.received_again)  # of what this batch added, too
    return [(state.id, _kind_of_change(state)) for state in states]


def _group_statements(added: Iterable[NewVersion]) -> dict[int, list[Statement]]:
    """What is new, by face."""
    grouped: dict[int, list[Statement]] = {}
    for version in added:
        grouped.setdefault(version.face_id, []).append(version.statement)
    return grouped


def _start_indexes(states: Iterable[FaceState], added: Iterable[NewVersion]) -> Iterator[IndexChange]:
    """The keys and edges of new faces."""
    grouped = _group_statements(added)
    for state in states:
        head = state.head_statement
        if state.is_stored or head is None:
            continue
        statements = grouped[state.id]
        if len(statements) == 1:
            yield start_index(state.id, head)
        else:
            yield compare_index(state.id, Content([], None), Content(statements, head))


def _compare_indexes(plan: Plan, stored: Mapping[int, Statement]) -> Iterator[IndexChange]:
    """Those of faces that were there, before and after."""
    grouped = _group_statements(plan.added)
    for state in plan.touched.values():
        head_before = None if state.old_head_id is None else stored.get(state.old_head_id)
        if not state.is_stored or (state.old_head_id is not None and head_before is None):
            continue  # new, or only the same texts by other sources came in
        before = [stored[version.id] for version in state.versions if version.id in stored]
        head = state.head_statement or head_before
        yield compare_index(
            state.id, Content(before, head_before), Content([*before, *grouped[state.id]], head)
        )


def _kind_of_change(state: FaceState) -> ChangeKind:
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
