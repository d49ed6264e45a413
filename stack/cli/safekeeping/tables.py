"""Which tables an installation has, and what their columns hold.

They are read from the migrations that a database says were applied to it, not from today's models: so a
database, or an archive, of an older Stack is described as it is.
"""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from stack.core.errors import Conflict

Applied = tuple[str, str]

# Tables that are no data: a test fails for one that is neither here nor behind a model.
EXCLUDED: Final = {
    "django_migrations": "the manifest holds what was applied; a restore writes it anew",
    "store_claim": "which ids writers are at work on at this moment",
}


class Kind(StrEnum):
    """What a column holds; `lines.py` says how each is written."""

    INTEGER = "integer"
    BOOLEAN = "boolean"
    FLOAT = "float"
    TEXT = "text"
    ADDRESS = "address"
    BYTES = "bytes"
    JSON = "json"
    TIME = "time"
    UUID = "uuid"


class Column(msgspec.Struct, frozen=True):
    name: str
    kind: Kind


class Table(msgspec.Struct, frozen=True):
    """`key` are the columns of the primary key, by which rows are put in order."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(column.kind for column in self.columns)


_KINDS: Final = {
    "BinaryField": Kind.BYTES,
    "BooleanField": Kind.BOOLEAN,
    "FloatField": Kind.FLOAT,
    "JSONField": Kind.JSON,
    "DateTimeField": Kind.TIME,
    "GenericIPAddressField": Kind.ADDRESS,
    "CharField": Kind.TEXT,
    "TextField": Kind.TEXT,
    "SlugField": Kind.TEXT,
    "UUIDField": Kind.UUID,
} | dict.fromkeys(
    (
        "AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField", "SmallIntegerField",
        "PositiveIntegerField", "PositiveBigIntegerField", "PositiveSmallIntegerField",
    ),
    Kind.INTEGER,
)  # fmt: skip


def list_tables(applied: Collection[Applied]) -> list[Table]:
    """All tables of a database with these migrations, in the order of their names.

    `Conflict` where a migration is not known here: then a newer Stack has made it.
    """
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None)
    check_known(applied, known=loader.graph.nodes)
    state: Any = loader.project_state(find_leaves(applied, loader.graph))
    tables = {
        model._meta.db_table: describe_table(model)
        for model in state.apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    return [tables[name] for name in sorted(tables)]


def check_known(applied: Iterable[Applied], *, known: Collection[Applied]) -> None:
    strange = sorted(f"{app}.{name}" for app, name in applied if (app, name) not in known)
    if strange:
        raise Conflict(
            f"A newer Stack has made this: {', '.join(strange[:3])} is not known here",
            remedy="Use the version of Stack that made it, or a later one.",
        )


def find_leaves(applied: Collection[Applied], graph: Any) -> list[Applied]:
    """The last migrations of each application: to migrate to them is to apply all of them."""
    wanted = set(applied)
    return sorted(
        node
        for node in wanted
        if not any(child.key[0] == node[0] and child.key in wanted for child in graph.node_map[node].children)
    )


def describe_table(model: Any) -> Table:
    """TypeError for a field of a kind that was never backed up: add it to `_KINDS` and to `lines.py`."""
    columns = tuple(
        Column(field.column, find_kind(field))
        for field in model._meta.local_concrete_fields
        if field.column is not None
    )
    return Table(model._meta.db_table, columns, tuple(field.column for field in model._meta.pk_fields))


def find_kind(field: Any) -> Kind:
    while field.remote_field is not None:
        field = field.target_field
    name = field.get_internal_type()
    if name not in _KINDS:
        raise TypeError(f"{field.model._meta.db_table}.{field.column}: no backup knows {name}")
    return _KINDS[name]


def find_uncovered(names: Iterable[str], tables: Sequence[Table]) -> list[str]:
    """Names of a database's tables that are neither backed up nor left out for a stated reason."""
    covered = {table.name for table in tables} | EXCLUDED.keys()
    return sorted(name for name in names if name not in covered)
