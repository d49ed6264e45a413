"""Decides what a batch of statements changes, in memory and without the database.

The rule of the head (docs/architecture.md): the newest `modified`; on a tie the more reliable source; then
the earliest received. A revocation is final: what comes after it stays a statement and never the head. The
rule holds within a face, which is what one audience may see of a STIX id; `faces.py` orders the faces.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from stack.store.access import AudienceRecord
from stack.store.reading import is_same_content
from stack.store.records import Outcome, Statement

Identity = tuple[bytes, str]


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A statement for one audience. `redacted` counts the steps of marked parts that it is without;
    `widest_audience` is that of the rendition with the fewest parts."""

    identity: Identity
    statement: Statement
    audience_id: int
    widest_audience_id: int
    redacted: int = 0


@dataclass(slots=True)
class KnownVersion:
    """A statement that the store has, or that this batch adds (`text` is then at hand)."""

    id: int
    source_id: int
    sha256: bytes
    modified: int | None
    reliability: int
    audience_id: int
    redacted: int = 0
    text: bytes | None = None

    @property
    def rank(self) -> tuple[int, int, int]:
        """The highest is the head; ids rise in the order of receipt."""
        return (self.modified if self.modified is not None else -1, -self.reliability, -self.id)


@dataclass(slots=True)
class FaceState:
    """One face before and while the batch is planned. `elsewhere` are the versions in the other faces of the
    id that the writer may see; `is_beside_others` says that there are other faces at all."""

    id: int
    identity: Identity
    audience_id: int
    is_stored: bool
    is_beside_others: bool = False
    revoked: bool = False
    head: KnownVersion | None = None
    old_head_id: int | None = None
    head_statement: Statement | None = None
    versions: list[KnownVersion] = field(default_factory=list)
    elsewhere: list[KnownVersion] = field(default_factory=list)


@dataclass(slots=True)
class NewVersion:
    id: int
    face_id: int
    statement: Statement
    audience_id: int
    redacted: int


@dataclass(slots=True)
class Plan:
    """What is to be written: versions to add, versions received again, and faces whose story changed.

    `raised` are versions by this source that are open to more people than what it says now, by id with the
    audience that narrows them: who marks higher means what was said before as well.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    added: list[NewVersion] = field(default_factory=list)
    received_again: list[int] = field(default_factory=list)
    touched: dict[int, FaceState] = field(default_factory=dict)
    raised: dict[Identity, dict[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchContext:
    """Who states the batch, free version ids (rising), how texts are fetched, the audiences by id, and which
    of them the writer may see."""

    source_id: int
    reliability: int
    version_ids: Iterator[int]
    read_text: Callable[[int], bytes]
    audiences: Mapping[int, AudienceRecord]
    visible: frozenset[int]


def plan_batch(
    drafts: Sequence[Draft],
    states: Mapping[Identity, Sequence[FaceState]],
    context: BatchContext,
) -> Plan:
    """One outcome per whole statement in order; `states` holds every face that the drafts are about."""
    plan = Plan()
    for draft in drafts:
        siblings = states[draft.identity]
        state = siblings[0]
        if state.audience_id != draft.audience_id:
            state = next(each for each in siblings if each.audience_id == draft.audience_id)
        outcome, same = _judge(draft, state, context)
        if not draft.redacted:
            plan.outcomes.append(outcome)
            if state.elsewhere:
                _raise_earlier(draft, state, plan, context)
        if same is not None:
            plan.received_again.append(same.id)
            continue
        version_id = next(context.version_ids)
        version = KnownVersion(
            version_id,
            context.source_id,
            draft.statement.sha256,
            draft.statement.modified,
            context.reliability,
            draft.audience_id,
            draft.redacted,
            text=draft.statement.text,
        )
        plan.added.append(
            NewVersion(version_id, state.id, draft.statement, draft.audience_id, draft.redacted)
        )
        plan.touched[state.id] = state
        _take_version(state, version, draft.statement)
        if len(siblings) > 1 and draft.audience_id in context.visible:
            for other in siblings:
                if other is not state:
                    other.elsewhere.append(version)
    return plan


def _judge(draft: Draft, state: FaceState, context: BatchContext) -> tuple[Outcome, KnownVersion | None]:
    """The outcome, in which what the writer may not see has no part, and the version in this face by which
    this source says the same already."""
    if not state.versions and not state.elsewhere:
        return Outcome.NEW, None
    is_seen = state.audience_id in context.visible
    seen = [*(state.versions if is_seen else ()), *state.elsewhere]
    same = _find_same(draft, seen, context)
    here = same if is_seen else _find_same(draft, state.versions, context)
    own = next(
        (v for v in here if v.audience_id == state.audience_id and v.source_id == context.source_id), None
    )
    if same:
        return Outcome.KNOWN, own
    if any(version.modified == draft.statement.modified for version in seen) or (
        is_seen and _breaks_revocation(draft.statement, state)
    ):
        return Outcome.CONFLICTING, own
    return (Outcome.UPDATED if seen else Outcome.NEW), own


def _find_same(draft: Draft, versions: Sequence[KnownVersion], context: BatchContext) -> list[KnownVersion]:
    """Those that say the same: letter by letter, or else in content. What is shown in part keeps the SHA-256
    of the whole, which must not confirm a guess at what is hidden."""
    statement = draft.statement
    same = [v for v in versions if v.sha256 == statement.sha256 and v.redacted == draft.redacted]
    return same or [
        version
        for version in versions
        if version.modified == statement.modified
        and is_same_content(
            version.text if version.text is not None else context.read_text(version.id), statement.text
        )
    ]


def _raise_earlier(draft: Draft, state: FaceState, plan: Plan, context: BatchContext) -> None:
    now = context.audiences[draft.widest_audience_id]
    for version in state.elsewhere:
        is_earlier = version.source_id == context.source_id and version.sha256 != draft.statement.sha256
        if not is_earlier or (version.modified or 0) > (draft.statement.modified or 0):
            continue
        if context.audiences[version.audience_id].is_wider_than(now):
            plan.raised.setdefault(draft.identity, {})[version.id] = now.id


def choose_head(versions: Sequence[KnownVersion], statements: Mapping[int, Statement]) -> KnownVersion | None:
    """The head of a face with these versions, as if they came in the order of their receipt."""
    state = FaceState(0, (b"", ""), 0, is_stored=False)
    for version in sorted(versions, key=lambda each: each.id):
        _take_version(state, version, statements[version.id])
    return state.head


def _breaks_revocation(statement: Statement, state: FaceState) -> bool:
    """STIX 2.1, section 3.6.4: after its revocation an object has no newer version."""
    newest = state.head.modified if state.head is not None else None
    return (
        state.revoked
        and not statement.revoked
        and newest is not None
        and statement.modified is not None
        and statement.modified > newest
    )


def _take_version(state: FaceState, version: KnownVersion, statement: Statement) -> None:
    state.versions.append(version)
    if state.head is not None and (_breaks_revocation(statement, state) or version.rank <= state.head.rank):
        return
    state.head = version
    state.head_statement = statement
    state.revoked = statement.revoked
