"""Prepares batches one ahead: in a helper process once the input is long enough for one, else here."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from stack.ingest.base import Record
from stack.ingest.helper import Helper, can_help
from stack.ingest.preparing import Prepared, prepare_records

_WORTH_A_HELPER_BYTES = 4 * 1024 * 1024


class Preparation:
    """`begin` a batch, do something else, then `finish` it."""

    def __init__(self, input_bytes: int) -> None:
        self._helper: Helper | None = None
        self._may_help = input_bytes >= _WORTH_A_HELPER_BYTES and can_help()
        self._has_prepared = False
        self._is_away = False

    def begin(self, records: Sequence[Record]) -> None:
        if self._helper is None and self._may_help and self._has_prepared:
            self._helper = Helper()
        self._is_away = self._helper is not None and self._helper.is_ready and self._helper.submit(records)

    def finish(self, records: Sequence[Record]) -> Prepared:
        """What has become of the batch that `begin` got. A helper that died costs time, no records."""
        prepared = self._helper.collect() if self._is_away and self._helper is not None else None
        self._is_away = False
        if prepared is None:
            self._has_prepared = True
            prepared = prepare_records(records)
        return prepared

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._helper is not None:
            self._helper.close()
