"""PostgreSQL is told of tables that grew, so that it does not plan for a few rows."""

import pytest
from django.db import connections

from stack.store.database import write_database
from stack.store.statistics import refresh_statistics
from tests.integration.store.conftest import State, make_object


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_a_table_that_grew_is_sampled_once(database: str, state: State) -> None:
    if connections[database].vendor != "postgresql":
        return
    state("feed", *(make_object("malware", f"m{number}") for number in range(1_500)))
    connections[database].close()  # what a session has counted is told to all at its end
    grown = refresh_statistics(write_database())
    assert {"store_object", "store_version", "store_change"} <= set(grown)
    assert "store_text" not in grown
    assert refresh_statistics(write_database()) == []
