"""A rule as people see it. Times are microseconds, UTC."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleRow:
    """`started` and `skipped` (beyond `per_day`) are of today; `trouble` says why it stands still."""

    id: int
    name: str
    kinds: tuple[str, ...]
    query: str
    plugins: tuple[str, ...] | None
    may_ask: bool
    per_day: int
    is_enabled: bool
    by: str
    started: int
    skipped: int
    trouble: str
    created_at: int
