"""What is counted of an ingest for who watches: after each batch that is committed, so never twice."""

from collections import Counter
from collections.abc import Iterable, Mapping

from stack.core import measures
from stack.ingest.base import RecordFault

_OUTCOMES = ("new", "known", "updated", "conflicting", "rejected")


def count_batch(
    before: Mapping[str, int], after: Mapping[str, int], *, faults: Iterable[RecordFault]
) -> None:
    """`before` and `after` are the job's counts; `faults` those for which records were rejected."""
    if not measures.is_measuring():
        return
    for outcome in _OUTCOMES:
        measures.count_records(outcome, after[outcome] - before[outcome])
    for rule, number in Counter(fault.rule for fault in faults).items():
        measures.count_faults(rule, number)
