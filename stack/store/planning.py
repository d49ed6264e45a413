"""Decides what a batch of statements changes, in memory and without the database.

The rule of the head (docs/architecture.md): the newest `modified`; on a tie the more reliable source; then
the earliest received. A revocation is final: what comes after it stays a statement and never the head.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stack.store.reading import is_same_content
from stack.store.records import Outcome, Statement


@dataclass(slots=True)
class KnownVersion:
    """A statement that the store has, or that this batch adds (`text` is then at hand)."""

    id: int
    source_id: int
    sha256: bytes
    modified: int | None
    reliability: int
    audience_id: int | None = None
    text: bytes | None = None

    @property
    def rank(self) -> tuple[int, int, int]:
        """The highest is the head; ids rise in the order of receipt."""
        return (self.modified if self.modified is not None else -1, -self.reliability, -self.id)


@dataclass(slots=True)
class ObjectState:
    """One object before and while the batch is planned."""

    id: int
    is_stored: bool
    revoked: bool = False
    head: KnownVersion | None = None
    old_head_id: int | None = None
    head_statement: Statement | None = None
    versions: list[KnownVersion] = field(default_factory=list)


@dataclass(slots=True)
class NewVersion:
    id: int
    object_id: int
    statement: Statement


@dataclass(slots=True)
class Plan:
    """What is to be written: versions to add, versions received again, and objects whose story changed."""

    outcomes: list[Outcome] = field(default_factory=list)
    added: list[NewVersion] = field(default_factory=list)
    received_again: list[int] = field(default_factory=list)
    touched: dict[int, ObjectState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchContext:
    """Who states the batch, the next free version id, and how texts are fetched."""

    source_id: int
    reliability: int
    next_version_id: int
    read_text: Callable[[int], bytes]


def plan_batch(
    statements: Sequence[Statement], states: dict[tuple[bytes, str], ObjectState], context: BatchContext
) -> Plan:
    """One outcome per statement in order; `states` holds every object that the statements are about."""
    plan = Plan()
    next_id = context.next_version_id
    for statement in statements:
        state = states[statement.uuid, statement.type]
        outcome, same = _judge(statement, state, context)
        plan.outcomes.append(outcome)
        if same is not None and same.source_id == context.source_id:
            plan.received_again.append(same.id)
            continue
        version = KnownVersion(
            next_id,
            context.source_id,
            statement.sha256,
            statement.modified,
            context.reliability,
            text=statement.text,
        )
        plan.added.append(NewVersion(next_id, state.id, statement))
        next_id += 1
        plan.touched[state.id] = state
        _take_version(state, version, statement)
    return plan


def _judge(
    statement: Statement, state: ObjectState, context: BatchContext
) -> tuple[Outcome, KnownVersion | None]:
    """The outcome, and the version that says the same already (this source's own where there is one)."""
    if not state.versions:
        return Outcome.NEW, None
    same = [version for version in state.versions if version.sha256 == statement.sha256]
    rivals = [] if same else [v for v in state.versions if v.modified == statement.modified]
    for rival in rivals:
        text = rival.text if rival.text is not None else context.read_text(rival.id)
        if is_same_content(text, statement.text):
            same.append(rival)
    if same:
        own = [version for version in same if version.source_id == context.source_id]
        return Outcome.KNOWN, (own or same)[0]
    if rivals or _breaks_revocation(statement, state):
        return Outcome.CONFLICTING, None
    return Outcome.UPDATED, None


def _breaks_revocation(statement: Statement, state: ObjectState) -> bool:
    """STIX 2.1, section 3.6.4: after its revocation an object has no newer version."""
    newest = state.head.modified if state.head is not None else None
    return (
        state.revoked
        and not statement.revoked
        and newest is not None
        and statement.modified is not None
        and statement.modified > newest
    )


def _take_version(state: ObjectState, version: KnownVersion, statement: Statement) -> None:
    state.versions.append(version)
    if state.head is not None and (_breaks_revocation(statement, state) or version.rank <= state.head.rank):
        return
    state.head = version
    state.head_statement = statement
    state.revoked = statement.revoked
