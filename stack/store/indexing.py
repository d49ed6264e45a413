"""What an object is found by and connected to, before a batch and after it (docs/decisions/0001).

Keys are those of the head, and in the role *unshown* those that only its other statements have. Edges are the
head's alone. A statement with another audience than the head's adds no keys: they would tell what it says.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from stack.stix.observables.keys import ROLE_CODES, Role
from stack.stix.observables.kinds import KIND_CODES
from stack.store.planning import ObjectState
from stack.store.records import Statement

KeyRow = tuple[str, int, int, int]

_UNSHOWN = ROLE_CODES[Role.UNSHOWN]
_NOTHING: frozenset[KeyRow] = frozenset()


@dataclass(frozen=True, slots=True)
class Described:
    """A statement with the audience of its version."""

    statement: Statement
    audience_id: int


@dataclass(frozen=True, slots=True)
class IndexChange:
    """The keys and the head of one object before and after; no head means that it has none (any more)."""

    object_id: int
    keys_before: AbstractSet[KeyRow]
    keys_after: AbstractSet[KeyRow]
    head_before: Statement | None
    head_after: Statement | None


def compare_index(
    state: ObjectState,
    *,
    stored: Mapping[int, Described],
    staying: Sequence[Described],
    head_after: Described | None,
) -> IndexChange:
    """`stored` are the versions before, by id; `staying` are all that there are afterwards."""
    before = [stored[version.id] for version in state.versions if version.id in stored]
    head_before = stored.get(state.old_head_id) if state.old_head_id is not None else None
    return IndexChange(
        object_id=state.id,
        keys_before=_derive_rows(state.id, head_before, before),
        keys_after=_derive_rows(state.id, head_after, staying),
        head_before=None if head_before is None else head_before.statement,
        head_after=None if head_after is None else head_after.statement,
    )


def _derive_rows(
    object_id: int, head: Described | None, versions: Sequence[Described]
) -> AbstractSet[KeyRow]:
    if head is None or (len(versions) == 1 and not head.statement.keys):
        return _NOTHING
    shown = {(key.text, KIND_CODES[key.kind]): ROLE_CODES[key.role] for key in head.statement.keys}
    rows = {(text, kind, object_id, role) for (text, kind), role in shown.items()}
    for version in versions:
        if version is not head and version.audience_id == head.audience_id:
            rows.update(
                (key.text, kind, object_id, _UNSHOWN)
                for key in version.statement.keys
                if (key.text, kind := KIND_CODES[key.kind]) not in shown
            )
    return rows
