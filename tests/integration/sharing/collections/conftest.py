"""Two organisations, and short ways to state things and to read collections."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Permission, Principal
from stack.search.indexer import ensure_fresh
from stack.sharing.collections.collector import catch_up
from stack.store.operations import ensure_source, write_statements
from stack.store.records import OWN_ALONE, Handling
from stack.store.selections.queries import read_entries
from stack.store.selections.records import EntryFilter
from stack.store.statements import describe_statement

Tell = Callable[..., None]
EVERY = EntryFilter(every=True)


@pytest.fixture
def ours(database: str, tmp_path: Path, settings: Any) -> Principal:
    settings.SEARCH_INDEX = tmp_path / "index"
    organisation = Organisation.objects.create(name="Ours")
    return Principal("ours", organisation.pk, None, frozenset(Permission), 4)


@pytest.fixture
def theirs(ours: Principal) -> Principal:
    return replace(ours, name="theirs", organisation_id=Organisation.objects.create(name="Theirs").pk)


def state(
    principal: Principal, *objects: dict[str, Any], handling: Handling = OWN_ALONE, source: str = "feed"
) -> None:
    row = ensure_source(principal, name=source, reliability=3)
    statements = [describe_statement(json.dumps(obj).encode(), obj) for obj in objects]
    write_statements(principal, statements=statements, source_id=row.id, handling=handling)


def settle() -> None:
    """Search and collections have everything that was stated."""
    assert ensure_fresh()
    catch_up()


def names(principal: Principal, selection_id: int, chosen: EntryFilter = EntryFilter()) -> list[str]:  # noqa: B008
    page = read_entries(principal, selection_id, chosen=chosen)
    return [json.loads(entry.text).get("name", entry.stix_id) for entry in page.entries]
