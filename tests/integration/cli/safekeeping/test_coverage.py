"""No table and no column is left out of a backup without a stated reason."""

import pytest
from django.apps import apps
from django.db import connections

from stack.cli.safekeeping.tables import EXCLUDED, find_uncovered, list_tables


@pytest.mark.django_db(databases="__all__")
def test_every_table_and_column_of_the_database_is_covered(database: str) -> None:
    connection = connections[database]
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        tables = list_tables([tuple(row) for row in cursor.fetchall()])
        names = connection.introspection.table_names(cursor)
        assert find_uncovered(names, tables) == []
        assert {table.name for table in tables} <= set(names)
        for table in tables:
            found = connection.introspection.get_table_description(cursor, table.name)
            assert {column.name for column in table.columns} == {column.name for column in found}, table.name
            assert table.key, table.name


def test_every_model_is_covered_and_what_is_left_out_has_a_reason() -> None:
    from django.db.migrations.loader import MigrationLoader

    covered = {table.name for table in list_tables(list(MigrationLoader(None).graph.leaf_nodes()))}
    models = apps.get_models(include_auto_created=True)
    assert {model._meta.db_table for model in models if model._meta.managed} <= covered
    assert all(len(reason) > 20 for reason in EXCLUDED.values())
    assert not EXCLUDED.keys() & covered
