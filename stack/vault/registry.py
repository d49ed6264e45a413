"""Which columns hold sealed values, so that a rotation finds all of them and none is lost.

Who keeps a secret says so once, in `AppConfig.ready`: `register_sealed(seal_column(Webhook, "secret"))`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

_BATCH = 200


@dataclass(frozen=True, slots=True)
class SealedValue:
    """A sealed text and the row in which it stands; `row` is what `seal` was told."""

    row: str
    sealed: str


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """How a rotation reads and replaces the values of one column.

    `read(after, limit)` gives up to `limit` values of rows behind `after` (empty: from the first), in a
    lasting order. `write(row, before, after)` replaces `before`, and only that: False when the row has
    another value by now or is gone. Both work in the caller's transaction.
    """

    table: str
    field: str
    read: Callable[[str, int], Sequence[SealedValue]]
    write: Callable[[str, str, str], bool]


_columns: dict[tuple[str, str], SealedColumn] = {}


def register_sealed(column: SealedColumn) -> None:
    """Makes rotations include the column; ValueError for one that is registered already."""
    if (column.table, column.field) in _columns:
        raise ValueError(f"{column.table}.{column.field} is registered already")
    _columns[column.table, column.field] = column


def forget_sealed(column: SealedColumn) -> None:
    """Takes a column out again, for one whose table goes away."""
    _columns.pop((column.table, column.field), None)


def list_sealed() -> list[SealedColumn]:
    return list(_columns.values())


def iterate_batches(column: SealedColumn, *, size: int = _BATCH) -> Iterator[Sequence[SealedValue]]:
    after = ""
    while batch := column.read(after, size):
        yield batch
        after = batch[-1].row


def has_sealed_values() -> bool:
    return any(column.read("", 1) for column in _columns.values())


def seal_column(model: type[models.Model], field: str) -> SealedColumn:
    """A text column of a model: the table is the model's, the row its primary key; empty means no secret."""

    def rows() -> models.QuerySet[Any]:
        return model._base_manager.exclude(**{field: ""}).exclude(**{f"{field}__isnull": True})

    def read(after: str, limit: int) -> list[SealedValue]:
        found = rows().filter(pk__gt=after) if after else rows()
        return [
            SealedValue(str(key), text) for key, text in found.order_by("pk").values_list("pk", field)[:limit]
        ]

    def write(row: str, before: str, after: str) -> bool:
        return rows().filter(pk=row, **{field: before}).update(**{field: after}) == 1

    return SealedColumn(model._meta.db_table, field, read, write)
