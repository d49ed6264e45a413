"""What a benchmark reports."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure beside what it is compared with; `ratio` is how many times better it is."""

    name: str
    value: float
    unit: str
    baseline: str
    baseline_value: float | None
    ratio: float | None
