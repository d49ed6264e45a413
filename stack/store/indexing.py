"""What a face is found by and connected to, before a batch and after it (docs/decisions/0001).

Keys are those of the head, and in the role *unshown* those that only its other statements have. Edges are the
head's alone.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from stack.stix.observables.keys import ROLE_CODES, Role
from stack.stix.observables.kinds import KIND_CODES
from stack.store.records import Statement

KeyRow = tuple[str, int, int, int]

_UNSHOWN = ROLE_CODES[Role.UNSHOWN]
_NOTHING: frozenset[KeyRow] = frozenset()


@dataclass(frozen=True, slots=True)
class IndexChange:
    """The keys and the head of one face before and after; no head means that it has none (any more)."""

    face_id: int
    keys_before: AbstractSet[KeyRow]
    keys_after: AbstractSet[KeyRow]
    head_before: Statement | None
    head_after: Statement | None


@dataclass(frozen=True, slots=True)
class Content:
    """All that is stated in a face, and which of it is shown."""

    statements: Sequence[Statement]
    head: Statement | None


def start_index(face_id: int, head: Statement) -> IndexChange:
    """That of a new face with one statement, which most are: what `compare_index` would say, at once."""
    rows = {(key.text, KIND_CODES[key.kind], face_id, ROLE_CODES[key.role]) for key in head.keys}
    return IndexChange(face_id, _NOTHING, rows or _NOTHING, None, head)


def compare_index(face_id: int, before: Content, after: Content) -> IndexChange:
    return IndexChange(
        face_id=face_id,
        keys_before=derive_rows(face_id, before),
        keys_after=derive_rows(face_id, after),
        head_before=before.head,
        head_after=after.head,
    )


def derive_rows(face_id: int, content: Content) -> AbstractSet[KeyRow]:
    head = content.head
    if head is None or (len(content.statements) == 1 and not head.keys):
        return _NOTHING
    shown = {(key.text, KIND_CODES[key.kind]): ROLE_CODES[key.role] for key in head.keys}
    rows = {(text, kind, face_id, role) for (text, kind), role in shown.items()}
    for statement in content.statements:
        if statement is not head:
            rows.update(
                (key.text, kind, face_id, _UNSHOWN)
                for key in statement.keys
                if (key.text, kind := KIND_CODES[key.kind]) not in shown
            )
    return rows
