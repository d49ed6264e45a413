"""Reads that leave a trace: of restricted data, and of much at once."""

from collections.abc import Mapping
from typing import Any

from stack.core.acts import Act, Actor, record_act


def record_restricted_read(actor: Actor, kind: str, object_id: str, count: int = 1) -> None:
    """`object.read`: what is TLP red or carries a restricted marking was shown to `actor`."""
    record_act(
        Act(
            name="object.read",
            actor=actor,
            object_kind=kind,
            object_id=object_id,
            after={"restricted": True, "count": count},
        )
    )


def record_export(actor: Actor, kind: str, *, asked: Mapping[str, Any]) -> None:
    """`export.read`, before the first byte leaves; `asked` says what was wanted, such as query and types."""
    record_act(Act(name="export.read", actor=actor, object_kind=kind, after=asked))
