"""A field that Django does not have: a primary key that is SQLite's own row number."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    _BigInteger = models.BigIntegerField[int, int]
else:
    _BigInteger = models.BigIntegerField


class RowId(_BigInteger):
    """SQLite takes `integer PRIMARY KEY` for the row number, where `bigint` would cost an index beside it."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)
