"""Prepares batches one ahead: in a helper process once the input is long enough for one, else here."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from stack.ingest.base import Record
from stack.ingest.helper import Helper, can_help
from stack.ingest.preparing import Prepared, prepare_records

_WORTH_A_HELPER = 2_000


class Preparation:
    """`begin` a batch, do something else, then `finish` it."""

    def __init__(self) -> None:
        self._helper: Helper | None = None
        self._may_help = can_help()
        self._prepared_here = 0
        self._is_away = False

    def begin(self, records: Sequence[Record]) -> None:
        if self._helper is None and self._may_help and self._prepared_here >= _WORTH_A_HELPER:
            self._helper = Helper()
        self._is_away = self._helper is not None and self._helper.is_ready and self._helper.submit(records)

    def finish(self, records: Sequence[Record]) -> Prepared:
        """What has become of the batch that `begin` got. A helper that died costs time, no records."""
        prepared = self._helper.collect() if self._is_away and self._helper is not None else None
        self._is_away = False
        if prepared is None:
            self._prepared_here += len(records)
            prepared = prepare_records(records)
        return prepared

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._helper is not None:
            self._helper.close()
