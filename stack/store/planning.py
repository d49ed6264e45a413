"""Decides what a batch of statements changes, in memory and without the database.

The rule of the head (docs/decisions/0013): a revocation, which is final; else the newest `modified`; on a
tie the more reliable source; then the lower SHA-256 of the text. Nothing in it depends on what came first, so
that stores with the same statements show the same. The rule holds within a face, which is what one audience
may see of a STIX id; `faces.py` orders the faces by it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from stack.store.access import AudienceRecord
from stack.store.reading import is_same_content
from stack.store.records import Outcome, Statement

Identity = tuple[bytes, str]
Rank = tuple[bool, int, int, int, int, int]


def rank_statement(
    *, revoked: bool, modified: int | None, reliability: int, sha256: bytes, redacted: int, version_id: int
) -> Rank:
    """The highest is shown. Redactions and ids only part versions of one SHA-256: the whole goes first."""
    return (revoked, modified or 0, -reliability, -int.from_bytes(sha256), -redacted, -version_id)


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

    def rank(self, *, revoked: bool) -> Rank:
        return rank_statement(
            revoked=revoked,
            modified=self.modified,
            reliability=self.reliability,
            sha256=self.sha256,
            redacted=self.redacted,
            version_id=self.id,
        )


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
    of them the writer may see.

    `is_replica`: the source passes on what others said. A text that the writer sees here already, letter by
    letter and by whomever, is no new statement of it; any other text is one, also where it says the same.
    """

    source_id: int
    reliability: int
    version_ids: Iterator[int]
    read_text: Callable[[int], bytes]
    audiences: Mapping[int, AudienceRecord]
    visible: frozenset[int]
    is_replica: bool = False


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
            if not context.is_replica:
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
    if context.is_replica:
        own = next((v for v in seen if _is_passed_on(v, draft, context)), None)
    else:
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
    same = [version for version in versions if _is_same_text(version, draft)]
    return same or [
        version
        for version in versions
        if version.modified == statement.modified
        and is_same_content(
            version.text if version.text is not None else context.read_text(version.id), statement.text
        )
    ]


def _is_same_text(version: KnownVersion, draft: Draft) -> bool:
    return version.sha256 == draft.statement.sha256 and version.redacted == draft.redacted


def _is_passed_on(version: KnownVersion, draft: Draft, context: BatchContext) -> bool:
    """What another source states whole needs no rendition by a replicating one either."""
    is_others = version.source_id != context.source_id and version.redacted == 0
    return version.sha256 == draft.statement.sha256 and (is_others or version.redacted == draft.redacted)


def _raise_earlier(draft: Draft, state: FaceState, plan: Plan, context: BatchContext) -> None:
    now = context.audiences[draft.widest_audience_id]
    for version in state.elsewhere:
        is_earlier = version.source_id == context.source_id and version.sha256 != draft.statement.sha256
        if not is_earlier or (version.modified or 0) > (draft.statement.modified or 0):
            continue
        if context.audiences[version.audience_id].is_wider_than(now):
            plan.raised.setdefault(draft.identity, {})[version.id] = now.id


def choose_head(versions: Sequence[KnownVersion], statements: Mapping[int, Statement]) -> KnownVersion | None:
    """The head of a face with these versions."""
    return max(versions, key=lambda each: each.rank(revoked=statements[each.id].revoked), default=None)


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
    if state.head is not None and version.rank(revoked=statement.revoked) <= state.head.rank(
        revoked=state.revoked
    ):
        return
    state.head = version
    state.head_statement = statement
    state.revoked = statement.revoked
